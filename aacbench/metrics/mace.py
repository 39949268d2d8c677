"""MACE (Dixit et al. 2024): CLAP similarity to references and audio, cut where the fluency checker finds an error.

`mace_text` is the mean cosine with the references, `mace_audio` the cosine with the audio, `mace` the mean of both; a
candidate whose probability of an error is above .97 loses 30 %. Where no audio is known, only `mace_text` has a
meaning: use `clap_sim` then. aac-metrics gives every sentence the corpus value; here each clip has its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from aacbench.contracts import Metric
from aacbench.files.download.revisions import signed
from aacbench.metrics.clap_model import DEFAULT_MODEL, Clap, clap_folder, require_audio
from aacbench.metrics.fluency import FENSE
from aacbench.metrics.fluency_checkers import EMBEDDED, checker_called, checker_identity, checkpoint
from aacbench.metrics.sentence_model import identity
from aacbench.types import Score, ScoringItems

if TYPE_CHECKING:
    from aacbench.metrics.embedded_fluency import EmbeddedChecker
    from aacbench.metrics.fluency import FluencyChecker


@dataclass
class Mace(Metric):
    """MACE with the CLAP model `model` and the fluency checker `checker` (see `fluency_checkers`)."""

    model: str = DEFAULT_MODEL
    revision: str | None = None
    checker: str = FENSE.name
    threshold: float = 0.97
    penalty: float = 0.3
    device: str = "cpu"
    batch_size: int = 32

    @cached_property
    def clap(self) -> Clap:
        """The CLAP model, loaded once."""
        return Clap(self.model, self.revision, self.device, self.batch_size, "mace.model")

    @cached_property
    def fluency(self) -> FluencyChecker | EmbeddedChecker:
        """The fluency checker, loaded once."""
        return checker_called(self.checker, "mace.checker", device=self.device)

    def check_present(self) -> None:
        """Find the model's folder and the checkpoint; raises `UserError` where one cannot be had."""
        clap_folder(self.model, self.revision, "mace.model")
        if self.checker != EMBEDDED:
            checkpoint(self.checker, "mace.checker")

    def check_ready(self) -> None:
        """Load both models; raises `UserError` where one cannot be had."""
        assert self.clap is not None and self.fluency is not None

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the scores `mace`, `mace_text` and `mace_audio`.

        Raises:
            UserError: a clip's audio is not known or cannot be read.
        """
        clips = self.clap.clips(require_audio(items, "mace"))
        texts = self.clap.texts([*items.candidates, *(text for captions in items.references for text in captions)])
        probabilities = np.array(self.fluency.error_probabilities(items.candidates, self.batch_size))
        kept = 1 - self.penalty * (probabilities > self.threshold)
        said = [texts[text] for text in items.candidates]
        text = np.array([
            float((np.stack([texts[text] for text in captions]) @ mine).mean())
            for mine, captions in zip(said, items.references, strict=True)
        ])  # fmt: skip
        audio = np.array([float(mine @ clip) for mine, clip in zip(said, clips, strict=True)])
        signature = {
            "version": 1, "tokeniser": "none", "model": identity(self.model),
            "checker": checker_identity(self.checker, "mace.checker"),
            "threshold": self.threshold, "penalty": self.penalty,
        }  # fmt: skip
        signature |= signed(self.model, self.revision)
        values = {"mace": (text + audio) / 2 * kept, "mace_text": text * kept, "mace_audio": audio * kept}
        return [Score(name, float(row.mean()), tuple(row.tolist()), signature) for name, row in values.items()]
