"""The reference scorer: `meteor-1.5.jar -l en -norm` itself, driven over its line protocol. Needs Java.

One Java process scores all items: a `SCORE` line an item (references, then the candidate) answered by its
statistics, then one `EVAL` line with all of them, answered by each item's score and the corpus score.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from types import TracebackType
from typing import IO

from aacbench.errors import AacbenchError, UserError
from aacbench.metrics.meteor.resources import find_sources
from aacbench.metrics.meteor.scorer import check_items, clean
from aacbench.runtime.java import LOCALE, java_command, java_environment, java_reason

_HEAP = "2G"
_HINT = "the native engine gives the same scores without Java"


def score(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[float, list[float]]:
    """Return the jar's corpus score and each item's score, for captions split by the Penn Treebank tokeniser.

    Raises:
        UserError: nothing to score, an item without references, or Java is missing or cannot run the jar.
    """
    check_items(candidates, references)
    with Jar() as jar:
        return jar.score(candidates, references)


def jar_command() -> str:
    """Return the path of Java for METEOR's jar.

    Raises:
        UserError: there is none.
    """
    java = java_command()
    if java is None:
        raise UserError(
            "METEOR's reference engine runs meteor-1.5.jar and needs Java, but there is no `java` in JAVA_HOME or "
            f"on the PATH; install a Java runtime, or leave the engine out: {_HINT}"
        )
    return java


class Jar:
    """A running METEOR, asked line by line; it takes 14 s of processor to read its tables."""

    def __init__(self) -> None:
        java = jar_command()
        jar = find_sources().jar
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)
        self._process = subprocess.Popen(
            [java, f"-Xmx{_HEAP}", *LOCALE, "-jar", str(jar), "-", "-", "-stdio", "-l", "en", "-norm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            encoding="utf-8",
            errors="replace",
            cwd=jar.parent,
            env=java_environment(),
        )

    def __enter__(self) -> Jar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue

    def score(self, candidates: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[float, list[float]]:
        """Return the corpus score and each item's score, of items that were checked."""
        lines = [
            " ||| ".join(["SCORE", *map(clean, group), clean(candidate)])
            for candidate, group in zip(candidates, references, strict=True)
        ]
        statistics = [self.ask(line) for line in lines]
        first = self.ask(" ||| ".join(["EVAL", *statistics]))
        values = [float(first), *(float(self.read()) for _ in candidates)]
        return values[-1], values[:-1]

    def ask(self, line: str) -> str:
        """Send a line and return the first line of the answer."""
        if self._process.stdin is None:
            raise AacbenchError("the pipe to METEOR's jar is closed")
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except OSError:
            raise self._failure("it ended early") from None
        return self.read()

    def read(self) -> str:
        """Return the next line of the answer."""
        answer = self._process.stdout.readline().strip() if self._process.stdout else ""
        if not answer or answer.startswith("Error"):
            raise self._failure(answer or "it ended early")
        return answer

    def _failure(self, reason: str) -> UserError:
        self._process.kill()
        self._process.wait()
        self._errors.seek(0)
        said = java_reason(self._errors.read().decode("utf-8", "replace"))
        detail = f"{reason}; Java said: {said}" if said else reason
        return UserError(f"METEOR's jar failed ({detail}); it wants a Java runtime and {_HEAP} of free memory; {_HINT}")
