"""SBERT similarity: mean cosine of the candidate's sentence embedding with each reference's; range -1 to 1.

As in FENSE (Zhou et al. 2022), on raw captions; the default model is the one DCASE uses. The corpus score is
the mean of the items. Models come through sentence-transformers, by id or as a folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aacbench.contracts import Metric
from aacbench.files.download.revisions import signed
from aacbench.metrics.sentence_model import DEFAULT_MODEL, Sentences, full_id, identity, load_model
from aacbench.types import ReferenceSet, Score, ScoringItems


@dataclass
class SbertSimilarity(Metric):
    """Sentence similarity with the model `model`, a sentence-transformers id or a folder."""

    model: str = DEFAULT_MODEL
    revision: str | None = None
    device: str = "cpu"
    batch_size: int = 32

    @cached_property
    def sentences(self) -> Sentences:
        """The model, loaded once, and what it has encoded."""
        network = load_model(self.model, self.revision, self.device)
        return Sentences(network, self.model, self.revision, self.batch_size)

    def check_ready(self) -> None:
        """Load the model; raises `UserError` where it cannot be had."""
        assert self.sentences is not None

    def prepare(self, references: ReferenceSet) -> None:
        """Encode the references once."""
        self.sentences.keep(text for captions in references.references for text in captions)

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `sbert_sim`.

        Raises:
            UserError: sentence-transformers is not installed, or the model cannot be had.
        """
        texts = [*items.candidates, *(text for captions in items.references for text in captions)]
        vectors = self.sentences.vectors(texts)
        rows = tuple(
            float((np.stack([vectors[text] for text in captions]) @ vectors[candidate]).mean())
            for candidate, captions in zip(items.candidates, items.references, strict=True)
        )
        signature = {"version": 1, "tokeniser": "none", "model": identity(self.model)}
        signature |= signed(full_id(self.model), self.revision)
        return [Score("sbert_sim", sum(rows) / len(rows), rows, signature)]
