"""BERTScore (Zhang et al., ICLR 2020): words matched by their vectors in a language model; 0 to 1, mostly above .8.

Each word piece of one caption takes its most similar one of the other; precision is the mean over the candidate's
pieces, recall over the reference's, F1 their harmonic mean. Marks at both ends ([CLS], [SEP]) do not count, pieces
are not weighted by rarity, values are not rescaled. With several references each of the three is that of the
best one, as in the authors' tool and aac-metrics. Captions are read raw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from aacbench.contracts import Metric
from aacbench.files.download.revisions import signed
from aacbench.metrics.sentence_model import identity
from aacbench.metrics.word_vectors import WordVectors, language_folder
from aacbench.types import ReferenceSet, Score, ScoringItems

if TYPE_CHECKING:
    from torch import Tensor

DEFAULT_MODEL, DEFAULT_LAYER = "roberta-large", 17  # the authors' choice for English


@dataclass
class BertScore(Metric):
    """BERTScore with the vectors of layer `layer` (from 0, the word embeddings; None: the last) of `model`."""

    model: str = DEFAULT_MODEL
    layer: int | None = DEFAULT_LAYER
    revision: str | None = None
    device: str = "cpu"
    batch_size: int = 32
    _references: dict[str, Tensor] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def words(self) -> WordVectors:
        """The model, loaded once."""
        layer = None if self.layer == DEFAULT_LAYER and self.model != DEFAULT_MODEL else self.layer
        return WordVectors(self.model, layer, self.revision, self.device, self.batch_size)

    def check_present(self) -> None:
        """Find the model's folder; raises `UserError` where it cannot be had."""
        language_folder(self.model, self.revision)

    def check_ready(self) -> None:
        """Load the model; raises `UserError` where it cannot be had."""
        assert self.words is not None

    def prepare(self, references: ReferenceSet) -> None:
        """Compute the vectors of the references once."""
        self._references = self.words.vectors(text for captions in references.references for text in captions)

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the scores `bert_score` (F1), `bert_score_precision` and `bert_score_recall`."""
        lacking = {text for captions in items.references for text in captions if text not in self._references}
        known = {**self._references, **self.words.vectors([*items.candidates, *sorted(lacking)])}
        rows = [
            _best([_match(known[candidate], known[text]) for text in captions])
            for candidate, captions in zip(items.candidates, items.references, strict=True)
        ]
        signature = {"version": 1, "tokeniser": "none", "model": identity(self.model), "layer": self.words.layer}
        signature |= signed(self.model, self.revision)
        names = ("bert_score", "bert_score_precision", "bert_score_recall")
        columns = zip(*rows, strict=True)
        return [
            Score(name, sum(column) / len(column), column, signature)
            for name, column in zip(names, columns, strict=True)
        ]


def _match(candidate: Tensor, reference: Tensor) -> tuple[float, float, float]:
    """Return F1, precision and recall of two captions' unit vectors (pieces, width); 0 where one has none."""
    if not len(candidate) or not len(reference):
        return 0.0, 0.0, 0.0
    cosines = (candidate @ reference.T).clamp(min=0.0)  # a mark at the end, a vector of zeros, is always there to take
    precision, recall = float(cosines.max(1).values.mean()), float(cosines.max(0).values.mean())
    total = precision + recall
    return (2 * precision * recall / total if total else 0.0), precision, recall


def _best(rows: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    first, second, third = (max(column) for column in zip(*rows, strict=True))
    return first, second, third
