"""What happens in clips of 2.0: a tree of sixty classes, common and rare, in layouts that fit."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from aacbench.datasets.soundscapes.composition import Composition, overlapping
from aacbench.datasets.soundscapes.second.classes import CLASSES, ancestors, with_ancestors
from aacbench.datasets.soundscapes.second.composition import compose
from aacbench.datasets.soundscapes.second.scenes import SCENES
from aacbench.datasets.soundscapes.second.tree import ROOTS
from aacbench.datasets.soundscapes.settings import SoundscapesSettings

SETTINGS = SoundscapesSettings.preset("small", "2.0")


@pytest.fixture(scope="module")
def compositions() -> list[Composition]:
    return [compose(SETTINGS, "tagged", index) for index in range(1500)]


def test_sixty_classes_in_a_tree() -> None:
    assert len(CLASSES) == 60
    assert all(parent is None or parent in ROOTS for parent in ROOTS.values())
    assert {kind.family for kind in CLASSES.values()} <= ROOTS.keys()
    assert {scene for kind in CLASSES.values() for scene in kind.scenes} <= SCENES.keys()
    assert ancestors("dog bark") == ("domestic animal", "animal")
    assert with_ancestors(("dog bark", "frog croak")) == (
        "dog bark",
        "frog croak",
        "domestic animal",
        "animal",
        "wild animal",
    )


def test_some_classes_are_common_and_many_rare(compositions: list[Composition]) -> None:
    drawn = Counter(sound.label for composition in compositions for sound in composition.sounds)
    counts = sorted(drawn.values())
    assert len(drawn) == 60 and counts[-1] > 10 * counts[0]
    assert counts[30] < sum(counts) / 60


def test_sounds_fit_and_relations_are_clear(compositions: list[Composition]) -> None:
    for composition in compositions:
        assert composition.seconds == SETTINGS.min_seconds
        for sound in composition.sounds:
            assert 0.1 < sound.onset < sound.offset < composition.seconds - 0.1
            assert all(0 <= stroke < sound.duration for stroke in sound.strokes)
        for first, second in combinations(composition.sounds, 2):
            shared = min(first.offset, second.offset) - second.onset
            assert shared > 0.1 if overlapping(first, second) else shared < -0.14


def test_captioned_clips_are_longer_and_others_than_the_pools() -> None:
    captioned = [compose(SETTINGS, "development", index) for index in range(50)]
    assert max(one.seconds for one in captioned) > 5.5
    assert captioned[0].sounds != compose(SETTINGS, "tagged", 0).sounds
