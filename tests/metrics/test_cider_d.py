"""CIDEr-D and its reward object: arithmetic by hand, properties, token ids, a foreign corpus, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings

from aacbench.errors import UserError
from aacbench.metrics.cider_d import CiderD, CiderDReward
from tests.metrics.conftest import ITEMS, Gold, tokens_as_given


def test_a_score_by_hand() -> None:
    """One matching word: weights, clipping, norms and the penalty on *bigram* counts."""
    reward = CiderDReward([["dog barks"], ["rain falls"], ["car"]])
    (score,) = reward(["dog dog"], [0])
    # idf of every word is log 3; the candidate has dog twice, the reference dog and barks; no common bigram.
    idf = math.log(3)
    unigrams = min(2 * idf, idf) * idf / (2 * idf * math.sqrt(2) * idf)
    assert score == pytest.approx(10 * unigrams / 4)
    (shorter,) = reward(["dog"], [0])  # one bigram fewer
    assert shorter == pytest.approx(10 / math.sqrt(2) * math.exp(-1 / 72) / 4)


def test_equal_to_all_references_reaches_ten() -> None:
    captions = ["a dog barks at rain", "wind blows through tall trees"]
    (score,) = CiderD()(tokens_as_given(captions, [[caption] * 3 for caption in captions]), {})
    assert score.corpus == pytest.approx(10)


def test_one_clip_scores_zero_and_says_so() -> None:
    items = tokens_as_given(["a dog barks"], [["a dog barks"]])
    assert CiderD()(items, {})[0].corpus == 0
    assert "0 by definition" in CiderD().warnings(items)[0]
    assert not CiderD().warnings(tokens_as_given(["a", "b"], [["a"], ["b"]]))


def test_captions_without_any_word_are_finite() -> None:
    (score,) = CiderD()(tokens_as_given(["", ""], [["", ""], [""]]), {})
    assert score.items == (0, 0)


@given(drawn=ITEMS)
@settings(max_examples=60, deadline=None)
def test_order_of_clips_and_references_is_irrelevant(drawn: list[tuple[str, list[str]]]) -> None:
    forwards = CiderD()(tokens_as_given([text for text, _ in drawn], [captions for _, captions in drawn]), {})[0]
    turned = drawn[::-1]
    backwards = CiderD()(tokens_as_given([text for text, _ in turned], [c[::-1] for _, c in turned]), {})[0]
    assert forwards.corpus == pytest.approx(backwards.corpus, abs=1e-12)
    assert forwards.items == pytest.approx((backwards.items or ())[::-1], abs=1e-12)


def test_reward_of_a_batch_equals_scoring_the_whole_set(gold: Gold) -> None:
    reward = CiderDReward(gold.references)
    whole = reward(gold.candidates, range(len(gold.ids)))
    rows = [5, 5, 0, 700, 5, 33]
    assert reward([gold.candidates[row] for row in rows], rows) == pytest.approx(whole[rows], abs=1e-12)


def test_token_ids_score_as_their_words(gold: Gold) -> None:
    numbers: dict[str, int] = {}

    def encode(caption: str) -> list[int]:
        return [numbers.setdefault(word, len(numbers) + 3) for word in caption.split()]

    references = [[encode(text) for text in captions] for captions in gold.references[:200]]
    candidates = [np.array(encode(text)) for text in gold.candidates[:200]]
    by_id = CiderDReward(references)(candidates, range(200))
    by_word = CiderDReward(gold.references[:200])(gold.candidates[:200], range(200))
    assert by_id == pytest.approx(by_word, abs=1e-12)


def test_unknown_words_count_in_the_norm() -> None:
    reward = CiderDReward([["a dog"], ["b cat"]])
    known, unknown = reward(["dog", "dog zebra"], [0, 0])
    assert 0 < unknown < known


def test_no_captions_give_no_rewards() -> None:
    assert CiderDReward([["a"]])([], []).shape == (0,)


def test_errors() -> None:
    with pytest.raises(UserError, match="empty corpus"):
        CiderDReward([])
    with pytest.raises(UserError, match=r"clip 1 \(from 0\) has none"):
        CiderDReward([["a"], []])
    reward = CiderDReward([["a"], ["b"]])
    with pytest.raises(UserError, match="2 captions for 1 clips"):
        reward(["a", "b"], [0])
    with pytest.raises(UserError, match="knows clips 0 to 1; got -1 to 0"):
        reward(["a", "b"], [0, -1])
