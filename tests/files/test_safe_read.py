"""Files that may hold anything: one short line for whatever is wrong, and no wait for what never ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from aacbench.errors import UserError, first_few, one_line, unknown_name
from aacbench.files.safe_read import load_json, parse_json, read_bytes, reason


@pytest.mark.parametrize("name", ["missing", "x" * 300, "a\0b", "."])
def test_a_file_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read|is a folder; wanted a CSV file"):
        read_bytes(tmp_path / name, "a CSV file")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="is a pipe or a device"):
        read_bytes(tmp_path / "pipe")
    with pytest.raises(OSError, match="is no plain file"):
        load_json(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("text", "message"),
    [("[" * 100_000, "nested too deep"), (b'"\\ud800"', "half a character"), ("{", "."), ("1" * 5000, "digits")],
)
def test_json_that_breaks_readers(text: str | bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_json(text)


def test_json_in_any_letters() -> None:
    assert parse_json('{"a": "\\u00e9 \\ud83d\\ude00"}') == {"a": "é 😀"}


def test_messages_stay_short() -> None:
    assert len(first_few(["x" * 10_000] * 9)) < 400
    assert len(str(unknown_name("metric", "y" * 10_000, ["z" * 10_000]))) < 400
    assert one_line(ValueError("a\nb\r\n  c")) == "a b c"
    assert one_line(KeyError()) == "KeyError"


def test_what_pydantic_says_is_one_line() -> None:
    class Model(BaseModel):
        numbers: dict[str, int]

    with pytest.raises(ValidationError) as caught:
        Model.model_validate({"numbers": {"a\nb" + "c" * 5000: "x"}})
    said = reason(caught.value)
    assert said.startswith("numbers.a bccc") and "valid integer" in said and len(said) < 350
