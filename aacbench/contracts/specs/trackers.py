"""What a plugin registers of a tracker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from aacbench.contracts.specs.factories import Factory


@dataclass(frozen=True)
class TrackerSpec:
    """`factory(**settings) -> Tracker`, chosen by `--track NAME`; a factory that is no text is a module's own function.

    `packages` are modules it imports, and `install` is what pip installs them by: asked for before a run starts.
    """

    kind: ClassVar[str] = "tracker"
    name: str
    summary: str
    factory: Factory
    packages: tuple[str, ...] = ()
    install: str = ""
