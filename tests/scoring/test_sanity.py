"""What looks wrong with captions as a whole is said, and nothing is said of sound ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from aacbench.host.builtin.metrics import SPECS
from aacbench.scoring import score_items, select
from aacbench.scoring.files import read_predictions, read_references
from aacbench.scoring.match import match
from aacbench.scoring.sanity import sanity
from aacbench.scoring.tokens import tokenised

NOUNS = "dog cat car bird man woman child bell clock door engine train horn siren wave river fan drill saw crow".split()
SOUND = [f"a {noun} makes {other} like noises nearby" for noun, other in zip(NOUNS, NOUNS[3:] + NOUNS[:3], strict=True)]
REFERENCES = [[f"the {noun} is heard outside", f"loud {noun}"] for noun in NOUNS]


def said(captions: list[str], references: list[list[str]] | None = None) -> list[str]:
    ids = [f"{number}.wav" for number in range(len(captions))]
    return sanity(tokenised(ids, captions, references or REFERENCES[: len(captions)], "native"))


def test_sound_captions_are_left_alone() -> None:
    assert said(["A loud " + noun for noun in NOUNS]) == []
    assert said(SOUND[:3]) == []


@pytest.mark.parametrize(
    ("captions", "message"),
    [
        ([f"Caption: {text}" for text in SOUND], "20 of 20 captions begin with 'Caption:'"),
        ([f"**Caption:** {text}" for text in SOUND], "captions carry Markdown"),
        ([f"The audio features {text}" for text in SOUND], "begin with 'The audio features"),
        ([f"a *{noun}*" for noun in NOUNS], "20 of 20 captions carry Markdown"),
        (["a dog barks"] * 10 + SOUND[:10], "10 of 20 clips have the same caption, 'a dog barks'"),
        ([" ".join([noun] * (2 + number)) for number, noun in enumerate(NOUNS[:4] * 5)], "made of 4 words"),
        ([f"{text} {text} {text}" for text in SOUND], "captions have 21 words on average, references 4"),
        ([references[0] for references in REFERENCES], "20 of 20 captions are a reference of their clip word for word"),
    ],
)
def test_each_fault_is_said(captions: list[str], message: str) -> None:
    assert any(message in line for line in said(captions)), said(captions)


def test_they_stand_in_the_report_and_the_rule_mends_them() -> None:
    specs = select(["rouge_l"], SPECS).specs
    ids = [str(number) for number in range(20)]
    captions = [f"**Caption:** {text}" for text in SOUND]
    report = score_items(ids, captions, REFERENCES, specs)
    assert any("Markdown" in line for line in report.warnings)
    mended = score_items(ids, captions, REFERENCES, specs, postprocess="unprefix")
    assert not mended.warnings and mended.scores["rouge_l"].signature["postprocess"] == "unprefix"
    assert mended.scores["rouge_l"].items == score_items(ids, SOUND, REFERENCES, specs).scores["rouge_l"].items
    assert "postprocess" not in report.scores["rouge_l"].signature


def test_real_systems_are_left_alone(test_data: Path) -> None:
    for path in sorted((test_data / "gold-scores").glob("*.jsonl")):
        matched = match(read_predictions(path), read_references(path))
        lines = sanity(tokenised(matched.ids, matched.candidates, matched.references, "native"))
        assert not [line for line in lines if "word for word" not in line], path
