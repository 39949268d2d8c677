"""The word lists and how captions are looked up in them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aacbench.analysis.topics import TOPICS, topic_words
from aacbench.analysis.topics.words import FUNCTION, entries


def found(caption: str) -> list[tuple[str, str | None]]:
    return topic_words(caption)


def test_the_papers_examples_have_the_papers_topics() -> None:
    """Section 2.1: "a male", "talk", "loud"; "downtown", "in the distance"; "at a conference", "annoyingly"."""
    assert found("A male talks.") == [("male", "source"), ("talk", "action")]
    assert found("loud") == [("loud", "property")]
    assert found("downtown, in the distance") == [("downtown", "scene"), ("in the distance", "scene")]
    assert found("at a conference annoyingly") == [("conference", "abstraction"), ("annoyingly", "abstraction")]


@pytest.mark.parametrize(
    ("words", "entry"),
    [
        ("barks barking barked bark", "bark"),
        ("running runs", "run"),
        ("clapping claps", "clap"),
        ("louder loudest", "loud"),
        ("birds bird's", "bird"),
        ("accompanied", "accompany"),
        ("speaking speaks", "speak"),
    ],
)
def test_inflections_count_as_their_base_form(words: str, entry: str) -> None:
    assert {word for word, _ in found(words)} == {entry}


def test_an_inflection_may_have_a_topic_of_its_own() -> None:
    assert found("rain") == [("rain", "source")]
    assert found("It is raining") == [("raining", "action")]


def test_phrases_come_before_words_and_the_longest_first() -> None:
    assert found("a train station") == [("train station", "scene")]
    assert found("a train at a station") == [("train", "source"), ("station", "scene")]
    assert found("far off in the distance") == [("far", "scene"), ("off in the distance", "scene")]
    assert found("a train") == [("train", "source")]


def test_unknown_words_are_kept_and_function_words_are_not() -> None:
    assert found("The and of while a zyzzyva is") == [("zyzzyva", None)]
    assert found("") == []
    assert found("high-speed") == [("high", "property")]


def test_every_entry_has_one_topic_and_lists_are_large() -> None:
    sizes = {topic: list(entries().values()).count(topic) for topic in (*TOPICS, FUNCTION)}
    assert all(size > 200 for size in sizes.values()), sizes
    assert sum(sizes.values()) > 3000
    assert all(entry == " ".join(entry.lower().split()) for entry in entries())


def test_soundscapes_words_have_their_topics() -> None:
    """What the grammar of soundscapes says is known, sounds as local, scenes and affect as global."""
    from aacbench.datasets.soundscapes.lexicon import WORDS

    cues = {word for words in WORDS.values() for word in words.cues}
    assert {found(word)[0][1] for word in cues} <= {"source", "action"}
    manners = {word for words in WORDS.values() for word in words.manner}
    assert {found(word)[0][1] for word in manners} == {"abstraction"}


def test_no_torch() -> None:
    code = (
        "import sys, aacbench.analysis.topics as t, aacbench.cli.topics; "
        "t.count(['a dog']); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
