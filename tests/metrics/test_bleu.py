"""BLEU: its constants, the closest reference length and its ties, and properties."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings

from aacbench.errors import UserError
from aacbench.metrics.bleu import Bleu, bleu_statistics
from tests.metrics.conftest import ITEMS, tokens_as_given


def test_counts_of_a_worked_example() -> None:
    statistics = bleu_statistics(["the the the cat"], [["the cat sat", "the the dog"]], order=2)
    # "the" is clipped at two (second reference), "cat" matches; bigrams: "the the" and "the cat" of three.
    assert statistics.tolist() == [[3, 2, 4, 3, 4, 3]]


@pytest.mark.parametrize(
    ("references", "closest"),
    [(["a b", "a b c d"], 2), (["a b c d", "a b"], 2), (["a b c d e", "a b c d"], 4), (["a b c"], 3)],
)
def test_closest_reference_length_takes_the_shorter_of_equally_near(references: list[str], closest: int) -> None:
    assert bleu_statistics(["a b c"], [references])[0, -1] == closest


def test_brevity_penalty_of_half_the_length() -> None:
    items = tokens_as_given(["a b"], [["a b c d"]])
    assert Bleu()(items, {})[0].corpus == pytest.approx(math.exp(1 - 2), abs=1e-8)


def test_no_match_is_tiny_but_not_zero() -> None:
    (score, *_) = Bleu()(tokens_as_given(["x"], [["a"]]), {})
    assert 0 < score.corpus < 1e-14


def test_corpus_is_not_the_mean_of_items() -> None:
    items = tokens_as_given(["a b c d", "a"], [["a b c d"], ["b"]])
    score = Bleu()(items, {})[0]
    assert score.items is not None
    assert score.corpus == pytest.approx(4 / 5, abs=1e-8)
    assert np.mean(score.items) == pytest.approx(1 / 2, abs=1e-8)


def test_equal_to_the_reference_reaches_one() -> None:
    captions = ["a dog barks at the rain", "rain falls on a tin roof"]
    for score in Bleu()(tokens_as_given(captions, [[caption] for caption in captions]), {}):
        assert score.corpus == pytest.approx(1, abs=1e-8)
        assert score.items == pytest.approx((1, 1), abs=1e-8)


@given(drawn=ITEMS)
@settings(max_examples=60, deadline=None)
def test_order_of_clips_and_references_is_irrelevant(drawn: list[tuple[str, list[str]]]) -> None:
    shuffled = [(text, captions[::-1]) for text, captions in random.Random(0).sample(drawn, len(drawn))]
    first, second = (
        Bleu()(tokens_as_given([text for text, _ in rows], [captions for _, captions in rows]), {})
        for rows in (drawn, shuffled)
    )
    assert [score.corpus for score in first] == [score.corpus for score in second]
    assert all(sorted(a.items or ()) == sorted(b.items or ()) for a, b in zip(first, second, strict=True))


def test_summed_statistics_give_the_corpus_score() -> None:
    items = tokens_as_given(["a b c d", "a x"], [["a b c d"], ["b x", "a"]])
    metric = Bleu()
    total = metric.statistics(items).sum(axis=0, keepdims=True)
    assert metric.from_statistics(total)[0].tolist() == [score.corpus for score in metric(items, {})]


@pytest.mark.parametrize("order", [0, 10])
def test_order_out_of_range(order: int) -> None:
    with pytest.raises(UserError, match="order is 1 to 9"):
        Bleu(order)
