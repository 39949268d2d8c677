"""SPIDEr (Liu et al. 2017): the mean of CIDEr-D and SPICE, of items and of the corpus; range 0 to 5.5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aacbench.errors import AacbenchError
from aacbench.metrics.composed import part
from aacbench.types import Score, ScoringItems


@dataclass(frozen=True)
class Spider:
    """SPIDEr from the two scores it needs; both come from the engine that was asked for."""

    engine: str = "native"

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `spider`."""
        cider, spice = needed["cider_d"], needed["spice"]
        if cider.items is None or spice.items is None:
            raise AacbenchError("SPIDEr needs CIDEr-D and SPICE of every item; one of them has none")
        rows = tuple((a + b) / 2 for a, b in zip(cider.items, spice.items, strict=True))
        signature = {"version": 1, "cider_d": part(cider), "spice": part(spice)}
        return [Score("spider", (cider.corpus + spice.corpus) / 2, rows, signature)]
