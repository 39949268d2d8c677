"""The column `word_seconds`: every form that is read, what is refused, and what post-processing leaves of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.scoring.files import Predictions, read_predictions
from aacbench.scoring.match import match
from aacbench.scoring.word_seconds import kept_seconds, parse_seconds, written_seconds

from .test_files import Write, write

__all__ = ["write"]

HEADER = "file_name,caption_predicted,word_seconds\n"
WANTED = {"a.wav": (0.24, None, 3.0), "b.wav": (), "c.wav": (0.5,)}


def references(names: list[str]) -> object:
    from aacbench.scoring.files import References

    return References(Path("references.csv"), {name: ("a dog barks",) for name in names})


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}a.wav,a dog barks,0.24 - 3\nb.wav,rain falls,\nc.wav,rain,.5\n",
        f"{HEADER}a.wav,a dog barks,  0.2400001   - 3.0 \nb.wav,rain falls,  \nc.wav,rain,5e-1\n",
        '{"file_name": "a.wav", "caption_predicted": "a dog barks", "word_seconds": [0.24, null, 3]}\n'
        '{"file_name": "b.wav", "caption_predicted": "rain falls", "word_seconds": []}\n'
        '{"file_name": "c.wav", "caption_predicted": "rain", "word_seconds": [0.5]}\n',
        "file_name,caption_predicted_1,caption_predicted_2,word_seconds\n"
        "a.wav,a dog barks,rain,0.24 - 3\nb.wav,rain falls,a dog,\nc.wav,rain,,0.5\n",
    ],
    ids=["commas", "blanks", "JSON lines", "of the first candidate"],
)
def test_every_form(content: str, write: Write) -> None:
    assert read_predictions(write(content)).word_seconds == WANTED


def test_without_any_second_there_is_no_column(write: Write) -> None:
    assert read_predictions(write("file_name,caption_predicted\na.wav,rain\n")).word_seconds == {}
    assert read_predictions(write(f"{HEADER}a.wav,rain,\n")).word_seconds == {}


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            "0.1 0.2",
            r"file\.csv, line 2: word_seconds has 2 entries for the 3 words of 'a dog barks'; wanted one a word",
        ),
        ("0.1 0.2 0.3 -", "has 4 entries for the 3 words"),
        ("0.1 soon 0.3", r"file\.csv, line 2: 'soon' in word_seconds is no time; wanted seconds from the clip's start"),
        ("0.1 -0.2 0.3", "'-0.2' in word_seconds is no time"),
        ("0.1 nan 0.3", "'nan' in word_seconds is no time"),
        ("0.1 1e999 0.3", "'1e999' in word_seconds is no time"),
    ],
)
def test_what_is_refused(cell: str, message: str, write: Write) -> None:
    with pytest.raises(UserError, match=message) as refused:
        read_predictions(write(f"{HEADER}a.wav,a dog barks,{cell}\n"))
    assert "\n" not in str(refused.value)


def test_seconds_follow_their_clips() -> None:
    read = Predictions(Path("p.csv"), {"b": "rain", "a": "a dog"}, word_seconds={"b": (1.0,), "a": (0.5, None)})
    matched = match(read, references(["a", "b"]))  # type: ignore[arg-type]
    assert matched.word_seconds == ((0.5, None), (1.0,))
    bare = Predictions(Path("p.csv"), {"b": "rain", "a": "a dog"})
    assert match(bare, references(["a", "b"])).word_seconds == ()  # type: ignore[arg-type]


def test_what_is_written_is_read() -> None:
    seconds = (0.0, None, 12.345)
    assert written_seconds(seconds) == "0.000 - 12.345"
    assert parse_seconds("here", "one two three", written_seconds(seconds)) == seconds
    assert written_seconds(()) == "" and parse_seconds("here", "one", "") == ()


@pytest.mark.parametrize(
    ("raw", "cleaned", "left"),
    [
        ("a dog barks", "a dog barks", (0.0, 1.0, 2.0)),
        ('"a dog barks."', "a dog barks.", (0.0, 1.0, 2.0)),
        ("Caption: A **dog** barks", "A dog barks", (1.0, 2.0, 3.0)),
        ("A dog barks. It rains.", "A dog barks.", (0.0, 1.0, 2.0)),
        ("a dog barks", "a cat", ()),
    ],
)
def test_postprocessing_takes_seconds_with_their_words(raw: str, cleaned: str, left: tuple[float, ...]) -> None:
    assert kept_seconds(raw, cleaned, tuple(float(number) for number, _ in enumerate(raw.split()))) == left
    assert kept_seconds(raw, cleaned, ()) == ()
