"""What the embedded fluency checker sees of a caption."""

from __future__ import annotations

from aacbench.metrics.embedded_fluency.features import columns, features
from aacbench.text.parser import load_parser
from aacbench.text.parser.parse import Parse


def seen(caption: str) -> set[str]:
    (parse,) = load_parser().parse([caption.split()])
    return {*features(parse)}


def test_repetitions_are_seen() -> None:
    twice = seen("a dog barks and a dog barks")
    assert {"run 3", "run 3 and False", "clauses 1", "pair 2", "again 4 NN"} <= twice
    once = seen("a dog barks and a cat meows")
    assert "run 1" in once and "clauses 0" in once and "pair 1" in once


def test_content_words_are_read_as_tags() -> None:
    assert "s3 a NN VBZ" in seen("a dog barks")
    assert "last a" in seen("a dog barks and a")


def test_columns_are_distinct_and_below_the_width() -> None:
    (parse,) = load_parser().parse(["a dog barks and a dog barks".split()])
    found = columns(parse, 1000)
    assert found.tolist() == sorted({*found.tolist()}) and found.max() < 1000


def test_no_words_have_features_too() -> None:
    assert columns(Parse((), (), (), (), ()), 1000).size > 0
