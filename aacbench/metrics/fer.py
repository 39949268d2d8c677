"""Fluency error rate: the share of candidates that FENSE's checker finds ill-formed (Zhou et al. 2022); 0 to
1.

An item is 1 where the probability of an error is above the threshold (0.9), else 0. References are not read.
Fewer is better, so the metric is descriptive; FENSE and SPIDEr-FL are composed of it. The checker reads raw
captions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from aacbench.contracts import Metric
from aacbench.errors import UserError, unknown_name
from aacbench.metrics.fluency import FENSE, FluencyChecker, load_checker
from aacbench.types import Score, ScoringItems


@dataclass
class FluencyErrorRate(Metric):
    """`model` is `fense` (the published BERT base checker) or the path of a checkpoint in its layout."""

    model: str = "fense"
    tokenizer: str | None = None
    threshold: float = 0.9
    device: str = "cpu"
    batch_size: int = 32

    @cached_property
    def checker(self) -> FluencyChecker:
        """The network, loaded once."""
        return load_checker(self.checkpoint(), self.tokenizer, self.device)

    @cached_property
    def identity(self) -> str:
        """What names the weights, computed once."""
        return self._identity(self.checkpoint())

    def check_ready(self) -> None:
        """Load the network; raises `UserError` where it cannot be had."""
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
            "model": self.identity,
            "threshold": self.threshold,
        }
        return [Score("fer", sum(rows) / len(rows), rows, signature)]

    def checkpoint(self) -> Path:
        """Return the checkpoint's path.

        Raises:
            UserError: it is not there.
        """
        from aacbench.models.published import weights_path  # noqa: PLC0415

        if self.model == FENSE.name:
            path = weights_path(FENSE)
            if not path.is_file():
                raise UserError(
                    f"the fluency checker is not here ({path}); run `aacbench fetch {FENSE.name}`, or set "
                    "fer.model to the path of its checkpoint"
                )
            return path
        path = Path(self.model)
        if not path.is_file():
            raise unknown_name("fluency checker", self.model, [FENSE.name], "The path of a checkpoint works too.")
        return path

    def _identity(self, path: Path) -> str:
        """Return what names the weights: a published name, which fetching verified, or a checksum."""
        if self.model == FENSE.name:
            return self.model
        from aacbench.files.checksums import digest  # noqa: PLC0415

        return f"sha256-{digest(path, 'sha256')[:12]}"
