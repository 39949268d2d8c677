"""Fluency error rate: the share of candidates that a checker finds ill-formed (Zhou et al. 2022); 0 to 1.

An item is 1 where the probability of an error is above the threshold (0.9), else 0. References are not read. Fewer is
better, so the metric is descriptive; FENSE and SPIDEr-FL are composed of it. The checker reads raw captions: a small
one that the package ships (engine `native`), or the published BERT (`reference`). The signature says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aacbench.contracts import Metric
from aacbench.errors import UserError, unknown_name
from aacbench.metrics.fluency import FENSE, FluencyChecker, load_checker
from aacbench.types import Score, ScoringItems

if TYPE_CHECKING:
    from aacbench.metrics.embedded_fluency import EmbeddedChecker

EMBEDDED = "embedded"


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
        if self.chosen == EMBEDDED:
            from aacbench.metrics.embedded_fluency import load_embedded  # noqa: PLC0415

            return load_embedded()
        return load_checker(self.checkpoint(), self.tokenizer, self.device)

    @cached_property
    def identity(self) -> str:
        """What names the weights, computed once."""
        if self.chosen == EMBEDDED:
            from aacbench.metrics.embedded_fluency import load_embedded  # noqa: PLC0415

            return load_embedded().version
        return self._identity(self.checkpoint())

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

    def checkpoint(self) -> Path:
        """Return the path of the BERT's checkpoint.

        Raises:
            UserError: it is not there.
        """
        from aacbench.models.published import weights_path  # noqa: PLC0415

        if self.chosen == FENSE.name:
            path = weights_path(FENSE)
            if not path.is_file():
                raise UserError(
                    f"the fluency checker is not here ({path}); run `aacbench fetch {FENSE.name}`, or set "
                    "fer.model to the path of its checkpoint"
                )
            return path
        path = Path(self.chosen)
        if not path.is_file():
            raise unknown_name(
                "fluency checker", self.chosen, [EMBEDDED, FENSE.name], "The path of a checkpoint works too."
            )
        return path

    def _identity(self, path: Path) -> str:
        """Return what names the weights: a published name, which fetching verified, or a checksum."""
        if self.chosen == FENSE.name:
            return self.chosen
        from aacbench.files.checksums import digest  # noqa: PLC0415

        return f"sha256-{digest(path, 'sha256')[:12]}"
