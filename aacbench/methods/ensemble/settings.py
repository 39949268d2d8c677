"""Settings of ensembles. There is no paper: all presets are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aacbench.inference.settings import Average, SearchSettings
from aacbench.training.settings import Frozen


class EnsembleSettings(Frozen):
    """One ensemble."""

    members: tuple[str, ...] = ()
    """Folders of finished runs."""
    average: Average = "log-probabilities"
    """What is averaged at each step; the mean of log-probabilities is renormalised."""
    search: SearchSettings | None = None
    """None is the search of the first member."""


PRESETS: Mapping[str, Mapping[str, Any]] = {"smoke": {}, "quick": {}, "paper": {}}
