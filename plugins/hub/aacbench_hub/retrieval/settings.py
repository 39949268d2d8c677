"""Settings of a CLAP model as a retriever. Plain data: importing this loads no network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from aacbench.contracts.settings import Frozen


class HubRetrievalSettings(Frozen):
    """Which model is loaded."""

    model: str = ""
    """A repository of the hub, ORG/NAME, or a folder in its form."""
    revision: str | None = None
    """The commit; none is the one that this machine uses, which then stands in the record. Of a folder, its content."""
    batch_size: int = Field(16, ge=1)


PRESETS: Mapping[str, Mapping[str, Any]] = {"smoke": {}, "quick": {}, "paper": {}}
