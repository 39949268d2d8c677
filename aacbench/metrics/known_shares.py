"""Shares of what is counted in captions of soundscapes, whose generator knows what is heard.

The clips' references tell which version they are of. A caption is read with the generator's own words, so that a
synonym it does not have is no mention. Shares are of the sums over all clips. Where nothing is said there is nothing to
count: 0, and a remark says so.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from aacbench.contracts import Metric
from aacbench.datasets.soundscapes.truth import Truth, recognised
from aacbench.metrics.same_items import once_for_items
from aacbench.types import ReferenceSet, Score, ScoringItems

FloatArray = NDArray[np.float64]


@dataclass
class KnownShares(Metric, ABC):
    """Shares of what `counted` counts; `seed` is the dataset's.

    `columns` name what is counted, `shares` are (score, part, whole) by these names.
    """

    columns: ClassVar[tuple[str, ...]]
    shares: ClassVar[tuple[tuple[str, str, str], ...]]
    seed: int = 0
    _truth: Truth | None = field(default=None, init=False)
    _silent: list[str] = field(default_factory=list, init=False)

    @abstractmethod
    def counted(self, items: ScoringItems, known: Truth) -> list[Sequence[float]]:
        """Return for each item what is counted in it, in the order of `columns`."""

    def prepare(self, references: ReferenceSet) -> None:
        """Find out which clips these are.

        Raises:
            UserError: what is heard in them is not known.
        """
        self._truth = recognised(references.ids, references.references, self.seed)

    def remarks(self) -> list[str]:
        """Return which scores are 0 because nothing was said."""
        return [f"{name} is 0 for no caption says anything that it counts" for name in self._silent]

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the shares; a clip's own is of what is counted in it alone."""
        counts = self.statistics(items)
        total = counts.sum(axis=0, keepdims=True)
        corpus = self.from_statistics(total)[0].tolist()
        rows = self.from_statistics(counts).T.tolist()
        known = self._known(items)
        signature = {
            "version": 1,
            "tokeniser": "none",
            "sounds": f"soundscapes {known.settings.version}",
            "seed": self.seed,
        }
        self._silent = [name for name, _, whole in self.shares if not total[0, self.columns.index(whole)]]
        return [
            Score(name, corpus[number], tuple(rows[number]), signature)
            for number, (name, _, _) in enumerate(self.shares)
        ]

    @once_for_items
    def statistics(self, items: ScoringItems) -> FloatArray:
        """Return what is counted, (items, columns)."""
        rows = self.counted(items, self._known(items))
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.columns))

    def from_statistics(self, statistics: FloatArray) -> FloatArray:
        """Return the scores (R, outputs) of R rows of summed statistics."""
        places = [(self.columns.index(part), self.columns.index(whole)) for _, part, whole in self.shares]
        parts, wholes = (statistics[:, [pair[side] for pair in places]] for side in (0, 1))
        shares: FloatArray = np.divide(parts, wholes, out=np.zeros_like(parts), where=wholes > 0)
        return shares

    def _known(self, items: ScoringItems) -> Truth:
        return self._truth or recognised(items.ids, items.references, self.seed)
