"""Settings of a program that captions. Plain data: importing this loads no network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from aacbench.contracts.settings import Frozen
from aacbench.text.postprocess import NONE, RuleName


class CommandSettings(Frozen):
    """What is run, and how long it may take."""

    unkeyed = ("timeout", "at_once", "postprocess")
    command: str = ""
    """The program with `{audio}` (one clip a call: the caption is its output) or `{list}` (a file of paths)."""
    name: str = ""
    """What the run is called; by default after the program."""
    working_folder: str | None = None
    """The program's working folder; none is the present one."""
    timeout: float = Field(600.0, gt=0.0)
    """Seconds that a clip may take, and until the first of a list."""
    at_once: int = Field(1, ge=1, le=256)
    """Calls at the same time, of one clip each."""
    postprocess: RuleName = NONE
    """What is done to the captions before they are scored; the raw ones stay in decoding.jsonl."""


PRESETS: Mapping[str, Mapping[str, Any]] = {"smoke": {}, "quick": {}, "paper": {}}
