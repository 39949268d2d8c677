"""Lemmas: spelling rules on words of every pattern, exceptions, and agreement with the parsed captions."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from aacbench.text.parser import load_parser
from aacbench.text.parser.lemmas import Lemmatiser, by_rules, exceptions, tag_class

NOUNS = {
    "dogs": "dog", "bushes": "bush", "glasses": "glass", "boxes": "box", "noises": "noise", "cries": "cry",
    "potatoes": "potato", "knives": "knife", "women": "woman", "men": "man", "children": "child",
    "bus": "bus", "glass": "glass", "tennis": "tennis", "teeth": "tooth", "ties": "tie", "engine": "engine",
}  # fmt: skip
VERBS = {
    "running": "run", "making": "make", "speaks": "speak", "crackled": "crackle", "buzzing": "buzz",
    "barking": "bark", "vibrating": "vibrate", "opening": "open", "whispered": "whisper", "cries": "cry",
    "dried": "dry", "bouncing": "bounce", "ringing": "ring", "changing": "change", "squeezing": "squeeze",
    "closing": "close", "passing": "pass", "calling": "call", "pulled": "pull", "traveling": "travel",
    "breathing": "breathe", "waited": "wait", "squared": "square", "playing": "play", "seeing": "see",
    "sing": "sing", "feed": "feed", "went": "go", "'s": "'s", "were": "be", "lying": "lie", "rushes": "rush",
}  # fmt: skip


@pytest.mark.parametrize(("word", "lemma"), NOUNS.items())
def test_nouns_lose_their_plural_ending(word: str, lemma: str) -> None:
    assert by_rules(word, tag_class("NNS")) == lemma


@pytest.mark.parametrize(("word", "lemma"), VERBS.items())
def test_verbs_lose_their_inflection(word: str, lemma: str) -> None:
    assert by_rules(word, tag_class("VBG")) == lemma


@pytest.mark.parametrize(
    ("word", "tag", "lemma"),
    [
        ("them", "PRP", "they"),
        ("his", "PRP$", "he"),
        ("an", "DT", "a"),
        ("running", "JJ", "running"),
        ("dogs", "NNPS", "dogs"),
        ("x", "NN", "x"),
        ("s", "NNS", "s"),
        ("", "VB", ""),
    ],
)
def test_other_tags_keep_the_word_but_for_pronouns_and_an(word: str, tag: str, lemma: str) -> None:
    assert Lemmatiser({}).lemma(word, tag) == lemma


def test_exceptions_hold_just_what_the_rules_get_wrong() -> None:
    table = exceptions([("dogs", "NNS", "dog"), ("semi", "NN", "semus"), ("dove", "VBD", "dive")])
    assert table == {"noun": {"semi": "semus"}, "verb": {"dove": "dive"}}
    lemmatiser = Lemmatiser(table)
    assert lemmatiser.lemmas(["semi", "dove", "dogs"], ["NNS", "VBZ", "NN"]) == ("semus", "dive", "dog")
    assert lemmatiser.lemma("dove", "NN") == "dove"  # the table goes by tag class


def test_all_lemmas_of_the_parsed_captions_come_out(test_data: Path) -> None:
    path = test_data / "parses" / "captions.ud.jsonl.gz"
    if not path.exists():
        pytest.skip(f"no parsed captions at {path}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        tokens = {tuple(token[:3]) for line in lines for token in json.loads(line)["tok"]}
    assert len(tokens) > 10_000
    lemmatiser = load_parser().lemmatiser
    wrong = [(word, tag) for word, tag, lemma in tokens if lemmatiser.lemma(word, tag) != lemma]
    assert wrong == []
