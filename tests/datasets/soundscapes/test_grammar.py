"""References: distinct, grammatical, within their bounds, and true to what happens."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from aacbench.datasets.soundscapes.dataset import Description, describe
from aacbench.datasets.soundscapes.diagnostics import read_caption
from aacbench.datasets.soundscapes.events import EVENTS
from aacbench.datasets.soundscapes.lexicon import WORDS
from aacbench.datasets.soundscapes.phrases import SETTINGS as PHRASES
from aacbench.datasets.soundscapes.scenes import SCENES
from aacbench.datasets.soundscapes.settings import SoundscapesSettings


@pytest.fixture(scope="module")
def descriptions() -> list[Description]:
    return [describe(SoundscapesSettings(), "development", index) for index in range(800)]


@pytest.fixture(scope="module")
def texts(descriptions: list[Description]) -> list[str]:
    return [reference.text for known in descriptions for reference in known.references]


def test_every_class_and_scene_has_words() -> None:
    assert WORDS.keys() == EVENTS.keys() and PHRASES.keys() == SCENES.keys()
    for label, kind in EVENTS.items():
        countable = [bool(nominal.many) for nominal in WORDS[label].nominals]
        assert all(countable) == any(countable) == (not kind.sustained)
        assert (bool(WORDS[label].adjectives["high"]) and bool(WORDS[label].adjectives["low"])) == kind.pitch


def test_cues_name_one_class_or_scene() -> None:
    cues = [cue for words in WORDS.values() for cue in words.cues]
    cues += [cue for setting in PHRASES.values() for cue in setting.cues]
    assert [cue for cue, count in Counter(cues).items() if count > 1] == []


def test_five_distinct_references_a_clip(descriptions: list[Description]) -> None:
    for known in descriptions:
        plain = {re.sub(r"[^a-z ]", "", reference.text.lower()) for reference in known.references}
        assert len(known.references) == len(plain) == 5


def test_references_are_whole_sentences_of_usual_length(texts: list[str]) -> None:
    assert all(re.fullmatch(r"[A-Z][a-z-]*(,? [a-z-]+)+\.", text) for text in texts)
    lengths = Counter(len(text.split()) for text in texts)
    assert min(lengths) >= 6 and max(lengths) <= 18
    assert sum(count for length, count in lengths.items() if length >= 8) > 0.85 * len(texts)
    assert len(set(texts)) > 0.98 * len(texts)


def test_vocabulary_has_250_to_400_words(texts: list[str]) -> None:
    vocabulary = {word for text in texts for word in re.findall(r"[a-z-]+", text.lower())}
    assert 250 <= len(vocabulary) <= 400


@pytest.mark.parametrize(
    "mistake",
    [
        r"\ba [aeio]\w+",
        r"\ban [^aeio]",
        r"\b(\w+) \1\b",
        r"\b(two|several|few|multiple|repeated|couple of) [a-z- ]*\bis (heard|followed)",
        r"^(a|an|one) (?!few|couple)(\w+ )+are (heard|followed)",
        r"\bthere are (a|an|one) (?!few|couple)",
        r"\bthere is (two|several)",
        r"background .*background",
        r"while .*while",
    ],
)
def test_no_slips_of_grammar(texts: list[str], mistake: str) -> None:
    assert [text for text in texts if re.search(mistake, text.lower())] == []


def test_what_is_said_is_true(descriptions: list[Description]) -> None:
    for known in descriptions:
        sounds = {sound.label: sound for sound in known.composition.sounds}
        for reference in known.references:
            reading = read_caption(reference.text)
            assert reading.events == reference.mentions and set(reading.events) <= sounds.keys()
            assert reading.scenes == ({known.composition.scene} if reference.names_scene else set())
            assert len(reading.relations) == len(reading.events) - 1
            assert all(relation.holds(known.composition) for relation in reading.relations)


def test_properties_are_said_only_of_clips_that_have_them(descriptions: list[Description]) -> None:
    marks = {
        "loudly": ("loudness", "loud"),
        "softly": ("loudness", "faint"),
        "in the distance": ("distance", "far"),
        "nearby": ("distance", "near"),
        "twice": ("count", "twice"),
        "several": ("count", "several"),
        "rapidly": ("pace", "fast"),
        "slowly": ("pace", "slow"),
        "briefly": ("extent", "short"),
        "continuously": ("extent", "long"),
    }
    seen: Counter[str] = Counter()
    for known in descriptions:
        for reference in known.references:
            for mark in (mark for mark in marks if mark in reference.text):
                name, value = marks[mark]
                assert any(getattr(sound, name) == value for sound in known.composition.sounds), reference.text
                seen[mark] += 1
    assert len(seen) == len(marks)


def test_references_leave_out_what_others_say(descriptions: list[Description]) -> None:
    mentions = [len(reference.mentions) for known in descriptions for reference in known.references]
    sounds = [len(known.composition.sounds) for known in descriptions for _ in known.references]
    assert 0.85 < sum(mentions) / sum(sounds) < 0.97
    named = [reference.names_scene for known in descriptions for reference in known.references]
    assert 0.4 < sum(named) / len(named) < 0.8
