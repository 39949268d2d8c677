"""Five real systems with official scores: BLEU, ROUGE-L, CIDEr-D and METEOR, by item and of the corpus.

The AudioCaps system's captions were stored as tokens of another tokenizer, which differ from Penn Treebank
ones in two captions, `woman's` and `vehicle's`. Its scores are equal on the stored tokens. Scored from text,
everything but CIDEr-D stays equal; CIDEr-D, whose document frequencies change, moves by more than 0.001 in
the three items named below.
"""

from __future__ import annotations

import numpy as np
import pytest

from aacbench.metrics.bleu import Bleu
from aacbench.metrics.cider_d import CiderD
from aacbench.metrics.meteor.metric import MeteorMetric
from aacbench.metrics.rouge_l import RougeL
from aacbench.scoring.core import tokenised
from aacbench.types import Score, ScoringItems
from tests.metrics.conftest import Gold, tokens_as_given

AUDIOCAPS = "conette.audiocaps_test"
OTHER_TOKENS = {"kEP-BwMarf8_90.flac": "woman's", "5xC4hkAWiao_0.flac": "vehicle's"}
MOVED = {"kEP-BwMarf8_90.flac", "5xC4hkAWiao_0.flac", "mWqH2xwjkYA_50.flac"}
TOLERANCE = {"meteor": 1e-6}


def scores(items: ScoringItems) -> dict[str, Score]:
    return {score.name: score for metric in (Bleu(), RougeL(), CiderD(), MeteorMetric()) for score in metric(items, {})}


def native(gold: Gold) -> ScoringItems:
    return tokenised(gold.ids, gold.candidates, gold.references, "native")


def test_scores_equal_the_official_ones(gold: Gold) -> None:
    items = tokens_as_given(gold.candidates, gold.references) if gold.name == AUDIOCAPS else native(gold)
    found = scores(items)
    assert len(found) == 7
    for name, score in found.items():
        official = [row[name] for row in gold.items]
        assert np.abs(np.array(score.items) - official).max() <= TOLERANCE.get(name, 1e-9), name
        assert score.corpus == pytest.approx(gold.corpus[name], abs=1e-6), name


def test_audiocaps_from_text_differs_where_its_tokens_do(gold: Gold) -> None:
    if gold.name != AUDIOCAPS:
        return
    items = native(gold)
    assert items.candidate_tokens == gold.candidates
    different = {
        clip: next(word for word in theirs.split() if word not in mine.split())
        for clip, mine_all, theirs_all in zip(items.ids, items.reference_tokens, gold.references, strict=True)
        for mine, theirs in zip(mine_all, theirs_all, strict=True)
        if mine != theirs
    }
    assert different == OTHER_TOKENS
    for name, score in scores(items).items():
        gaps = np.abs(np.array(score.items) - [row[name] for row in gold.items])
        if name == "cider_d":
            assert {clip for clip, gap in zip(items.ids, gaps, strict=True) if gap > 1e-3} == MOVED
        else:
            assert gaps.max() <= 1e-6, name
