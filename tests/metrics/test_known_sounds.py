"""Captions of clips whose sounds are known: what each score counts, and that references tell the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aacbench.datasets.soundscapes import SoundscapesSettings
from aacbench.datasets.soundscapes.composition import overlapping
from aacbench.datasets.soundscapes.dataset import Description, describe
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.scoring import score_items, select
from aacbench.scoring.leave_one_out import score_leave_one_out
from aacbench.scoring.report import ScoreReport

METRICS = select(["known_sounds", "hallucination"], manager.load([]).registries.metrics).specs
PERFECT = ("event_precision", "order_accuracy", "count_accuracy", "property_accuracy")


def known(version: str, count: int = 60, seed: int = 0) -> list[Description]:
    settings = replace(SoundscapesSettings.preset("large", version), seed=seed)
    return [describe(settings, "evaluation", index) for index in range(count)]


def scored(clips: list[Description], captions: list[str], resamples: int = 0, seed: int = 0) -> ScoreReport:
    settings = {spec.name: {"seed": seed} for spec in METRICS}
    references = [[reference.text for reference in clip.references] for clip in clips]
    return score_items(
        [clip.id for clip in clips], captions, references, METRICS, settings=settings, resamples=resamples
    )


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_references_are_true_and_leave_things_out(version: str) -> None:
    clips = known(version)
    report = scored(clips, [clip.references[0].text for clip in clips], resamples=100)
    assert [report.scores[name].corpus for name in PERFECT] == [1.0] * 4
    assert 0.75 < report.scores["event_recall"].corpus < 1.0
    assert report.scores["hallucination_rate"].corpus == report.scores["hallucinating_captions"].corpus == 0.0
    assert report.scores["event_recall"].signature["parameters"]["sounds"] == f"soundscapes {version}"
    assert report.intervals["event_recall"].low < report.scores["event_recall"].corpus
    assert not any("no caption says" in line for line in report.warnings)


def test_captions_of_other_clips_hallucinate() -> None:
    clips = known("2.0")
    report = scored(clips, [clip.references[0].text for clip in [*clips[1:], clips[0]]])
    assert report.scores["event_precision"].corpus < 0.35
    assert report.scores["hallucination_rate"].corpus == pytest.approx(1 - report.scores["event_precision"].corpus)
    assert report.scores["hallucinating_captions"].corpus > 0.7


def test_order_counts_and_properties_are_counted_one_by_one() -> None:
    clip = next(
        one
        for one in known("1.0", 200)
        if len(one.composition.sounds) == 2
        and not overlapping(*one.composition.sounds)
        and one.composition.sounds[0].label == "dog bark"
    )
    first, second = clip.composition.sounds
    from aacbench.datasets.soundscapes.lexicon import WORDS

    other = f"{WORDS[second.label].clauses[0].subject} {WORDS[second.label].clauses[0].finite}"
    right, wrong = {"once": ("once", "twice"), "twice": ("twice", "once")}.get(
        first.count or "", ("several times", "once")
    )
    forward = scored([clip], [f"a dog barks {right} and then {other}"]).scores
    backward = scored([clip], [f"{other} and then a dog barks {wrong}"]).scores
    assert forward["order_accuracy"].corpus == forward["count_accuracy"].corpus == 1.0
    assert backward["order_accuracy"].corpus == backward["count_accuracy"].corpus == 0.0
    assert forward["event_recall"].corpus == backward["event_recall"].corpus == 1.0
    invented = scored([clip], [f"{other} while a thunder and a piano"]).scores
    assert invented["hallucination_rate"].corpus == pytest.approx(2 / 3)


def test_a_kind_is_true_but_names_no_sound() -> None:
    clip = next(one for one in known("2.0", 300) if [sound.label for sound in one.composition.sounds] == ["dog bark"])
    scores = scored([clip], ["an animal calls"]).scores
    assert scores["event_recall"].corpus == 0.0 and scores["event_precision"].corpus == 1.0
    assert scored([clip], ["a vehicle rumbles"]).scores["hallucinating_captions"].corpus == 1.0


def test_saying_nothing_is_remarked() -> None:
    clips = known("2.0", 5)
    report = scored(clips, ["something is going on"] * 5)
    assert {score.corpus for score in report.scores.values()} == {0.0}
    assert any("order_accuracy is 0 for no caption says anything" in line for line in report.warnings)


def test_people_are_scored_against_what_is_known() -> None:
    clips = known("2.0", 20)
    references = [[reference.text for reference in clip.references] for clip in clips]
    report = score_leave_one_out([clip.id for clip in clips], references, METRICS)
    assert report.scores["event_precision"].corpus == 1.0
    items = report.scores["event_recall"].items
    assert items is not None and np.isfinite(items).all()


def test_other_seeds_and_other_clips_are_refused() -> None:
    clips = known("2.0", 4, seed=3)
    captions = [clip.references[0].text for clip in clips]
    assert scored(clips, captions, seed=3).scores["event_precision"].corpus == 1.0
    with pytest.raises(UserError, match="not those of soundscapes with seed 0"):
        scored(clips, captions)
    with pytest.raises(UserError, match="what is heard in these clips is not known"):
        score_items(["rain.wav"], ["rain falls"], [["rain falls down"]], METRICS)
