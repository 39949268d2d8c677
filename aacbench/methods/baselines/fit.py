"""The one stage of a method without a network: compute something from the training clips and keep it as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aacbench.contracts import Stage
from aacbench.contracts.context import RunContext
from aacbench.contracts.settings import key_of
from aacbench.errors import AacbenchError, one_line
from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import load_json
from aacbench.training.settings import Frozen

ANSWER = "answer.json"


class NoSettings(Frozen):
    """A method without settings."""


@dataclass(frozen=True)
class Fit(Stage):
    """`compute(context)` returns what to keep, JSON-able."""

    compute: Callable[[RunContext], Any]
    name: str = "fit"
    shared: bool = False

    def label(self, context: RunContext) -> str:
        """Leave it out of tables: nothing is trained."""
        return ""

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        """Return the method, its settings where it has some, and its data."""
        settings = key_of(context.settings)
        said = {"settings": settings} if settings else {}
        return {"method": context.method, "training": context.fingerprints["training"], **said}

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        """Compute and keep."""
        atomic_write(folder / ANSWER, json.dumps(self.compute(context), ensure_ascii=False))
        return {}


def kept(context: RunContext) -> Any:
    """Return what the `Fit` stage kept.

    Raises:
        AacbenchError: it is gone or damaged.
    """
    try:
        return load_json(path := context.stages["fit"] / ANSWER)
    except (OSError, ValueError) as error:
        raise AacbenchError(f"{path} cannot be read ({one_line(error)}); repeat the run with --fresh") from error
