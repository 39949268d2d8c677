"""The PTB tokenizer against the official jar: golden strings, all real captions, fuzzed strings."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.text.ptb import scoring_tokens, tokenize, tokenize_captions
from aacbench.text.ptb_reference import official_jar, reference_tokenize
from tests.golden.ptb.make_golden import fuzzed

GOLDEN = Path(__file__).parents[1] / "golden" / "ptb" / "strings.jsonl"
needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="the official tokenizer needs Java")


def golden() -> list[tuple[str, str]]:
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    return [(text, answer) for text, answer in map(json.loads, lines)]


def test_golden_strings() -> None:
    cases = golden()
    assert len(cases) > 400
    wrong = [
        (text, ours, answer) for text, answer in cases if (ours := tokenize_captions([text, "x", "x"])[0]) != answer
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("A man's dog can't bark.", ["a", "man", "'s", "dog", "ca", "n't", "bark", "."]),
        ("Gonna cannot", ["gon", "na", "can", "not"]),
        ("state-of-the-art", ["state-of-the-art"]),
        ("(x)", ["-lrb-", "x", "-rrb-"]),
        ("", []),
    ],
)
def test_tokens_before_removal(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


def test_removal_drops_punctuation_but_not_lower_case_brackets() -> None:
    kept = ["rain", "-lrb-", "then", "-rrb-", "thunder", "boom"]
    assert scoring_tokens('Rain, (then) thunder! - "boom"...') == kept
    assert tokenize_captions(["", ".", "a\nb", "a b"]) == ["", "", "a b", "a b"]


def test_missing_java_and_jar_are_clear(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="needs Java, but 'no-such-java' cannot be run"):
        reference_tokenize(["a"], official_jar(), "no-such-java")
    with pytest.raises(UserError, match="there is no file"):
        reference_tokenize(["a"], tmp_path / "none.jar")


@needs_java
def test_the_jar_still_gives_the_golden_answers() -> None:
    cases = golden()
    answers = reference_tokenize([part for text, _ in cases for part in (text, "x", "x")], official_jar())[::3]
    assert answers == [answer for _, answer in cases]


@pytest.mark.slow
@needs_java
def test_all_real_captions_equal_the_jar(test_data: Path) -> None:
    captions: set[str] = set()
    for path in [*test_data.glob("*-captions/*.csv"), *test_data.glob("*-captions/v*/*.csv")]:
        with path.open(encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                captions.update(text for name, text in row.items() if name.startswith("caption"))
    listed = sorted(captions)
    assert len(listed) > 80_000
    official = reference_tokenize(listed, official_jar())
    ours = tokenize_captions(listed)
    assert [(text, a, b) for text, a, b in zip(listed, ours, official, strict=True) if a != b] == []


@pytest.mark.slow
@needs_java
@pytest.mark.parametrize("seed", [1, 2])
def test_fuzzed_strings_equal_the_jar(seed: int) -> None:
    texts = fuzzed(10_000, seed)
    official = reference_tokenize(texts, official_jar())
    ours = tokenize_captions(texts)
    assert [(text, a, b) for text, a, b in zip(texts, ours, official, strict=True) if a != b] == []
