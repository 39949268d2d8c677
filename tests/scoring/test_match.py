"""Matching by file name: exact, in the references' order, and nothing is left out without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.scoring.files import Predictions, References
from aacbench.scoring.match import match


def predictions(*names: str) -> Predictions:
    return Predictions(Path("p.csv"), {name: f"caption of {name}" for name in names})


def references(*names: str) -> References:
    return References(Path("r.csv"), {name: ("x", "y") for name in names})


def test_order_is_that_of_the_references() -> None:
    found = match(predictions("b", "a"), references("a", "b"))
    assert found.ids == ("a", "b")
    assert found.candidates == ("caption of a", "caption of b")
    assert found.warnings == ()


def test_missing_predictions_are_an_error_naming_them() -> None:
    with pytest.raises(UserError, match=r"2 of 3 clips of r\.csv have no prediction in p\.csv: 'b', 'c'; add"):
        match(predictions("a"), references("a", "b", "c"))


def test_missing_predictions_can_be_left_out_with_a_caution() -> None:
    found = match(predictions("a"), references("a", "b"), partial=True)
    assert found.ids == ("a",)
    assert "1 of 2 clips have no prediction and are left out: 'b'" in found.warnings[0]


def test_extra_predictions_are_left_out_with_a_caution() -> None:
    found = match(predictions("a", "z"), references("a"))
    assert found.ids == ("a",)
    assert "1 prediction is of a clip without references and left out: 'z'" in found.warnings[0]


@pytest.mark.parametrize("name", ["A.WAV", " a.wav", "dir/a.wav", "a", "c:\\dir\\a.flac"])
def test_near_names_are_taken_and_said(name: str) -> None:
    found = match(predictions(name, "b.wav"), references("a.wav", "b.wav"))
    assert found.ids == ("a.wav", "b.wav") and found.candidates[0] == f"caption of {name}"
    assert found.warnings == (
        f"1 name of p.csv is not letter for letter those of r.csv: {name!r} is taken for 'a.wav'",
    )


def test_near_names_in_doubt_are_named() -> None:
    with pytest.raises(UserError, match=r"'a\.wav' could be 'a\.flac' or 'a\.mp3'"):
        match(predictions("a.flac", "a.mp3", "b"), references("a.wav", "b"))


def test_nothing_in_common() -> None:
    with pytest.raises(UserError, match=r"no file name of p\.csv is in r\.csv: predictions have 'x', references 'a'$"):
        match(predictions("x"), references("a"), partial=True)
