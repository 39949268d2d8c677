"""How a case is judged: a file is refused in one line, or read to something sane, soon.

`AACBENCH_FUZZ=FACTOR` draws that many times the cases, other ones at each run; without it they are always the same.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from aacbench.errors import AacbenchError
from tests.faults.tally import Outcome, Tally

FACTOR = float(os.environ.get("AACBENCH_FUZZ", "0"))
SECONDS = 60  # for one case on a busy machine; most take a millisecond
LONGEST = 1500  # characters of a message, the file's path and a list of known names included

Drawn = TypeVar("Drawn")


class HangError(Exception):
    """A case took longer than `SECONDS`."""


@contextmanager
def deadline(seconds: int = SECONDS) -> Iterator[None]:
    """Raise in the main thread when the block takes too long."""

    def stop(_: int, frame: FrameType | None) -> None:
        raise HangError(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(read: Callable[[], Any], path: Path | None = None, check: Callable[[Any], None] | None = None) -> Outcome:
    """Read a file that may be bad; it is refused in one line that names `path`, or what it holds passes `check`."""
    with deadline():
        try:
            found = read()
        except AacbenchError as error:
            message = str(error)
            assert message.strip() and len(message.splitlines()) == 1, message[:2000]
            assert len(message) <= LONGEST, message[:2000]
            assert path is None or str(path) in message, message
            return "message"
    if check is not None:
        check(found)
    return "harmless"


def fuzz(
    tally: Tally, kind: str, cases: int, strategy: SearchStrategy[Drawn], judge: Callable[[Drawn], Outcome]
) -> Counter[Outcome]:
    """Judge `cases` values of a strategy, and count them; a wrong one is shown as small as it can be made."""
    counted: Counter[Outcome] = Counter()
    wanted = max(1, round(cases * FACTOR)) if FACTOR else cases
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if FACTOR else [])]

    @settings(
        max_examples=wanted,
        derandomize=not FACTOR,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def case(drawn: Drawn) -> None:
        counted[judge(drawn)] += 1

    case()
    for how, count in counted.items():
        tally(f"fuzz: {kind}", how, count)
    assert counted.total() >= wanted, f"{counted.total()} cases of {kind}, wanted {wanted}"
    return counted
