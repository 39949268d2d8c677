"""Systems over seeds: the level holds where nothing differs, a clear difference is found, one seed proves nothing."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from aacbench.errors import UserError
from aacbench.scoring.seeds import Pool, compare_systems, holm, pooled
from aacbench.scoring.student import below, critical, two_sided

Scores = NDArray[np.float64]
Kind = Literal["captioning", "retrieval"]
CLIPS, DRAWN, OTHERS = 100, 1000, 8
SEED_SPREAD = 0.035  # of a score between seeds: about what the board's systems show


def networks(generator: np.random.Generator, kind: Kind, seeds: int, easy: Scores, better: float = 0.0) -> Scores:
    """Return scores (S, N) of networks on clips of which some are easier for all, and some for this architecture."""
    own = easy + generator.normal(0, 0.2, len(easy))
    scores = own + generator.normal(better, SEED_SPREAD, (seeds, 1)) + generator.normal(0, 0.35, (seeds, len(easy)))
    if kind == "captioning":
        return np.maximum(0.6 + scores, 0)
    chances = 1 / (1 + np.exp(-4 * scores))  # of finding the clip by each of its five captions
    return np.asarray((generator.random((5, *scores.shape)) < chances).mean(0), np.float64)


@pytest.mark.parametrize("kind", ["captioning", "retrieval"])
@pytest.mark.parametrize("seeds", [1, 3, 5])
def test_equal_networks_differ_in_five_of_a_hundred(kind: Kind, seeds: int) -> None:
    """The level holds within two of a hundred, but for the chance of this many draws."""
    generator = np.random.default_rng([seeds, len(kind)])
    wrong = 0
    for _ in range(DRAWN):
        easy = generator.normal(0, 0.2, CLIPS)
        a, b = (networks(generator, kind, seeds, easy) for _ in range(2))
        pool = pooled([networks(generator, kind, 3, easy) for _ in range(OTHERS)]) if seeds == 1 else None
        found = compare_systems(a, b, pool)
        assert found.p is not None and (found.p < 0.05) == (not found.low <= 0 <= found.high)
        wrong += found.p < 0.05
    assert wrong / DRAWN == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("kind", ["captioning", "retrieval"])
def test_a_better_network_is_found_and_the_power_says_how_likely(kind: Kind) -> None:
    generator = np.random.default_rng(7)
    found, told = [], []
    for _ in range(100):
        easy = generator.normal(0, 0.2, CLIPS)
        a, b = networks(generator, kind, 5, easy), networks(generator, kind, 5, easy, better=0.12)
        effect = compare_systems(a, b)
        found.append(effect.p is not None and effect.p < 0.05 and effect.difference > 0)
        told.append(effect.power(effect.difference))
    assert np.mean(found) > 0.55
    assert np.mean(told) == pytest.approx(np.mean(found), abs=0.15)


def test_three_seeds_of_one_sign_are_no_proof() -> None:
    generator = np.random.default_rng(5)
    a = generator.normal(0.4, 0.1, (3, 300))
    lucky = a + np.array([[0.2], [0.02], [0.01]])
    steady = a + 0.03 + generator.normal(0, 0.02, a.shape)
    assert (compare_systems(a, lucky).p or 0) > 0.2
    assert (compare_systems(a, steady).p or 1) < 0.01
    assert compare_systems(a, steady).difference == pytest.approx(0.03, abs=0.005)


def test_one_seed_says_nothing_without_others() -> None:
    a = np.random.default_rng(0).random((1, 40))
    alone = compare_systems(a, a + 0.1 * np.random.default_rng(1).random((1, 40)))
    assert alone.p is None and alone.low > 0
    known = compare_systems(a, a + 0.1 * np.random.default_rng(1).random((1, 40)), Pool(0.04**2, 10))
    assert known.p is not None and known.p > 0.2 and known.low < 0 < known.high


def test_what_seeds_make_out_is_learned_from_all_systems() -> None:
    generator = np.random.default_rng(3)
    systems = [0.5 + generator.normal(0, 0.05, (4, 1)) + generator.normal(0, 0.2, (4, 200)) for _ in range(60)]
    found = pooled(systems)
    assert found is not None and found.freedom == 180
    assert found.variance == pytest.approx(0.05**2, rel=0.2)
    assert pooled([system[:1] for system in systems]) is None


def test_swapping_turns_the_sign_only_and_equal_ones_never_differ() -> None:
    a, b = np.random.default_rng(4).random((2, 3, 60))
    there, back = compare_systems(a, b), compare_systems(b, a)
    assert there.difference == pytest.approx(-back.difference)
    assert there.p is not None and there.p == pytest.approx(back.p)
    assert compare_systems(a, a).p == 1.0
    assert compare_systems(a, a + 0.25).p == pytest.approx(0, abs=1e-9)


def test_what_cannot_be_compared() -> None:
    with pytest.raises(UserError, match="seed by seed"):
        compare_systems(np.ones((2, 3)), np.ones((1, 3)))
    with pytest.raises(UserError, match="two clips"):
        compare_systems(np.ones((2, 1)), np.ones((2, 1)))
    with pytest.raises(UserError, match="finite"):
        compare_systems([[1.0, float("nan")]], [[1.0, 2.0]])


def test_holm_corrects_in_order() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("freedom", "edge"), [(1, 12.706205), (2, 4.302653), (4, 2.776445), (10, 2.228139), (30, 2.042272), (1e6, 1.959966)]
)
def test_students_t_has_the_tables_values(freedom: float, edge: float) -> None:
    assert critical(0.95, freedom) == pytest.approx(edge, abs=2e-6)
    assert two_sided(edge, freedom) == pytest.approx(0.05, abs=1e-6)
    assert below(edge, freedom) == pytest.approx(0.975, abs=1e-6)
    assert below(-edge, freedom) == pytest.approx(0.025, abs=1e-6)


def test_students_t_is_scipys() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    for freedom in (1, 2.3, 7, 55.5, 1000):
        for t in (0.0, 0.1, 1.0, 3.3, 12.0, 60.0):
            assert two_sided(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), rel=1e-9, abs=1e-250)
