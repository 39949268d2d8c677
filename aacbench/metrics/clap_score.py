"""CLAPScore: cosine of the candidate's CLAP embedding with that of the audio; range -1 to 1. References are not read.

Clips longer than the model's window are heard in full (`clap_model`). Captions are read raw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from aacbench.contracts import Metric
from aacbench.files.download.revisions import signed
from aacbench.metrics.clap_model import DEFAULT_MODEL, Clap, clap_folder, require_audio
from aacbench.metrics.sentence_model import identity
from aacbench.types import Score, ScoringItems


@dataclass
class ClapScore(Metric):
    """Audio to text, by the CLAP model `model`."""

    model: str = DEFAULT_MODEL
    revision: str | None = None
    device: str = "cpu"
    batch_size: int = 32

    @cached_property
    def clap(self) -> Clap:
        """The model, loaded once."""
        return Clap(self.model, self.revision, self.device, self.batch_size, "clap_score.model")

    def check_present(self) -> None:
        """Find the model's folder; raises `UserError` where it cannot be had."""
        clap_folder(self.model, self.revision, "clap_score.model")

    def check_ready(self) -> None:
        """Load the model; raises `UserError` where it cannot be had."""
        assert self.clap is not None

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `clap_score`.

        Raises:
            UserError: a clip's audio is not known or cannot be read.
        """
        heard = self.clap.clips(require_audio(items, "clap_score"))
        texts = self.clap.texts(items.candidates)
        rows = tuple(float(texts[text] @ clip) for text, clip in zip(items.candidates, heard, strict=True))
        signature = {"version": 1, "tokeniser": "none", "model": identity(self.model), "windows": "mean"}
        signature |= signed(self.model, self.revision)
        return [Score("clap_score", sum(rows) / len(rows), rows, signature)]
