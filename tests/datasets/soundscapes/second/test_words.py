"""The words of 2.0: each names one class, kind or scene, and what captions say with them is true."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from aacbench.datasets.soundscapes.dataset import Description, describe
from aacbench.datasets.soundscapes.diagnostics import reader
from aacbench.datasets.soundscapes.second.classes import CLASSES, ancestors
from aacbench.datasets.soundscapes.second.scenes import RESEMBLING, SCENES
from aacbench.datasets.soundscapes.second.words.classes import WORDS
from aacbench.datasets.soundscapes.second.words.parents import PARENTS
from aacbench.datasets.soundscapes.second.words.places import PLACES
from aacbench.datasets.soundscapes.settings import SoundscapesSettings
from aacbench.datasets.soundscapes.words import Words

SETTINGS = SoundscapesSettings.preset("small", "2.0")
EVERY = {**WORDS, **PARENTS}


@pytest.fixture(scope="module")
def descriptions() -> list[Description]:
    return [describe(SETTINGS, "development", index) for index in range(400)]


@pytest.fixture(scope="module")
def texts(descriptions: list[Description]) -> list[str]:
    return [reference.text for known in descriptions for reference in known.references]


def said(words: Words) -> list[str]:
    verbs = [f"{one.subject} {verb} {one.rest}" for one in words.clauses for verb in (one.finite, one.participle)]
    return [*verbs, *(noun for one in words.nominals for noun in (one.single, one.many) if noun)]


def test_every_class_and_scene_has_words() -> None:
    assert WORDS.keys() == CLASSES.keys() and PLACES.keys() == SCENES.keys() == RESEMBLING.keys()
    for label, kind in CLASSES.items():
        countable = [bool(nominal.many) for nominal in WORDS[label].nominals]
        assert all(countable) == any(countable) == (not kind.sustained)
        assert not kind.pitch or (WORDS[label].adjectives["high"] and WORDS[label].adjectives["low"])


@pytest.mark.parametrize("label", EVERY)
def test_whatever_is_said_names_the_class_and_nothing_else(label: str) -> None:
    for phrase in said(EVERY[label]):
        tokens = set(phrase.split())
        assert [other for other, words in EVERY.items() if tokens & words.cues] == [label], phrase
        assert not any(tokens & place.cues for place in PLACES.values()), phrase


def test_cues_name_one_class_or_scene() -> None:
    cues = Counter(cue for group in (EVERY, PLACES) for words in group.values() for cue in words.cues)
    assert [cue for cue, count in cues.items() if count > 1] == []


def test_what_is_said_is_true(descriptions: list[Description]) -> None:
    reads = reader(SETTINGS)
    claimed: Counter[str] = Counter()
    for known in descriptions:
        sounds = {sound.label: sound for sound in known.composition.sounds}
        kinds = {kind for label in sounds for kind in ancestors(label)}
        for reference in known.references:
            reading = reads.read(reference.text)
            assert set(reading.events) <= sounds.keys() and set(reading.kinds) <= kinds, reference.text
            assert reading.events == reference.mentions or (reading.kinds and {*reading.events} < {*reference.mentions})
            assert all(relation.holds(known.composition) is not False for relation in reading.relations), reference.text
            assert all(claim.holds(sounds[claim.label]) for claim in reading.claims if claim.label in sounds)
            claimed.update(claim.name for claim in reading.claims)
    assert min(claimed[name] for name in ("count", "loudness", "distance", "pitch", "pace", "extent")) > 50


@pytest.mark.parametrize(
    "mistake",
    [
        r"\ba [aeio]\w+",
        r"\ban [^aeio]",
        r"\b(\w+) \1\b",
        r"\b(two|several|few|multiple|repeated|couple of) [a-z- ]*\bis (heard|followed)",
        r"\bthere are (a|an|one) (?!few|couple)",
        r"\bthere is (two|several)",
        r"background .*background",
        r"while .*while",
    ],
)
def test_no_slips_of_grammar(texts: list[str], mistake: str) -> None:
    assert [text for text in texts if re.search(mistake, text.lower())] == []


def test_words_have_a_long_tail(texts: list[str]) -> None:
    words = Counter(word for text in texts for word in re.findall(r"[a-z-]+", text.lower()))
    assert 550 <= len(words) <= 800
    assert sum(count < 5 for count in words.values()) > 0.2 * len(words)
