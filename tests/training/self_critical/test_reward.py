"""Rewards against CiderDReward, against pycocoevalcap with the document frequencies chosen, and mixes of metrics."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from pycocoevalcap.cider.cider_scorer import CiderScorer

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.metrics.cider_d import CiderDReward
from aacbench.scoring import score_items
from aacbench.text.ptb import tokenize_captions
from aacbench.training.self_critical.reward import Reward
from aacbench.types import Score, ScoringItems

REFERENCES = [
    ["A dog barks twice.", "A dog is barking in the park", "two barks of a small dog"],
    ["Rain falls on a roof.", "heavy rain is falling", "It rains hard"],
    ["A dog barks while rain falls", "rain and a barking dog", "a wet dog barks"],
    ["A car honks, and people talk", "people are talking in the street", "a car horn"],
]
CAPTIONS = ["a dog barks in the rain", "rain is falling on a dog", "a dog barks twice", "people talk", "rain falls"]
CLIPS = [0, 1, 0, 3, 2]
KNOWN = list(manager.load([]).registries.metrics)


def official(captions: list[str], clips: list[int], corpus: list[int]) -> list[float]:
    """CIDEr-D of pycocoevalcap: each caption in turn stands among the corpus whose documents are counted."""
    tokens = [tokenize_captions(group) for group in REFERENCES]
    values = []
    for caption, clip in zip(tokenize_captions(captions), clips, strict=True):
        scorer = CiderScorer()
        for other in corpus:
            scorer += (caption if other == clip else "nothing", tokens[other])
        _, rows = scorer.compute_score()
        values.append(float(rows[corpus.index(clip)]))
    return values


@pytest.mark.parametrize("frequencies", ["development", "batch"])
def test_cider_d_equals_the_official_scorer_on_the_chosen_frequencies(frequencies: str) -> None:
    reward = Reward({"cider_d": 1.0}, REFERENCES, KNOWN, frequencies)  # type: ignore[arg-type]
    clips = CLIPS if frequencies == "development" else [0, 1, 0, 3, 3]
    corpus = [0, 1, 2, 3] if frequencies == "development" else [0, 1, 3]  # a clip that comes twice counts once
    values = reward(CAPTIONS, clips)
    assert values.max() > 0
    assert values.tolist() == pytest.approx(official(CAPTIONS, clips, corpus), abs=1e-9)


def test_cider_d_equals_cider_d_reward() -> None:
    tokens = [tokenize_captions(group) for group in REFERENCES]
    wanted = CiderDReward(tokens)(tokenize_captions(CAPTIONS), CLIPS)
    assert Reward({"cider_d": 2.0}, REFERENCES, KNOWN)(CAPTIONS, CLIPS).tolist() == (2 * wanted).tolist()
    mixed = Reward({"cider_d": 2.0, "bleu_1": 0.0}, REFERENCES, KNOWN)
    assert mixed(CAPTIONS, CLIPS).tolist() == (2 * wanted).tolist()


@pytest.mark.parametrize("frequencies", ["development", "batch"])
def test_spider_is_the_mean_of_its_halves(frequencies: str) -> None:
    def value(weights: Mapping[str, float]) -> list[float]:
        found: list[float] = Reward(weights, REFERENCES, KNOWN, frequencies)(CAPTIONS, CLIPS).tolist()  # type: ignore[arg-type]
        return found

    spider = value({"spider": 1.0})
    assert spider == pytest.approx(value({"cider_d": 0.5, "spice": 0.5}), abs=1e-12)
    ids = list(map(str, range(5)))
    spec = [spec for spec in KNOWN if spec.name == "spice"]
    spice = score_items(ids, CAPTIONS, [REFERENCES[clip] for clip in CLIPS], spec).scores["spice"].items
    assert spice is not None
    assert value({"spice": 1.0}) == pytest.approx(spice)
    assert np.ptp(spider) > 0


def test_a_mix_weighs_scores_of_one_metric_and_of_others() -> None:
    parts = [Reward({name: 1.0}, REFERENCES, KNOWN)(CAPTIONS, CLIPS) for name in ("bleu_4", "rouge_l", "cider_d")]
    mixed = Reward({"bleu_4": 3.0, "rouge_l": -1.0, "cider_d": 0.5}, REFERENCES, KNOWN)(CAPTIONS, CLIPS)
    assert mixed.tolist() == pytest.approx((3.0 * parts[0] - parts[1] + 0.5 * parts[2]).tolist())


class Mean:
    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        return [Score("mean_only", 1.0)]


def test_mistakes_are_named() -> None:
    spec = MetricSpec("mean_only", "no value per item", Mean)
    with pytest.raises(UserError, match="no value per caption"):
        Reward({"mean_only": 1.0}, REFERENCES, [*KNOWN, spec])(CAPTIONS, CLIPS)
    with pytest.raises(UserError, match="cidre"):
        Reward({"cidre": 1.0}, REFERENCES, KNOWN)
    with pytest.raises(UserError, match="'bleu' is no single score"):
        Reward({"bleu": 1.0}, REFERENCES, KNOWN)
    with pytest.raises(UserError, match="weighs scores by name"):
        Reward({"cider_d": 0.0}, REFERENCES, KNOWN)
