"""Variety of captions: Self-BLEU against pycocoevalcap's BLEU, distinct n-grams and novelty by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pycocoevalcap.bleu.bleu import Bleu

from aacbench.metrics.diversity import Diversity, self_bleu
from aacbench.metrics.ngrams import NgramTable
from aacbench.testing import check_metric
from tests.metrics.conftest import tokens_as_given

CAPTIONS = [
    "a dog barks in the rain",
    "a dog barks in the park",
    "rain falls on a tin roof",
    "a dog barks in the rain",
    "people talk",
    "a a a a dog",
]


def test_self_bleu_equals_bleu_against_the_others() -> None:
    found = self_bleu(NgramTable.build(CAPTIONS, 4))
    for number, caption in enumerate(CAPTIONS):
        others = [text for row, text in enumerate(CAPTIONS) if row != number]
        wanted, _ = Bleu(4).compute_score({0: others}, {0: [caption]}, verbose=0)
        assert found[number] == pytest.approx(wanted[3], rel=1e-6)


def test_random_captions_agree_too() -> None:
    random = np.random.default_rng(0)
    captions = [" ".join(random.choice(list("abcde"), random.integers(1, 9))) for _ in range(40)]
    found = self_bleu(NgramTable.build(captions, 4))
    for number in range(0, 40, 7):
        others = [text for row, text in enumerate(captions) if row != number]
        wanted, _ = Bleu(4).compute_score({0: others}, {0: [captions[number]]}, verbose=0)
        assert found[number] == pytest.approx(wanted[3], rel=1e-6)


def test_by_hand() -> None:
    scores = {one.name: one for one in Diversity()(tokens_as_given(["a b", "a c", "x"], [["a b"], ["q"], ["a c"]]), {})}
    assert scores["distinct_1"].corpus == 4 / 5 and scores["distinct_2"].corpus == 1.0
    assert scores["novelty"].items == (0.0, 0.0, 1.0)
    same = {one.name: one for one in Diversity()(tokens_as_given(["a b c d"] * 3, [["x"]] * 3), {})}
    assert same["self_bleu"].corpus == pytest.approx(1.0) and same["distinct_1"].corpus == 4 / 12
    assert Diversity()(tokens_as_given(["a b"], [["x"]]), {})[0].corpus == 0.0


def test_it_describes_and_keeps_the_contract() -> None:
    from aacbench.host.builtin.metrics import SPECS

    assert not next(spec for spec in SPECS if spec.name == "diversity").ranked
    check_metric("diversity")
