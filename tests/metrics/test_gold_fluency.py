"""FENSE and SPIDEr-FL of 5,092 real captions, recomputed from the stored SBERT, SPIDEr and FER, exactly."""

from __future__ import annotations

import pytest

from aacbench.metrics.fense import Fense
from aacbench.metrics.spider_fl import SpiderFl
from aacbench.scoring.tokens import tokenised
from aacbench.types import Score
from tests.metrics.conftest import Gold


def stored(gold: Gold, name: str) -> Score:
    rows = tuple(float(row[name]) for row in gold.items)
    return Score(name, sum(rows) / len(rows), rows, {"version": 1})


def test_composed_scores_equal_the_official_ones(gold: Gold) -> None:
    items = tokenised(gold.ids[:1], gold.candidates[:1], gold.references[:1], "native")
    (fense,) = Fense()(items, {"sbert_sim": stored(gold, "sbert_sim"), "fer": stored(gold, "fer")})
    (spider_fl,) = SpiderFl()(items, {"spider": stored(gold, "spider"), "fer": stored(gold, "fer")})
    for score in (fense, spider_fl):
        assert score.items == pytest.approx([row[score.name] for row in gold.items], abs=1e-6), score.name
        assert score.corpus == pytest.approx(gold.corpus[score.name], abs=1e-6)
