"""Words for networks: normalisation rules and vocabularies."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from aacbench.errors import AacbenchError, UserError
from aacbench.text.normalise import Rule, words
from aacbench.text.vocabulary import BOS, EOS, UNK, Vocabulary


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("spaces", ["a", "man's", "dog", "barks", "louder", "then", "stops"]),
        ("dcase", ["a", "mans", "dog", "barks", "louderthen", "stops"]),
        ("ptb", ["a", "man", "'s", "dog", "barks", "louder", "then", "stops"]),
    ],
)
def test_rules(rule: Rule, wanted: list[str]) -> None:
    assert words("A man's  dog barks, louder,then 'stops'.", rule) == wanted


def test_clotho_vocabulary_has_the_published_size(test_data: Path) -> None:
    path = test_data / "clotho-captions/v2/clotho_captions_development.csv"
    with path.open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    captions = [row[f"caption_{place}"] for row in rows for place in range(1, 6)]
    assert len(captions) == 19195
    assert len(Vocabulary.build(captions)) == 4365 + 4
    assert len(Vocabulary.build(captions, "dcase")) == 4369 + 4


def test_ids_follow_counts_then_spelling() -> None:
    vocabulary = Vocabulary.build(["b a", "a c", "d"])
    assert vocabulary.words[4:] == ("a", "b", "c", "d")
    assert Vocabulary.build(["b a", "a c", "d"], min_count=2).words[4:] == ("a",)


def test_encode_and_decode() -> None:
    vocabulary = Vocabulary.build(["a dog barks"])
    ids = vocabulary.encode("A dog, barks loudly.")
    assert (ids[0], ids[-1], ids[-2]) == (BOS, EOS, UNK)
    assert vocabulary.decode(ids) == "a dog barks unk"  # which search leaves out unless it is told otherwise
    assert vocabulary.decode([4, EOS, 5]) == vocabulary.words[4]
    assert vocabulary.encode("a dog barks", max_words=2) == [BOS, 4, 6, EOS]


def test_saved_and_loaded(tmp_path: Path) -> None:
    vocabulary = Vocabulary.build(["Grüße, two dogs"], "dcase")
    vocabulary.save(tmp_path / "v.json")
    loaded = Vocabulary.load(tmp_path / "v.json")
    assert (loaded.words, loaded.rule) == (vocabulary.words, "dcase")
    (tmp_path / "v.json").write_text("{}")
    with pytest.raises(AacbenchError, match="no vocabulary"):
        Vocabulary.load(tmp_path / "v.json")


def test_no_words_is_an_error() -> None:
    with pytest.raises(UserError, match="no word occurs 9 times"):
        Vocabulary.build(["a b"], min_count=9)
