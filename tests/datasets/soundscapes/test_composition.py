"""What happens in a clip: everything fits, relations are clear, and every class and property occurs."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from aacbench.datasets.soundscapes.composition import Composition, compose, overlapping
from aacbench.datasets.soundscapes.events import EVENTS, FAMILIES
from aacbench.datasets.soundscapes.scenes import SCENES
from aacbench.datasets.soundscapes.settings import SPLITS, SoundscapesSettings

SETTINGS = SoundscapesSettings()


@pytest.fixture(scope="module")
def compositions() -> list[Composition]:
    return [compose(SETTINGS, "development", index) for index in range(800)]


def test_two_dozen_classes_in_five_families() -> None:
    assert len(EVENTS) == 24 and len(SCENES) == 6
    assert Counter(kind.family for kind in EVENTS.values()).keys() == set(FAMILIES)
    assert {scene for kind in EVENTS.values() for scene in kind.scenes} <= set(SCENES)


@pytest.mark.parametrize("settings", [SETTINGS, SoundscapesSettings(min_seconds=4.0, max_seconds=4.0)])
def test_sounds_fit_and_relations_are_clear(settings: SoundscapesSettings) -> None:
    for index in range(400):
        composition = compose(settings, "development", index)
        assert settings.min_seconds <= composition.seconds <= settings.max_seconds
        assert len({sound.label for sound in composition.sounds}) == len(composition.sounds)
        for sound in composition.sounds:
            assert 0.1 < sound.onset < sound.offset < composition.seconds - 0.1
            assert all(0 <= stroke < sound.duration for stroke in sound.strokes)
        for first, second in combinations(composition.sounds, 2):
            assert first.onset <= second.onset
            if overlapping(first, second):
                assert min(first.offset, second.offset) - second.onset > 0.1
            else:
                assert second.onset - first.offset > 0.15


def test_count_is_the_number_of_strokes(compositions: list[Composition]) -> None:
    for composition in compositions:
        for sound in composition.sounds:
            words = {0: None, 1: "once", 2: "twice"}
            assert sound.count == words.get(len(sound.strokes), "several")
            assert (sound.extent is None) or not sound.strokes
            assert not (sound.distance == "far" and sound.loudness == "loud")


def test_everything_occurs(compositions: list[Composition]) -> None:
    sounds = [sound for composition in compositions for sound in composition.sounds]
    labels = Counter(sound.label for sound in sounds)
    assert labels.keys() == EVENTS.keys() and min(labels.values()) >= 25
    scenes = Counter(composition.scene for composition in compositions)
    assert scenes.keys() == SCENES.keys() and min(scenes.values()) >= 100
    assert Counter(len(composition.sounds) for composition in compositions).keys() == {1, 2, 3}
    for name, wanted in (
        ("count", {None, "once", "twice", "several"}),
        ("loudness", {None, "loud", "faint"}),
        ("distance", {None, "near", "far"}),
        ("pitch", {None, "high", "low"}),
        ("pace", {None, "fast", "slow"}),
        ("extent", {None, "long", "short"}),
    ):
        assert {getattr(sound, name) for sound in sounds} == wanted


def test_a_clip_does_not_depend_on_sizes_but_on_seed_and_split() -> None:
    larger = SoundscapesSettings.preset("large")
    assert compose(larger, "validation", 5) == compose(SETTINGS, "validation", 5)
    clips = {compose(SoundscapesSettings(seed=seed), split, 5) for seed in (0, 1) for split in SPLITS}
    assert len(clips) == 6
