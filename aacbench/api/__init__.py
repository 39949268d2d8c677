"""Everything that the command line does, from Python. `import aacbench` offers these functions as its own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aacbench.api.boards import load_board
    from aacbench.api.comparing import compare
    from aacbench.api.parts import describe, list_parts
    from aacbench.api.running import evaluate, load_run, load_runs, run
    from aacbench.api.scoring import score, score_report

_HOMES = {
    "compare": "comparing",
    "describe": "parts",
    "evaluate": "running",
    "list_parts": "parts",
    "load_board": "boards",
    "load_run": "running",
    "load_runs": "running",
    "run": "running",
    "score": "scoring",
    "score_report": "scoring",
}
__all__ = [
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
    """Import a function's module when it is first asked for: scoring needs nothing that boards and runs do."""
    if name not in _HOMES:
        raise AttributeError(f"module 'aacbench.api' has no attribute {name!r}")
    return getattr(import_module(f"aacbench.api.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """Name what is imported lazily, too."""
    return sorted({*globals(), *__all__})
