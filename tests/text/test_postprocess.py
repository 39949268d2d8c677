"""Rules of post-processing: what each takes off, and what it leaves alone."""

from __future__ import annotations

import pytest

from aacbench.errors import UserError
from aacbench.text.postprocess import RULES, has_markdown, rule

CASES = [
    ("none", " 'A dog barks.' ", " 'A dog barks.' "),
    ("strip", " 'A dog barks.' ", "A dog barks."),
    ("strip", "\u201cRain falls\u201d", "Rain falls"),
    ("strip", "dogs' barks", "dogs' barks"),
    ("first-sentence", "A dog barks. Then rain falls.", "A dog barks."),
    ("first-sentence", "Rain at 3.5 m, e.g. on a roof", "Rain at 3.5 m, e.g. on a roof"),
    ("first-sentence", "A dog barks\n\nIt is loud", "A dog barks"),
    ("unprefix", "**Caption:** A dog barks", "A dog barks"),
    ("unprefix", "Caption: a dog barks", "a dog barks"),
    ("unprefix", "The audio features a dog barking.", "a dog barking."),
    ("unprefix", "In this audio clip, we can hear *rain*", "rain"),
    ("unprefix", "Here is a caption for the sound: wind blows", "wind blows"),
    ("unprefix", "## Answer: `birds` sing", "birds sing"),
    ("unprefix", "a man says: stop", "a man says: stop"),
    ("unprefix", "The audio equipment hums", "The audio equipment hums"),
    ("unprefix", "Caption:", "Caption:"),
]


@pytest.mark.parametrize(("name", "text", "wanted"), CASES)
def test_rules(name: str, text: str, wanted: str) -> None:
    assert rule(name)(text) == wanted


@pytest.mark.parametrize("name", RULES)
def test_a_rule_done_twice_changes_nothing_more(name: str) -> None:
    for _, text, _ in CASES:
        once = rule(name)(text)
        assert rule(name)(once) == once or name == "unprefix"


def test_markdown_is_seen() -> None:
    assert has_markdown("a **dog** barks") and has_markdown("# rain") and not has_markdown("5 * 3 * 2, snake_case")


def test_unknown_rules() -> None:
    assert rule("Unprefix") is RULES["unprefix"]
    with pytest.raises(UserError, match="rule of post-processing 'stripp'"):
        rule("stripp")
