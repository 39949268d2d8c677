"""Vocabulary and length."""

from __future__ import annotations

from aacbench.metrics.length import Length
from aacbench.metrics.vocabulary import Vocabulary
from tests.metrics.conftest import tokens_as_given

ITEMS = tokens_as_given(["a dog", "a dog barks"], [["a b c", "d"], ["a dog barks loudly now"]])


def test_vocabulary_counts_distinct_words() -> None:
    count, share = Vocabulary()(ITEMS, {})
    assert (count.corpus, count.items) == (3, None)
    assert share.corpus == 3 / 8


def test_vocabulary_without_words() -> None:
    assert [score.corpus for score in Vocabulary()(tokens_as_given([""], [[""]]), {})] == [0, 0]


def test_length_is_a_mean_over_clips() -> None:
    mine, theirs = Length()(ITEMS, {})
    assert (mine.corpus, mine.items) == (2.5, (2, 3))
    assert (theirs.corpus, theirs.items) == (3.5, (2, 5))
