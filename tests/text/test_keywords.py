"""Keyword tables: which words count, how forms come together, and the counts over Clotho's captions."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from aacbench.errors import AacbenchError, UserError
from aacbench.text.keywords import STOP, KeywordTable, Tagged, Tagger, build_table, shortened
from aacbench.text.vocabulary import UNK, Vocabulary

CAPTIONS = (
    "Birds are chirping while a bird sings in the trees.",
    "A bird is singing and birds chirped again.",
    "People talk in the background for a while.",
)


def test_the_papers_table_has_base_verbs_and_nouns_as_they_are() -> None:
    table = build_table(CAPTIONS, 300, "lemma", Tagger())
    assert table.words == ("bird", "birds", "chirp", "sing", "talk", "trees")
    assert dict(zip(table.words, table.spoken, strict=True))["sing"] == "singing"
    assert build_table(CAPTIONS, 2, "lemma", Tagger()).words == ("bird", "birds")


def test_third_persons_that_the_tagger_takes_for_plurals_are_verbs(tmp_path: Path) -> None:
    """Where captions use the base form as a verb more than as a noun; tables of before, without them, still load."""

    class Misled(Tagger):
        def __call__(self, captions: Sequence[str]) -> list[Tagged]:
            known = {
                "talks": ("NNS", "talk"),
                "talking": ("VBG", "talk"),
                "birds": ("NNS", "bird"),
                "bird": ("NN", "bird"),
            }
            return [tuple((word, *known.get(word, ("RB", word))) for word in text.split()) for text in captions]

    captions = ("he is talking", "he was talking to birds", "a man talks", "a bird and birds")
    table = build_table(captions, 300, "lemma", Misled())
    assert table.words == ("birds", "talk", "bird") or set(table.words) == {"birds", "talk", "bird"}
    assert dict(table.verbs) == {"talks": "talk"}
    index = table.words.index("talk")
    assert table.labels([["a man talks"], ["birds"]], Misled()) == [{index}, {table.words.index("birds")}]
    table.save(tmp_path / "new.json")
    assert KeywordTable.load(tmp_path / "new.json") == table
    (tmp_path / "old.json").write_text('{"words": ["bird"], "spoken": ["bird"], "forms": "lemma"}')
    assert KeywordTable.load(tmp_path / "old.json").verbs == {}


def test_the_public_codes_table_cuts_endings() -> None:
    table = build_table([*CAPTIONS, "They chirp."], 300, "suffix", Tagger())
    assert table.words[:2] == ("bird", "chirp")
    assert "birds" not in table.words
    assert "trees" in table.words  # no caption has "tree"
    assert not STOP & set(table.words)
    assert "while" not in table.words  # a conjunction to nltk, also in "for a while"


def test_endings_are_tried_in_order_and_only_towards_known_words() -> None:
    known = {"play", "run", "slow", "bus", "chime", "close", "buzz"}
    for word, wanted in (
        ("playing", "play"),
        ("running", "run"),
        ("slowly", "slow"),
        ("buses", "bus"),
        ("plays", "play"),
        ("closed", "close"),
        ("buzzed", "buzz"),
        ("chiming", "chime"),
        ("bus", "bus"),
        ("singing", "singing"),
    ):
        assert shortened(word, known) == wanted


def test_labels_are_those_of_all_captions_of_a_clip() -> None:
    table = KeywordTable(("chirp", "bird", "birds"), ("chirps", "bird", "birds"))
    labels = table.labels([CAPTIONS[:1], CAPTIONS[1:], ["Rain falls."], []], Tagger())
    assert labels == [frozenset({0, 1, 2}), frozenset({0, 1, 2}), frozenset(), frozenset()]
    suffix = KeywordTable(("chirp", "bird"), ("chirps", "bird"), "suffix")
    assert suffix.labels([["Loud birds."], ["Something chirps."]], Tagger()) == [frozenset({1}), frozenset({0})]


def test_ids_fall_back_on_the_commonest_form() -> None:
    table = KeywordTable(("chirp", "bird", "purr"), ("chirping", "bird", "purring"))
    vocabulary = Vocabulary.build(["a bird is chirping"])
    assert table.ids(vocabulary) == [vocabulary.encode("chirping")[1], vocabulary.encode("bird")[1], UNK]


def test_tables_are_saved_and_loaded(tmp_path: Path) -> None:
    table = build_table(CAPTIONS, 4, "lemma", Tagger())
    table.save(tmp_path / "keywords.json")
    assert KeywordTable.load(tmp_path / "keywords.json") == table
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(AacbenchError, match="no keyword table"):
        KeywordTable.load(tmp_path / "other.json")
    with pytest.raises(UserError, match="nouns and verbs"):
        build_table(["Very slowly."], 4, "lemma", Tagger())


def test_torch_is_not_loaded() -> None:
    check = "import sys, aacbench.text.keywords as k; k.Tagger()(['a dog barks']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def clotho(folder: Path, split: str) -> list[list[str]]:
    with (folder / f"clotho_captions_{split}.csv").open(encoding="utf-8", newline="") as handle:
        return [[row[f"caption_{number}"] for number in range(1, 6)] for row in csv.DictReader(handle)]


# Over the public code's own labels: mean number of keywords a clip, and how near ours come. Their tags are nltk's.
MEANS: Mapping[str, tuple[float, float]] = {
    "development": (8.97, 0.05),
    "validation": (9.35, 0.12),
    "evaluation": (8.88, 0.05),
}
COMMONEST = {"bird", "water", "chirp", "talk", "car", "rain", "run", "sound", "wind", "walk", "noise", "move"}


@pytest.mark.slow
def test_clothos_labels_are_as_many_as_the_public_codes(test_data: Path) -> None:
    folder = test_data / "clotho-captions" / "v2"
    if not folder.is_dir():
        pytest.skip(f"no Clotho captions at {folder}")
    splits = {split: clotho(folder, split) for split in MEANS}
    tagger = Tagger()
    everything = [caption for clips in splits.values() for clip in clips for caption in clip]
    table = build_table(everything, 300, "suffix", tagger)
    assert len(table.words) == 300
    assert set(table.words[:12]) == COMMONEST
    for split, (mean, tolerance) in MEANS.items():
        counts = [len(labels) for labels in table.labels(splits[split], tagger)]
        assert sum(counts) / len(counts) == pytest.approx(mean, abs=tolerance), split
        if split == "development":
            assert (min(counts), max(counts)) == (1, 21)
        if split == "validation":
            assert min(counts) == 0
    development = [caption for clip in splits["development"] for caption in clip]
    clean = build_table(development, 300, "lemma", tagger)
    assert {"bird", "birds", "chirp", "water"} <= set(clean.words)
    assert not {"chirped", "walked", "moved"} & set(clean.words)  # verbs, so in their base form
    third = {"talks": "talk", "blows": "blow", "chirps": "chirp", "plays": "play", "runs": "run"}
    assert third.items() <= clean.verbs.items() and not {*third} & set(clean.words)
    assert {"cars", "waves", "footsteps", "voices"} <= set(clean.words)  # plurals of nouns, which stay
    assert not {"birds", "cars", "waves"} & {*clean.verbs}
