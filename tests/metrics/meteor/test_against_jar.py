"""Equality with the jar itself, on hard pairs of real captions. Slow; needs Java and the test data."""

from __future__ import annotations

import csv
import gzip
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aacbench.metrics.meteor import score
from aacbench.metrics.meteor.reference import Jar
from aacbench.metrics.meteor.resources import find_sources

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="needs Java to run meteor-1.5.jar"),
]
PAIRS = 20_000


@pytest.fixture(scope="module")
def jar() -> Iterator[Jar]:
    """One jar for all, which is slow to start."""
    with Jar() as running:
        yield running


@pytest.fixture(scope="module")
def captions(test_data: Path) -> list[str]:
    found: set[str] = set()
    for path in sorted((test_data / "clotho-captions").rglob("clotho_captions_evaluation.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found.update(value for name, value in row.items() if name.startswith("caption_"))
    assert len(found) > 5000
    return sorted(found)


def _shaken(captions: list[str], rng: random.Random) -> str:
    """Return a caption that is ordinary, long, full of repeats, or strewn with marks."""
    caption = rng.choice(captions)
    kind = rng.randrange(10)
    if kind == 0:
        return " ".join(rng.choice(captions) for _ in range(rng.randint(2, 8)))
    if kind == 1:
        words = caption.split()
        return " ".join(rng.choice(words) for _ in range(rng.randint(1, 30)))
    if kind == 2:
        marks = [
            "-",
            "'",
            "''",
            ".",
            "...",
            ",",
            "1,000",
            "2.5",
            "u.s.",
            "é",
            "—",
            "’",
            "(",
            "n't",
            "$",
            "日本",
            "²",
        ]
        return "".join(character + rng.choice([*marks, *[""] * 60]) for character in caption)
    if kind == 3:
        words = caption.split()
        rng.shuffle(words)
        return " ".join(words)
    return caption if kind > 4 else caption.lower().rstrip(".")


def test_cross_pairs_equal_the_jar(jar: Jar, captions: list[str]) -> None:
    rng = random.Random(20260101)
    candidates = [_shaken(captions, rng) for _ in range(PAIRS)]
    references = [[_shaken(captions, rng)] for _ in range(PAIRS)]
    for item in range(0, PAIRS, 20):  # a reference made of the candidate's own words, in pieces
        words = candidates[item].split()
        cut = rng.randrange(len(words) + 1)
        references[item] = [" ".join(words[cut:] + words[:cut])]
    native = score(candidates, references, "numba")
    assert native == jar.score(candidates, references)
    assert score(candidates[:500], references[:500], "python")[1] == native[1][:500]


def test_odd_items_equal_the_jar(jar: Jar) -> None:
    candidates = [
        "",
        ".",
        "a dog",
        "x",
        "the the the the of of",
        "don't",
        "- - -",
        "a b c " * 40,
        "'",
        "1,000.5",
    ]
    references = [
        ["a dog"],
        ["a . b"],
        ["", "a dog"],
        [""],
        ["of the of the", "the"],
        ["do not", "do n't"],
        ["-"],
        ["c b a " * 30],
        ["'' '"],
        ["1,000", "1 000.5"],
    ]
    wanted = jar.score(candidates, references)
    assert score(candidates, references, "python") == wanted
    assert score(candidates, references, "numba") == wanted


def _by_length() -> dict[tuple[int, int], list[tuple[str, str]]]:
    """Return pairs of the paraphrase table by the numbers of their words, at most 40 of each."""
    pairs: dict[tuple[int, int], list[tuple[str, str]]] = {}
    with gzip.open(find_sources().paraphrases, "rt", encoding="utf-8") as file:
        for place, (_, source, target) in enumerate(zip(file, file, file, strict=True)):
            kept = pairs.setdefault((len(source.split()), len(target.split())), [])
            if len(kept) < 40 and place % 97 == len(kept) % 97:
                kept.append((source.strip(), target.strip()))
    return pairs


def test_paraphrases_of_every_length_equal_the_jar(jar: Jar) -> None:
    """The search weighs a paraphrase by one half, cut to whole words, so phrases of five words and more tell."""
    by_length = _by_length()
    assert {max(lengths) for lengths in by_length} >= {1, 2, 3, 4, 5, 6}
    pairs = [pair for some in by_length.values() for pair in some]
    candidates = [*(source for source, _ in pairs), *(target for _, target in pairs)]
    references = [*([target] for _, target in pairs), *([source] for source, _ in pairs)]
    wanted = jar.score(candidates, references)
    assert score(candidates, references, "numba") == wanted
    assert score(candidates, references, "python") == wanted
