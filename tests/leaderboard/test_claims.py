"""Claims: hold with a clear difference, do not hold without or with the opposite, are not tested without runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aacbench.leaderboard.pages.views import assemble
from aacbench.leaderboard.ranking.claims import Claim, ClaimOutcome, Pair, outcomes
from aacbench.leaderboard.store.presets import load
from aacbench.scoring.seeds import compare_systems, holm

from .conftest import MakeRun, captions, put


def claim(better: str, worse: str, metric: str = "cider_d") -> Claim:
    return Claim(id="c", paper="p", claim="c", evidence="e", metric=metric, pairs=[Pair(better=better, worse=worse)])


@pytest.fixture
def outcome(root: Path, make_run: MakeRun) -> dict[str, ClaimOutcome]:
    for variant, wrong in (("good", 1), ("fair", 2), ("poor", 15)):
        for seed in (0, 1, 2):
            put(root, make_run(captions(wrong + seed % 2, mark=f" {variant} {seed}"), variant=variant, seed=seed))
    put(root, make_run(captions(9), variant="single", seed=1))
    view = assemble(root).views[0]
    tested = {
        "clear": claim("m/good", "m/poor"),
        "opposite": claim("m/poor", "m/good"),
        "equal": claim("m/good", "m/fair"),
        "missing": claim("m/good", "m/none"),
        "metric": claim("m/good", "m/poor", "spice"),
        "one seed": claim("m/good", "m/single"),
    }
    return dict(zip(tested, outcomes(view.board, [*tested.values()], view.rows, load(root)), strict=True))


def test_verdicts(outcome: dict[str, ClaimOutcome]) -> None:
    assert {name: found.verdict for name, found in outcome.items()} == {
        "clear": "supported",
        "opposite": "contradicted",
        "equal": "undecided",
        "missing": "not tested",
        "metric": "not tested",
        "one seed": "undecided",
    }


def test_effect_and_p_come_from_the_records(outcome: dict[str, ClaimOutcome], root: Path) -> None:
    effect = outcome["clear"].tests[0].effect
    rows = {row.key[1]: row for row in assemble(root).views[0].rows}
    better, worse = (
        np.array([[item.scores["cider_d"] for item in entry.rows()] for entry in rows[name].entries])
        for name in ("good", "poor")
    )
    wanted = compare_systems(worse, better)
    assert effect is not None and wanted.p is not None and effect.seeds == 3
    assert effect.difference == pytest.approx(wanted.difference, abs=1e-6)
    assert effect.p == pytest.approx(wanted.p, abs=1e-6)
    assert effect.low == pytest.approx(wanted.low, abs=1e-6) and effect.low > 0
    other = outcome["opposite"].tests[0].effect
    assert other is not None and other.difference == pytest.approx(-wanted.difference, abs=1e-6)
    single = outcome["one seed"].tests[0].effect
    assert single is not None and single.seeds == 1 and single.p is not None  # from what seeds make out elsewhere
    assert 0 < (outcome["clear"].tests[0].power or 0) < 1


def test_p_values_are_corrected_for_the_number_of_claims(outcome: dict[str, ClaimOutcome]) -> None:
    raw = [max(test.effect.p or 0 for test in found.tests if test.effect) for found in outcome.values() if found.p]
    assert sorted(found.p for found in outcome.values() if found.p is not None) == pytest.approx(sorted(holm(raw)))
    assert (outcome["clear"].p or 0) > min(raw)


def test_settings_of_ones_own_decide_nothing(root: Path, make_run: MakeRun) -> None:
    for variant, wrong in (("good", 9), ("poor", 12)):
        for seed in (0, 1, 2):
            put(root, make_run(captions(wrong + seed % 2, mark=f" {variant} {seed}"), variant=variant, seed=seed))
    for seed in (0, 1, 2):
        tuned = make_run(captions(seed, mark=f" tuned {seed}"), variant="poor", seed=seed,
                         change={"settings": {"lr": 1}})  # fmt: skip
        put(root, tuned, label="tuned")
    view = assemble(root).views[0]
    (found,) = outcomes(view.board, [claim("m/good", "m/poor")], view.rows, load(root))
    assert found.tests[0].effect is not None and found.tests[0].effect.difference > 0
    assert next(row.key for row in view.rows) == ("m", "poor", "tuned")
