"""The 2010 revision of the Porter2 stemmer."""

from __future__ import annotations

import pytest
import snowballstemmer

from aacbench.metrics.meteor.stem import stem

CASES = {
    "barking": "bark", "barked": "bark", "hopping": "hop", "hoping": "hope", "flies": "fli", "ties": "tie",
    "cries": "cri", "gas": "gas", "gaps": "gap", "this": "this", "kiwis": "kiwi", "generously": "generous",
    "communism": "communism", "arsenal": "arsenal", "dying": "die", "early": "earli", "skis": "ski",
    "herring": "herring", "exceed": "exceed", "agreed": "agre", "feed": "feed", "youth": "youth",
    "enjoying": "enjoy", "sky": "sky", "say": "say", "by": "by", "relational": "relat", "'quoted'": "quot",
    "dog's": "dog", "hopefulness": "hope", "rate": "rate", "rolling": "roll", "luxuriating": "luxuri",
    "analogi": "analog", "geologi": "geolog", "adoption": "adopt", "as": "as", "é": "é",
}  # fmt: skip


@pytest.mark.parametrize(("word", "expected"), CASES.items())
def test_stem(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_agrees_with_the_current_snowball_where_the_algorithm_did_not_change() -> None:
    current = snowballstemmer.stemmer("english")
    words = ["walking", "talked", "engines", "whistles", "distance", "children", "repeatedly", "echoes"]
    assert [stem(word) for word in words] == [current.stemWord(word) for word in words]
