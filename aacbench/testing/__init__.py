"""Contract checks for plugin authors, one line a part; aacbench's own tests run the same ones over every built-in part.

>>> from aacbench.testing import check_metric
>>> check_metric("rouge_l")

A part is named (once its plugin is installed) or given as its spec. Keyword arguments are settings of the part; without
any, an encoder, a decoder or an objective is checked with the settings that its spec calls `tiny`. A check returns
nothing; what breaks the contract raises `ContractError`, which says what was wanted and what came.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aacbench.testing.dataset import check_dataset
    from aacbench.testing.decoder import check_decoder
    from aacbench.testing.encoder import check_encoder
    from aacbench.testing.method import check_method
    from aacbench.testing.method_run import check_method_run
    from aacbench.testing.metric import check_metric
    from aacbench.testing.plugin import check_plugin
    from aacbench.testing.pretraining import check_pretraining
    from aacbench.testing.report import ContractError
    from aacbench.testing.tracker import check_tracker

__all__ = [
    "ContractError",
    "check_dataset",
    "check_decoder",
    "check_encoder",
    "check_method",
    "check_method_run",
    "check_metric",
    "check_plugin",
    "check_pretraining",
    "check_tracker",
]


def __getattr__(name: str) -> Any:
    """Import a check when it is asked for: a metric's tests need no torch."""
    if name not in __all__:
        raise AttributeError(f"module 'aacbench.testing' has no attribute {name!r}")
    module = "report" if name == "ContractError" else name.removeprefix("check_")
    return getattr(import_module(f"aacbench.testing.{module}"), name)
