"""Files that may hold anything: one short line for whatever is wrong, and no wait for what never ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from aacbench.errors import UserError, first_few, one_line, unknown_name
from aacbench.files.safe_read import LARGEST_TOML, load_json, parse_json, read_bytes, read_toml, reason


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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = " + "[" * 50_000 + "]" * 50_000, "is no TOML: "),
        ("a = " + "[" * 40 + "]" * 40, "is nested more than 32 deep"),
        ("a" + ".a" * 5000 + " = 1", "is nested more than 32 deep"),
        ("a = " + "9" * 5000, "is no TOML: "),
        ("a = 1\n" * 2, "is no TOML: "),
        ("\xff", "is no TOML: "),
        ("# " + "x" * LARGEST_TOML, "has more than 1,048,576 bytes; wanted a sweep's file"),
    ],
)
def test_toml_that_breaks_readers(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=message) as error:
        read_toml(path, "a sweep's file")
    assert len(str(error.value).removeprefix(str(path))) < 400 and "\n" not in str(error.value)


def test_toml_from_a_pipe_or_a_terminal_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    inner, outer = os.openpty()
    try:
        for path in (tmp_path / "pipe", Path(os.ttyname(outer))):
            with pytest.raises(UserError, match="is a pipe or a device"):
                read_toml(path)
    finally:
        os.close(inner)
        os.close(outer)


def test_toml_as_people_write_it(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("\ufeffa.b = [{c = 1}]", encoding="utf-8")
    assert read_toml(tmp_path / "a.toml") == {"a": {"b": [{"c": 1}]}}
