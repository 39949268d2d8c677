"""Diagnostics: hand-made captions with known answers, and the references of the dataset itself."""

from __future__ import annotations

import pytest

from aacbench.datasets.soundscapes import SoundscapesSettings, diagnose
from aacbench.datasets.soundscapes.composition import compose
from aacbench.datasets.soundscapes.dataset import describe
from aacbench.datasets.soundscapes.diagnostics import read_caption
from aacbench.datasets.soundscapes.reading import Relation
from aacbench.datasets.soundscapes.settings import clip_id
from aacbench.errors import UserError

SETTINGS = SoundscapesSettings.preset("tiny")


@pytest.mark.parametrize(
    ("caption", "events", "relations", "scenes"),
    [
        ("A dog barks twice in a park.", ("dog bark",), (), {"park"}),
        ("a dog barks and then a bell rings", ("dog bark", "bell"), (("dog bark", "bell", False),), set()),
        ("After a bark of a dog, a bell rings.", ("dog bark", "bell"), (("dog bark", "bell", False),), set()),
        ("A bell rings after a dog bark.", ("bell", "dog bark"), (("dog bark", "bell", False),), set()),
        ("A bell rings while rain falls.", ("bell", "rain"), (("bell", "rain", True),), set()),
        ("While rain falls, a bell rings.", ("rain", "bell"), (("rain", "bell", True),), set()),
        ("Rain falls and a bell rings at the same time", ("rain", "bell"), (("rain", "bell", True),), set()),
        ("Rain falls and a bell rings.", ("rain", "bell"), (), set()),
        (
            "A bell rings as rain falls, followed by a cat meowing on a busy street with waves",
            ("bell", "rain", "cat meow"),
            (("bell", "rain", True), ("rain", "cat meow", False)),
            {"street", "seaside"},
        ),
        ("", (), (), set()),
    ],
)
def test_reading(
    caption: str, events: tuple[str, ...], relations: tuple[tuple[str, str, bool], ...], scenes: set[str]
) -> None:
    reading = read_caption(caption)
    assert reading.events == events
    assert reading.relations == tuple(Relation(*relation) for relation in relations)
    assert reading.scenes == scenes


def test_references_are_right_and_leave_things_out() -> None:
    settings = SoundscapesSettings()
    captions = {
        clip_id("evaluation", index): describe(settings, "evaluation", index).references[0].text for index in range(200)
    }
    scores = diagnose(captions, settings, "evaluation")
    assert scores.event_precision == scores.order_accuracy == scores.scene_precision == 1.0
    assert scores.event_recall and 0.8 < scores.event_recall < 1.0
    assert scores.scene_accuracy and 0.4 < scores.scene_accuracy < 0.8


def test_wrong_captions_score_low() -> None:
    settings = SoundscapesSettings()
    size = settings.evaluation
    captions = {
        clip_id("evaluation", index): describe(settings, "evaluation", (index + 1) % size).references[0].text
        for index in range(size)
    }
    scores = diagnose(captions, settings, "evaluation")
    assert scores.event_recall is not None and scores.event_recall < 0.2
    assert scores.scene_precision is not None and scores.scene_precision < 0.4


def test_reversed_order_is_wrong() -> None:
    for index in range(24):
        composition = compose(SETTINGS, "development", index)
        if [sound.label for sound in composition.sounds] and len(composition.sounds) == 2:
            first, second = composition.sounds
            if second.onset > first.offset:
                break
    words = {first.label: first.label, second.label: second.label}
    from aacbench.datasets.soundscapes.lexicon import WORDS

    words = {label: sorted(WORDS[label].cues)[0] for label in words}
    name = clip_id("development", index)
    right = diagnose({name: f"{words[first.label]} then {words[second.label]}"}, SETTINGS, "development")
    wrong = diagnose({name: f"{words[second.label]} then {words[first.label]}"}, SETTINGS, "development")
    both = diagnose({name: f"{words[second.label]} while {words[first.label]}"}, SETTINGS, "development")
    assert (right.order_accuracy, wrong.order_accuracy, both.order_accuracy) == (1.0, 0.0, 0.0)
    assert right.event_recall == wrong.event_recall == 1.0
    assert right.scene_accuracy == 0.0 and right.scene_precision is None


def test_mistakes_are_named() -> None:
    with pytest.raises(UserError, match=r"'nothing\.wav' are not among them"):
        diagnose({"nothing.wav": "a dog barks"}, SETTINGS, "validation")
    with pytest.raises(UserError, match="no captions came"):
        diagnose({}, SETTINGS, "validation")
