"""aacbench trains, decodes, scores and ranks automated audio captioning systems.

>>> from aacbench import score
>>> score(["a dog barks"], [["a dog is barking", "the dog barks"]], metrics=["rouge_l"])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aacbench.host import moved
from aacbench.version import __version__

if TYPE_CHECKING:
    from aacbench.api.boards import load_board
    from aacbench.api.comparing import compare
    from aacbench.api.parts import describe, list_parts
    from aacbench.api.running import evaluate, load_run, load_runs, run
    from aacbench.api.scoring import score, score_report
    from aacbench.errors import AacbenchError, UserError

moved.install()

__all__ = [
    "AacbenchError",
    "UserError",
    "__version__",
    "compare",
    "describe",
    "evaluate",
    "list_parts",
    "load_board",
    "load_run",
    "load_runs",
    "run",
    "score",
    "score_report",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is first asked for, so that `import aacbench` stays instant."""
    from importlib import import_module

    from aacbench.api import HOMES

    if name not in __all__:
        raise AttributeError(f"module 'aacbench' has no attribute {name!r}")
    home = f"api.{HOMES[name]}" if name in HOMES else "errors"
    value = globals()[name] = getattr(import_module(f"aacbench.{home}"), name)
    return value


def __dir__() -> list[str]:
    """Name what is imported lazily, too, and nothing else: completion in a notebook shows the functions there are."""
    return [*__all__]
