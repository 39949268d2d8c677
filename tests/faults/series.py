"""Thirty kills at random moments, and what was lost by them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.faults.comparison import differences
from tests.faults.tally import Tally
from tests.forked import Done

KILLS, IN_A_ROW = 30, 3

Run = Callable[[Path, dict[str, float] | None], Done]
"""Runs the command in a folder, to its end or until it is killed."""


@dataclass(frozen=True)
class Series:
    """One kind of work: how a folder is made ready, how it runs there, where it stood when it was killed, what it left.

    The kills are at random moments of its processor time (`cpu`), which a busy machine does not stretch, or of `wall`
    time, one in each thirtieth of what the whole takes, in random order. Work goes on from kill to kill, and
    begins in a new folder after `IN_A_ROW` of them or when it is done before its time.
    """

    kind: str
    prepare: Callable[[Path], None]
    run: Run
    phase: Callable[[Path], str]
    outcome: Callable[[Path], Mapping[str, str]]
    clock: Literal["cpu", "wall"] = "cpu"
    seed: int = 0

    def carry_out(self, folder: Path, tally: Tally) -> None:
        """Kill, finish and compare with what was never killed."""
        whole = folder / "whole"
        whole.mkdir()
        self.prepare(whole)
        uninterrupted = self.run(whole, None)
        assert uninterrupted.code == 0, uninterrupted.said
        wanted, length = dict(self.outcome(whole)), getattr(uninterrupted, self.clock)
        assert wanted
        print(f"{self.kind}: seed {self.seed}, {length:.2f} s of {self.clock} time")
        draw = random.Random(self.seed)
        moments = [length * (place + draw.random()) / KILLS for place in range(KILLS)]
        draw.shuffle(moments)
        number = 0
        while moments:
            self._round(folder / f"round{number}", moments, wanted, tally)
            number += 1

    def _round(self, place: Path, moments: list[float], wanted: dict[str, str], tally: Tally) -> None:
        """In a new folder, kill at the first moments, a few times or until the work is done before it is killed."""
        place.mkdir()
        self.prepare(place)
        phases: Counter[str] = Counter()
        done = self.run(place, {self.clock: moments[0]})
        while done.killed:
            phases[self.phase(place)] += 1
            print(f"  {place.name}: killed after {moments.pop(0):.3f} s: {self.phase(place)}")
            alive = not moments or phases.total() == IN_A_ROW
            done = self.run(place, None if alive else {self.clock: moments[0]})
        wrong = [done.said] if done.code else differences(wanted, dict(self.outcome(place)))
        for phase, count in phases.items():
            tally(f"kill: {self.kind} ({phase})", "wrong" if wrong else "recovery", count)
        assert not wrong, wrong
        if not phases:  # done before its time, so close to the end as that moment was
            moments.append(moments.pop(0) * 0.9)
