"""Fluency error rate: the share of candidates that a checker finds ill-formed (Zhou et al. 2022); 0 to 1.

An item is 1 where the probability of an error is above the threshold (0.9), else 0. References are not read. Fewer is
better, so the metric is descriptive; FENSE and SPIDEr-FL are composed of it. The checker reads raw captions: a small
one that the package ships (engine `native`), or the published BERT (`reference`). The signature says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aacbench.contracts import Metric
from aacbench.metrics.fluency import FENSE
from aacbench.metrics.fluency_checkers import EMBEDDED, checker_called, checker_identity, checkpoint
from aacbench.types import Score, ScoringItems

if TYPE_CHECKING:
    from aacbench.metrics.embedded_fluency import EmbeddedChecker
    from aacbench.metrics.fluency import FluencyChecker


@dataclass
class FluencyErrorRate(Metric):
    """`model` is `embedded`, `fense` (the published BERT base checker), or the path of a checkpoint in its layout.

    None is the engine's own: `embedded` of `native`, `fense` of `reference`.
    """

    model: str | None = None
    tokenizer: str | None = None
    threshold: float = 0.9
    device: str = "cpu"
    batch_size: int = 32
    engine: str = "native"

    @cached_property
    def chosen(self) -> str:
        """Which checker it is."""
        return self.model or (EMBEDDED if self.engine == "native" else FENSE.name)

    @cached_property
    def checker(self) -> FluencyChecker | EmbeddedChecker:
        """The checker, loaded once."""
        return checker_called(self.chosen, "fer.model", self.tokenizer, self.device)

    @cached_property
    def identity(self) -> str:
        """What names the weights, computed once."""
        return checker_identity(self.chosen, "fer.model")

    def check_present(self) -> None:
        """Find the checkpoint; raises `UserError` where it is not here."""
        if self.chosen != EMBEDDED:
            checkpoint(self.chosen, "fer.model")

    def check_ready(self) -> None:
        """Load the checker; raises `UserError` where it cannot be had."""
        assert self.checker is not None

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `fer`.

        Raises:
            UserError: the checkpoint was not fetched, or cannot be loaded.
        """
        probabilities = self.checker.error_probabilities(items.candidates, self.batch_size)
        rows = tuple(float(probability > self.threshold) for probability in probabilities)
        signature = {
            "version": 1,
            "tokeniser": "none",
            "implementation": "aacbench",
            "model": self.identity,
            "threshold": self.threshold,
        }
        return [Score("fer", sum(rows) / len(rows), rows, signature)]
