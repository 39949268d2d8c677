"""The reference scorer: `meteor-1.5.jar -l en -norm` itself, driven over its line protocol. Needs Java.

One Java process scores all items: a `SCORE` line an item (references, then the candidate) answered by its
statistics, then one `EVAL` line with all of them, answered by each item's score and the corpus score.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence

from aacbench.errors import UserError
from aacbench.metrics.meteor.resources import find_sources
from aacbench.metrics.meteor.scorer import check_items, clean

_HEAP = "2G"


def score(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[float, list[float]]:
    """Return the jar's corpus score and each item's score, for captions split by the Penn Treebank tokeniser.

    Raises:
        UserError: nothing to score, an item without references, or Java is missing or fails.
    """
    check_items(candidates, references)
    lines = [
        " ||| ".join(["SCORE", *map(clean, group), clean(candidate)])
        for candidate, group in zip(candidates, references, strict=True)
    ]
    process = _start()
    try:
        statistics = [_exchange(process, line) for line in lines]
        first = _exchange(process, " ||| ".join(["EVAL", *statistics]))
        values = [float(first), *(float(_read(process)) for _ in candidates)]
    finally:
        _stop(process)
    return values[-1], values[:-1]


def _start() -> subprocess.Popen[str]:
    java = shutil.which("java")
    if java is None:
        raise UserError(
            "METEOR's reference engine runs meteor-1.5.jar and needs Java, but there is no `java` on the "
            "PATH; install a Java runtime, or use the native engine, which gives the same scores"
        )
    sources = find_sources()
    return subprocess.Popen(
        [java, f"-Xmx{_HEAP}", "-jar", str(sources.jar), "-", "-", "-stdio", "-l", "en", "-norm"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=tempfile.TemporaryFile("w+"),  # noqa: SIM115 (lives as long as the process)
        encoding="utf-8",
        cwd=sources.jar.parent,
    )
