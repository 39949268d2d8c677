"""CLAP similarity of texts: mean cosine of the candidate's CLAP embedding with each reference's; range -1 to 1.

As `CLAP-sim` of aac-metrics (method text), with a model of transformers. Captions are read raw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aacbench.contracts import Metric
from aacbench.files.download.revisions import signed
from aacbench.metrics.clap_model import DEFAULT_MODEL, Clap, clap_folder
from aacbench.metrics.sentence_model import identity
from aacbench.types import ReferenceSet, Score, ScoringItems


@dataclass
class ClapSimilarity(Metric):
    """Text to text, by the CLAP model `model`."""

    model: str = DEFAULT_MODEL
    revision: str | None = None
    device: str = "cpu"
    batch_size: int = 32

    @cached_property
    def clap(self) -> Clap:
        """The model, loaded once."""
        return Clap(self.model, self.revision, self.device, self.batch_size, "clap_sim.model")

    def check_present(self) -> None:
        """Find the model's folder; raises `UserError` where it cannot be had."""
        clap_folder(self.model, self.revision, "clap_sim.model")

    def check_ready(self) -> None:
        """Load the model; raises `UserError` where it cannot be had."""
        assert self.clap is not None

    def prepare(self, references: ReferenceSet) -> None:
        """Encode the references once."""
        self.clap.texts(text for captions in references.references for text in captions)

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `clap_sim`."""
        texts = self.clap.texts([*items.candidates, *(text for captions in items.references for text in captions)])
        rows = tuple(
            float((np.stack([texts[text] for text in captions]) @ texts[candidate]).mean())
            for candidate, captions in zip(items.candidates, items.references, strict=True)
        )
        signature = {"version": 1, "tokeniser": "none", "model": identity(self.model)}
        signature |= signed(self.model, self.revision)
        return [Score("clap_sim", sum(rows) / len(rows), rows, signature)]
