"""aacbench trains, decodes, scores and ranks automated audio captioning systems.

>>> from aacbench import score
>>> score(["a dog barks"], [["a dog is barking", "the dog barks"]], metrics=["rouge_l"])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aacbench.host import moved
from aacbench.version import __version__

if TYPE_CHECKING:
    from aacbench.api import score, score_report

moved.install()

__all__ = ["__version__", "score", "score_report"]


def __getattr__(name: str) -> Any:
    """Import the scoring functions when they are first asked for, so that `import aacbench` stays instant."""
    if name in ("score", "score_report"):
        from aacbench import api

        return getattr(api, name)
    raise AttributeError(f"module 'aacbench' has no attribute {name!r}")
