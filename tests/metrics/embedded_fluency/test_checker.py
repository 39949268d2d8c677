"""The embedded fluency checker: captions that are plainly wrong or right, errors put into captions, signatures."""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

import numpy as np
import pytest

from aacbench.metrics.embedded_fluency import load_embedded
from aacbench.metrics.fer import FluencyErrorRate
from aacbench.text.parser import load_parser
from aacbench.text.ptb import tokenize_captions
from tests.conftest import ROOT
from tests.metrics.conftest import Gold, tokens_as_given

WRONG = (
    "a bird is chirping and a bird is chirping",
    "rain is falling and the rain is falling on the",
    "people are talking in the background in the background",
    "a car passes by on a road in a",
    "a bell rings loudly loudly",
    "",
    " ... ",
)
RIGHT = (
    "A woman speaks and a man speaks.",
    "birds are chirping and people are talking",
    "water is running",
    "An engine is idling. Birds chirp in the trees.",  # two sentences, each whole
)


def test_plain_cases() -> None:
    probabilities = load_embedded().error_probabilities([*WRONG, *RIGHT])
    assert min(probabilities[: len(WRONG)]) > 0.9
    assert max(probabilities[len(WRONG) :]) < 0.5


def test_a_caption_is_as_ill_formed_as_its_worst_sentence() -> None:
    checker = load_embedded()
    alone, both = checker.error_probabilities([WRONG[0], f"Water is running. {WRONG[0]}"])
    assert alone == both


def test_a_probability_does_not_depend_on_the_other_captions() -> None:
    checker = load_embedded()
    together = checker.error_probabilities([*WRONG, *RIGHT])
    checker._known.clear()
    assert checker.error_probabilities(RIGHT) == pytest.approx(together[len(WRONG) :])


def test_the_native_engine_needs_no_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    metric = FluencyErrorRate()
    metric.check_ready()
    (score,) = metric(tokens_as_given([*WRONG[:2], *RIGHT[:2]], [["x"]] * 4), {})
    assert score.items == (1.0, 1.0, 0.0, 0.0) and score.corpus == 0.5
    assert score.signature["model"].startswith("embedded-") and score.signature["threshold"] == 0.9


@pytest.mark.slow
def test_errors_in_captions_it_never_saw_are_found(test_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT / "scripts")])
    from fluency.errors import KINDS, with_errors

    with (test_data / "clotho-captions/v2/clotho_captions_evaluation.csv").open(encoding="utf-8") as table:
        captions = [row["caption_3"] for row in csv.DictReader(table)]
    parses = load_parser().parse([text.split() for text in tokenize_captions(captions)])
    made = with_errors(parses, random.Random(3))
    flagged = np.array(load_embedded().error_probabilities([" ".join(words) for _, words in made])) > 0.9
    human = np.array(load_embedded().error_probabilities(captions)) > 0.9
    kinds = np.array([kind for kind, _ in made])
    assert {*kinds} == {*KINDS}
    assert human.mean() < 0.04
    assert flagged.mean() > 0.6
    for kind in ("added tail", "repeated event", "repeated adverb"):
        assert flagged[kinds == kind].mean() > 0.8, kind
    hits = flagged.sum()
    precision, recall = hits / (hits + human.sum()), hits / len(made)
    assert 2 * precision * recall / (precision + recall) > 0.75


def test_it_agrees_with_the_published_checker_on_real_systems(gold: Gold) -> None:
    ours = np.array(load_embedded().error_probabilities(gold.candidates)) > 0.9
    theirs = np.array([row["fer"] for row in gold.items])
    assert np.mean(ours == theirs) > 0.985
    assert abs(ours.mean() - gold.corpus["fer"]) < 0.006
