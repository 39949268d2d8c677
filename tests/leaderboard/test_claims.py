"""Claims: hold with a clear difference, do not hold without or with the opposite, are not tested without runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aacbench.host import manager
from aacbench.leaderboard.pages.views import assemble
from aacbench.leaderboard.ranking.claims import Claim, Outcome, Pair, outcomes
from aacbench.leaderboard.verification.add import add
from aacbench.scoring.resampling import compare_runs

from .conftest import MakeRun, captions


def claim(better: str, worse: str, metric: str = "cider_d") -> Claim:
    return Claim(id="c", paper="p", claim="c", evidence="e", metric=metric, pairs=[Pair(better=better, worse=worse)])


@pytest.fixture
def outcome(root: Path, make_run: MakeRun) -> dict[str, Outcome]:
    registries = manager.load().registries
    for variant, wrong in (("good", 1), ("fair", 2), ("poor", 15)):
        for seed in (0, 1, 2):
            add(root, make_run(captions(wrong + seed % 2), variant=variant, seed=seed), registries)
    add(root, make_run(captions(9), variant="single", seed=1), registries)
    rows = assemble(root).views[0].rows
    tested = {
        "clear": claim("m/good", "m/poor"),
        "opposite": claim("m/poor", "m/good"),
        "equal": claim("m/good", "m/fair"),
        "missing": claim("m/good", "m/none"),
        "metric": claim("m/good", "m/poor", "spice"),
        "one seed": claim("m/good", "m/single"),
    }
    return dict(zip(tested, outcomes([*tested.values()], rows), strict=True))


def test_verdicts(outcome: dict[str, Outcome]) -> None:
    assert {name: found.verdict for name, found in outcome.items()} == {
        "clear": "holds",
        "opposite": "does not hold",
        "equal": "does not hold",
        "missing": "not tested",
        "metric": "not tested",
        "one seed": "holds",
    }


def test_effect_and_p_come_from_the_records(outcome: dict[str, Outcome], root: Path) -> None:
    (test,) = outcome["clear"].tests
    rows = {row.key[1]: row for row in assemble(root).views[0].rows}
    better, worse = (
        np.array([[item.scores["cider_d"] for item in entry.rows()] for entry in rows[name].entries])
        for name in ("good", "poor")
    )
    wanted = compare_runs(worse, better)
    assert test.difference == pytest.approx(wanted.difference, abs=1e-6)
    assert test.p == pytest.approx(wanted.p_bootstrap, abs=0.002)
    assert test.low == pytest.approx(wanted.low, abs=1e-4) and (test.low or 0) > 0
    assert test.seeds == 3
    assert outcome["one seed"].tests[0].seeds == 1
    (other,) = outcome["opposite"].tests
    assert other.difference == pytest.approx(-wanted.difference, abs=1e-6) and other.p is not None and other.p < 0.05
