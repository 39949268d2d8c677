"""ROUGE-L: best precision and recall apart, empty captions, common subsequences against recursion."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aacbench.errors import UserError
from aacbench.metrics.rouge_l import RougeL, rouge_l
from tests.metrics.conftest import tokens_as_given


def test_precision_and_recall_come_from_different_references() -> None:
    # Against the first: P 2/4, R 2/2; against the second: P 4/4, R 4/8. Best apart: P 1, R 1, so F 1.
    assert rouge_l("a b c d", ["a b", "a b c d e f g h"]) == pytest.approx(1.0)
    assert rouge_l("a b c d", ["a b"]) == pytest.approx((1 + 1.44) * 0.5 / (1 + 1.44 * 0.5))


@pytest.mark.parametrize(("candidate", "expected"), [("", 1.0), ("a", 0.0)])
def test_an_empty_reference_is_one_empty_token(candidate: str, expected: float) -> None:
    assert rouge_l(candidate, [""]) == expected


def test_nothing_in_common_is_zero() -> None:
    assert rouge_l("a b", ["c d", "e"]) == 0.0


def test_equal_to_a_reference_is_one() -> None:
    (score,) = RougeL()(tokens_as_given(["rain falls", "a dog"], [["x", "rain falls"], ["a dog"]]), {})
    assert (score.corpus, score.items) == (1.0, (1.0, 1.0))


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=9),
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=9),
)
def test_common_subsequence_equals_recursion(left: list[str], right: list[str]) -> None:
    @cache
    def common(i: int, j: int) -> int:
        if i == len(left) or j == len(right):
            return 0
        if left[i] == right[j]:
            return 1 + common(i + 1, j + 1)
        return max(common(i + 1, j), common(i, j + 1))

    precision, recall = common(0, 0) / len(left), common(0, 0) / len(right)
    expected = 2.44 * precision * recall / (recall + 1.44 * precision) if precision else 0.0
    assert rouge_l(" ".join(left), [" ".join(right)]) == pytest.approx(expected, abs=1e-12)


def test_reference_engine_has_one_beta() -> None:
    with pytest.raises(UserError, match=r"beta 1\.2 built in"):
        RougeL(beta=1.0, engine="reference")
