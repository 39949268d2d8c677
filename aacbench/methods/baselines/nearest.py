"""`nearest`: the first caption of the training clip that sounds nearest (Euclidean distance).

A clip is described by its mel-frequency cepstral coefficients: means and standard deviations over frames, each
standardised over the training clips. The mean of the first one, which is the level, is left out. The first release
compared mean log-mel spectra, which hear the recording more than the sounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from aacbench.audio import front_end
from aacbench.contracts.context import RunContext
from aacbench.methods.baselines.fit import Fit, kept
from aacbench.training.settings import Frozen
from aacbench.types import Clip

Description = Literal["mfcc", "mean-log-mel"]
COEFFICIENTS = 20
FIRST: Description = "mean-log-mel"  # of answers that were kept before there was a choice


class NearestSettings(Frozen):
    """What clips are compared by."""

    description: Description = "mfcc"


class NearestClip:
    """Answers with the caption of the nearest of the kept descriptions (N, D)."""

    def __init__(self, known: Sequence[Sequence[float]], captions: Sequence[str], how: Description) -> None:
        self.known, self.captions, self.how = np.asarray(known), captions, how

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return one caption a clip; the first training clip wins a tie."""
        known, asked = self.known, _described(clips, self.how)
        if self.how == "mfcc":
            scale = np.maximum(known.std(0), 1e-9)
            known, asked = known / scale, asked / scale
        distances = np.linalg.norm(asked[:, None] - known[None], axis=2)  # (clips, N)
        return [self.captions[int(index)] for index in distances.argmin(1)]


class Nearest:
    """The method."""

    settings = NearestSettings
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"smoke": {}, "quick": {}, "paper": {}}

    def recipe(self, context: RunContext) -> list[Fit]:
        """One stage: the training clips' descriptions."""
        return [Fit(_fit)]

    def captioner(self, context: RunContext) -> NearestClip:
        """Return the search over what was kept."""
        answer = kept(context)
        return NearestClip(answer["spectra"], answer["captions"], answer.get("description", FIRST))


def _fit(context: RunContext) -> dict[str, Any]:
    clips, how = context.clips["training"], context.settings.description
    captions = [clip.captions[0] for clip in clips]
    return {"spectra": _described(clips, how).tolist(), "captions": captions, "description": how}


def _described(clips: Sequence[Clip], how: Description) -> NDArray[np.float64]:
    """Return a description (D,) of each clip as rows."""
    from aacbench.audio.cache import FeatureCache  # loads torch, which the method's settings do not need  # noqa: PLC0415

    features = FeatureCache(front_end("panns-16k"))
    features.prepare(clips)
    frames = (features.load(clip).double().numpy() for clip in clips)  # (T, F) each
    return np.stack([_cepstral(one) if how == "mfcc" else one.mean(0) for one in frames])


def _cepstral(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return means, but for the first one, and standard deviations of the coefficients (DCT-II) of frames (T, F)."""
    bins = np.arange(frames.shape[1]) + 0.5
    waves = np.cos(np.pi / len(bins) * np.outer(bins, np.arange(COEFFICIENTS)))  # (F, C)
    coefficients = frames @ waves
    return np.concatenate([coefficients.mean(0)[1:], coefficients.std(0)])
