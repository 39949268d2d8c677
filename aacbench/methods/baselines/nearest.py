"""`nearest`: the first caption of the training clip whose mean log-mel spectrum is nearest (Euclidean distance)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from aacbench.audio import front_end
from aacbench.contracts.context import RunContext
from aacbench.methods.baselines.fit import Fit, NoSettings, kept
from aacbench.types import Clip


class NearestClip:
    """Answers with the caption of the nearest of the kept spectra (N, F)."""

    def __init__(self, spectra: Sequence[Sequence[float]], captions: Sequence[str]) -> None:
        self.spectra = np.asarray(spectra)
        self.captions = captions

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return one caption a clip; the first training clip wins a tie."""
        distances = np.linalg.norm(_spectra(clips)[:, None] - self.spectra[None], axis=2)  # (clips, N)
        return [self.captions[int(index)] for index in distances.argmin(1)]


class Nearest:
    """The method."""

    settings = NoSettings
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"smoke": {}, "quick": {}, "paper": {}}

    def recipe(self, context: RunContext) -> list[Fit]:
        """One stage: the training clips' spectra."""
        return [Fit(_fit)]

    def captioner(self, context: RunContext) -> NearestClip:
        """Return the search over the kept spectra."""
        answer = kept(context)
        return NearestClip(answer["spectra"], answer["captions"])


def _fit(context: RunContext) -> dict[str, Any]:
    clips = context.clips["training"]
    return {"spectra": _spectra(clips).tolist(), "captions": [clip.captions[0] for clip in clips]}


def _spectra(clips: Sequence[Clip]) -> NDArray[np.float64]:
    """Return the mean log-mel spectrum (F,) of each clip as rows."""
    from aacbench.audio.cache import FeatureCache  # loads torch, which the method's settings do not need  # noqa: PLC0415

    features = FeatureCache(front_end("panns-16k"))
    features.prepare(clips)
    return np.stack([features.load(clip).double().mean(0).numpy() for clip in clips])
