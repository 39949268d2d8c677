"""Intervals and tests of significance: coverage on known distributions, power, symmetry, and
reproducibility."""

from __future__ import annotations

import numpy as np
import pytest

from aacbench.errors import UserError
from aacbench.metrics.bleu import Bleu
from aacbench.scoring.resampling import compare_items, compare_sums, intervals
from aacbench.types import Score, ScoringItems


def items_of(texts: list[str], references: list[str]) -> ScoringItems:
    ids = tuple(str(row) for row in range(len(texts)))
    wanted = tuple((text,) for text in references)
    return ScoringItems(ids, tuple(texts), wanted, tuple(texts), wanted)


def test_interval_of_a_mean_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(0).normal(0.4, 0.2, 1000)
    score = Score("m", float(values.mean()), tuple(values))
    found = intervals(object(), items_of(["x"] * 1000, ["x"] * 1000), [score], 2000)["m"]
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert found.low == pytest.approx(values.mean() - half, abs=half / 8)
    assert found.high == pytest.approx(values.mean() + half, abs=half / 8)
    assert not found.of_item_mean


def test_interval_of_another_corpus_score_says_so() -> None:
    score = Score("m", 0.9, tuple(np.linspace(0, 1, 50)))
    assert intervals(object(), items_of(["x"] * 50, ["x"] * 50), [score], 100)["m"].of_item_mean


def test_bleu_is_resampled_from_its_statistics() -> None:
    generator = np.random.default_rng(1)
    references = [" ".join(generator.choice(list("abcdefg"), 9)) for _ in range(80)]
    texts = [" ".join(np.where(generator.random(9) < 0.2, "x", text.split())) for text in references]
    items, metric = items_of(texts, references), Bleu()
    scores = metric(items, {})
    found = intervals(metric, items, scores, 500)
    for score in scores:
        interval = found[score.name]
        assert interval.low < score.corpus < interval.high
        assert not interval.of_item_mean
    # Items' own BLEU-4 has another mean: an interval of it would miss the corpus score by far.
    assert abs(np.mean(scores[3].items or ()) - scores[3].corpus) > 0.02


def test_intervals_depend_on_the_seed_alone() -> None:
    score = Score("m", 0.5, tuple(np.linspace(0, 1, 101)))
    items = items_of(["x"] * 101, ["x"] * 101)
    assert intervals(None, items, [score], 300, 5) == intervals(None, items, [score], 300, 5)
    assert intervals(None, items, [score], 300, 5) != intervals(None, items, [score], 300, 6)


def test_scores_without_items_have_no_interval() -> None:
    assert intervals(None, items_of(["x"], ["x"]), [Score("vocabulary", 3.0)], 100) == {}


def test_a_clear_difference_is_found_and_noise_is_not() -> None:
    generator = np.random.default_rng(2)
    a = generator.random(400)
    better = compare_items(a, a + 0.05 + generator.normal(0, 0.1, 400))
    assert max(better.p_bootstrap, better.p_randomisation) < 0.001
    assert better.low > 0
    same = compare_items(a, a + generator.normal(0, 0.1, 400))
    assert min(same.p_bootstrap, same.p_randomisation) > 0.05
    assert same.low < 0 < same.high


def test_p_values_are_uniform_without_a_difference() -> None:
    generator = np.random.default_rng(3)
    draws = [compare_items(generator.random(40), generator.random(40), 200) for _ in range(200)]
    for name in ("p_bootstrap", "p_randomisation"):
        assert np.mean([getattr(found, name) < 0.1 for found in draws]) == pytest.approx(0.1, abs=0.06)


def test_equal_systems_are_never_different() -> None:
    found = compare_items([0.1, 0.5, 0.3], [0.1, 0.5, 0.3], 100)
    assert (found.difference, found.p_bootstrap, found.p_randomisation) == (0, 1, 1)


def test_swapping_the_systems_turns_the_sign_only() -> None:
    a, b = np.random.default_rng(4).random((2, 60))
    there, back = compare_items(a, b, 500), compare_items(b, a, 500)
    assert there.difference == pytest.approx(-back.difference)
    assert there.p_randomisation == back.p_randomisation
    assert there.p_bootstrap == back.p_bootstrap


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([1.0, 2.0], [1.0], "clip by clip"),
        ([1.0], [2.0], "two clips"),
        ([1.0, float("nan")], [1.0, 2.0], "not a finite number"),
    ],
)
def test_what_cannot_be_compared(a: list[float], b: list[float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        compare_items(a, b)


def test_too_few_resamples() -> None:
    with pytest.raises(UserError, match="at least 100 resamples; got 5"):
        intervals(None, items_of(["x"], ["x"]), [Score("m", 1.0, (1.0,))], 5)
    with pytest.raises(UserError, match="100 resamples; got 2 and 5"):
        compare_items([1, 2], [2, 3], 5)


def bleu_statistics(wrong: float, seed: int) -> tuple[Bleu, np.ndarray[tuple[int, int], np.dtype[np.float64]], float]:
    generator = np.random.default_rng(1)
    references = [" ".join(generator.choice(list("abcdefg"), 9)) for _ in range(80)]
    spoil = np.random.default_rng(seed)
    texts = [" ".join(np.where(spoil.random(9) < wrong, "x", text.split())) for text in references]
    items, metric = items_of(texts, references), Bleu()
    return metric, metric.statistics(items), metric(items, {})[3].corpus


def test_a_corpus_score_is_compared_as_it_is_reported() -> None:
    metric, a, mine = bleu_statistics(0.4, 2)
    _, b, theirs = bleu_statistics(0.1, 3)
    found = compare_sums(a, b, lambda sums: metric.from_statistics(sums)[:, 3], 500)
    assert found.of_corpus
    assert [found.a, found.b] == pytest.approx([mine, theirs])
    assert found.difference == pytest.approx(theirs - mine) and found.low > 0
    assert max(found.p_bootstrap, found.p_randomisation) < 0.01
    same = compare_sums(a, a, lambda sums: metric.from_statistics(sums)[:, 3], 200)
    assert (same.difference, same.p_bootstrap, same.p_randomisation) == (0, 1, 1)


def test_sums_of_means_are_compared_as_items_are() -> None:
    a, b = np.random.default_rng(6).random((2, 50))
    one, other = (np.stack([x, np.ones(50)], 1) for x in (a, b))
    found = compare_sums(one, other, lambda sums: sums[:, 0] / sums[:, 1], 300)
    wanted = compare_items(a, b, 300)
    assert found.p_randomisation == wanted.p_randomisation and found.p_bootstrap == wanted.p_bootstrap
    assert [found.low, found.high] == pytest.approx([wanted.low, wanted.high])
