"""SPIDEr and the fluency penalties, composed from the scores of real systems."""

from __future__ import annotations

import pytest

from aacbench.errors import AacbenchError, UserError
from aacbench.metrics.fense import Fense
from aacbench.metrics.spider import Spider
from aacbench.metrics.spider_fl import SpiderFl
from aacbench.types import Score, ScoringItems
from tests.metrics.conftest import Gold, tokens_as_given


def official(gold: Gold, name: str) -> Score:
    return Score(name, gold.corpus[name], tuple(row[name] for row in gold.items))


def items_of(gold: Gold) -> ScoringItems:
    return tokens_as_given(gold.candidates, gold.references)


def test_spider_equals_the_official_one(gold: Gold) -> None:
    needed = {name: official(gold, name) for name in ("cider_d", "spice")}
    (score,) = Spider()(items_of(gold), needed)
    assert score.corpus == pytest.approx(gold.corpus["spider"], abs=1e-9)
    assert score.items == pytest.approx([row["spider"] for row in gold.items], abs=1e-9)


@pytest.mark.parametrize(("metric", "base"), [(Fense(), "sbert_sim"), (SpiderFl(), "spider")])
def test_penalised_scores_equal_the_official_ones(metric: Fense | SpiderFl, base: str, gold: Gold) -> None:
    needed = {name: official(gold, name) for name in (base, "fer")}
    (score,) = metric(items_of(gold), needed)
    assert score.corpus == pytest.approx(gold.corpus[score.name], abs=1e-6)
    assert score.items == pytest.approx([row[score.name] for row in gold.items], abs=1e-6)


def test_some_clip_is_penalised(gold: Gold) -> None:
    assert any(row["fer"] for row in gold.items)


def test_scores_without_items_cannot_be_composed() -> None:
    items = tokens_as_given(["a"], [["a"]])
    with pytest.raises(AacbenchError, match="of every item"):
        Spider()(items, {"cider_d": Score("cider_d", 1.0), "spice": Score("spice", 1.0, (1.0,))})
    with pytest.raises(AacbenchError, match="fense needs sbert_sim and fer"):
        Fense()(items, {"sbert_sim": Score("sbert_sim", 1.0), "fer": Score("fer", 0.0, (0.0,))})


def test_penalty_out_of_range() -> None:
    needed = {"spider": Score("spider", 1.0, (1.0,)), "fer": Score("fer", 0.0, (0.0,))}
    with pytest.raises(UserError, match=r"penalty is 0 to 1; got 1\.5"):
        SpiderFl(penalty=1.5)(tokens_as_given(["a"], [["a"]]), needed)
