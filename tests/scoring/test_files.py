"""Prediction and reference files: every accepted form reads to the same captions, every broken one to a
clear line."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aacbench.errors import UserError
from aacbench.host.builtin.metrics import SPECS
from aacbench.scoring import score_items, select, write_items
from aacbench.scoring.columns import parse_columns
from aacbench.scoring.files import read_predictions, read_references
from aacbench.scoring.match import match

Write = Callable[[str | bytes], Path]
FAST = select(["bleu", "rouge_l", "cider_d", "vocabulary", "length"], SPECS).specs
WANTED = {"a.wav": "A dog, barking", "é b.wav": "rain"}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def inner(content: str | bytes) -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return inner


@pytest.mark.parametrize(
    "content",
    [
        'file_name,caption_predicted\na.wav,"A dog, barking"\né b.wav,rain\n',
        "file_name\tcaption_predicted\na.wav\tA dog, barking\né b.wav\train",
        'caption_predicted,extra,file_name\r\n"A dog, barking",,a.wav\r\nrain,,é b.wav\r\n',
        '"file_name","caption_predicted"\r"a.wav","A dog, barking"\r"é b.wav","rain"\r',
        'file_name,prediction\n\na.wav,"A dog, barking"\n,\né b.wav,rain,,\n',
        '\ufefffile_name,caption\na.wav,"A dog, barking"\né b.wav,rain\n',
    ],
    ids=["commas", "tabs", "other order", "all quoted, old Mac lines", "blank lines", "byte-order mark"],
)
def test_predictions_in_every_form(content: str, write: Write) -> None:
    found = read_predictions(write(content))
    assert found.captions == WANTED
    other = [name for name in ("prediction", "caption") if name in re.split(r"[,\s]", content.partition("a.wav")[0])]
    assert len(found.warnings) == len(other)
    assert all(f"no column 'caption_predicted'; {name!r} is taken" in found.warnings[0] for name in other)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_encodings_with_a_mark(encoding: str, write: Write) -> None:
    content = 'file_name,caption_predicted\na.wav,"A dog, barking"\né b.wav,rain\n'
    assert read_predictions(write(content.encode(encoding))).captions == WANTED


def test_windows_encoding_is_read_with_a_caution(write: Write) -> None:
    found = read_predictions(write("file_name,caption_predicted\né.wav,“rain”\n".encode("cp1252")))
    assert found.captions == {"é.wav": "“rain”"}
    assert "read as Windows-1252" in found.warnings[0]


def test_blanks_of_file_names_and_words_that_look_missing_are_kept(write: Write) -> None:
    found = read_predictions(write("file_name,caption_predicted\n a.wav,nan\nb.wav ,None\nNA,NA\nc.wav, \n"))
    assert found.captions == {" a.wav": "nan", "b.wav ": "None", "NA": "NA", "c.wav": " "}
    assert "1 empty prediction, scored as an empty caption: 'c.wav'" in found.warnings[0]
    assert "3 predictions read like a missing value ('nan')" in found.warnings[1]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("file_name,caption_1,caption_2,caption_3", "a.wav,x,,z"),
        ("file_name,caption_reference_01,caption_reference_02,caption_reference_03", "a.wav,x, ,z"),
        ("caption_2,caption_10,file_name,caption_1", "z,,a.wav,x"),
        ("file_name,caption_1,caption_2,caption_3", "a.wav,x,z"),
    ],
)
def test_references_of_uneven_number(header: str, row: str, write: Write) -> None:
    found = read_references(write(f"{header}\n{row}\n"))
    assert found.captions == {"a.wav": ("x", "z")}


def test_references_a_row_each(write: Write) -> None:
    found = read_references(write("file_name,caption\na.wav,x\nb.wav,y\na.wav,z\n"))
    assert found.captions == {"a.wav": ("x", "z"), "b.wav": ("y",)}
    assert found.warnings[0].endswith("has no columns caption_1, caption_2, ...; each row's 'caption' is one reference")


def test_empty_cells_of_references_are_said_once_with_counts(write: Write) -> None:
    rows = "a.wav,x,y,z\nb.wav,x,,\nc.wav,x, ,z\nd.wav,x\n"
    (caution,) = read_references(write(f"file_name,caption_1,caption_2,caption_3\n{rows}")).warnings
    assert "5 empty cells in the 3 columns of references; 3 of 4 clips are scored against fewer: 'b.wav'" in caution
    assert not read_references(write("file_name,caption_1,caption_2\na.wav,x,y\n")).warnings


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("file_name,caption_predicted\n", "has a header but no rows"),
        ("file_name\na.wav\n", "no column 'caption_predicted'; its columns are 'file_name'"),
        ("a.wav,a dog barks\n", "no column 'file_name' or .*; its columns are 'a.wav', 'a dog barks'"),
        ("file_name,text\na.wav,x\n", "no column 'caption_predicted'; its columns are 'file_name', 'text'"),
        ("file_name,caption_predicted\na.wav,x\na.wav,y\n", "predicts these clips more than once: 'a.wav'"),
        ("file_name,caption_predicted\na.wav,a dog, barking\n", "line 2: 3 cells where the header has 2"),
        ("file_name,caption_predicted\na.wav\n", "line 2: fewer cells than the 2 of the header"),
        ('file_name,caption_predicted\na.wav,x\nb.wav,"never closed\n', "line 3: .*not closed"),
        ('file_name,caption_predicted\na.wav,"a" dog\n', "line 2: .*not closed or not doubled"),
        ("file_name,caption_predicted\n,x\n", "line 2: no file name"),
        ("file_name,caption,caption\na.wav,x,y\n", "columns more than once: 'caption'"),
        (b"PK\x03\x04rest", "not a text file .a zip archive or a spreadsheet"),
        (b"file_name,caption_predicted\na.wav,\x00\n", "is not a text file"),
        (b"\xff\xfea", "begins like UTF-16 but is not"),
        ('file_name,caption_predicted\na.wav,"' + "x" * 200_000 + '"\n', "line 2: a caption of 200,000 characters"),
    ],
)
def test_broken_predictions(content: str | bytes, message: str, write: Write) -> None:
    with pytest.raises(UserError, match=message):
        read_predictions(write(content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("file_name,text\na.wav,x\n", "has no references; wanted columns caption_1"),
        ("file_name,caption_1\na.wav,x\na.wav,y\n", "has these clips more than once: 'a.wav'"),
        ("file_name,caption_1,caption_2\na.wav,,\nb.wav,x,\n", "no reference at all for 'a.wav'"),
        ("caption_1,file_name\nx\n", "line 2: no file name"),
    ],
)
def test_broken_references(content: str, message: str, write: Write) -> None:
    with pytest.raises(UserError, match=message):
        read_references(write(content))


def test_absent_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read .*No such file"):
        read_predictions(tmp_path / "no.csv")
    with pytest.raises(UserError, match="is a folder; wanted a CSV file"):
        read_predictions(tmp_path)


_CELL = st.text(alphabet=st.sampled_from('ab ,\t"\n\r;é\x00\ufeff\u2028nN1_'), max_size=6)
_LINE = st.lists(_CELL, max_size=4).map(",".join)
_HEADER = st.sampled_from(
    [
        "file_name,caption_predicted",
        "file_name\tcaption_1\tcaption_2",
        "file_name,caption",
        '"file_name","x',
        "",
    ]
)
_FILE = st.one_of(
    st.binary(max_size=60),
    st.builds(lambda header, lines: "\n".join([header, *lines]).encode(), _HEADER, st.lists(_LINE, max_size=5)),
    st.builds(lambda header, tail: header.encode() + b"\n" + tail, _HEADER, st.binary(max_size=40)),
)


@given(left=_FILE, right=_FILE)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(left=b"file_name,caption_predicted\na,b", right=b"file_name,caption_1\na,b")
def test_no_file_ends_in_anything_but_a_clear_line(left: bytes, right: bytes, tmp_path: Path) -> None:
    first, second = tmp_path / "predictions", tmp_path / "references"
    first.write_bytes(left)
    second.write_bytes(right)
    try:
        matched = match(read_predictions(first), read_references(second))
    except UserError as error:
        assert str(error).strip() and "\n" not in str(error) and "\r" not in str(error)
    else:
        assert matched.ids and all(matched.references)
        report = score_items(matched.ids, matched.candidates, matched.references, FAST)
        assert all(math.isfinite(score.corpus) for score in report.scores.values())
        write_items(tmp_path / "items.csv", report)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"file_name,caption_predicted\na.wav",b\n', "has no column"),
        ("file_name,caption_predicted\na.wav," + "the dog " * 1300 + "\n", "line 2: a caption of 10,400 characters"),
        ("file_name,caption_predicted\na.wav," + "x" * 10_001 + "\n", "at most 10,000 characters"),
        ("file_name," + "caption_predicted" * 99 + "\na.wav,b\n", "has no column 'caption_predicted'; its columns are"),
    ],
)
def test_tables_that_break_readers(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(text, newline="")
    with pytest.raises(UserError, match=message) as caught:
        read_predictions(tmp_path / "p.csv")
    assert len(str(caught.value).splitlines()) == 1 and len(str(caught.value)) < 600


@pytest.mark.parametrize("text", [("a dog barks and " * 600)[:8000], "a " * 4000, "x" * 8000, "'s" * 4000])
def test_a_caption_of_8000_characters_is_scored_in_bounded_time(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(f"file_name,caption_predicted\na.wav,{text}\n")
    predictions = read_predictions(tmp_path / "p.csv")
    assert len(predictions.captions["a.wav"]) >= 7999
    begin = time.process_time()
    specs = [spec for spec in SPECS if spec.name in ("bleu", "rouge_l", "cider_d", "spice")]
    report = score_items(["a.wav"], [text], [["a dog barks and birds sing", "rain"]], specs)
    assert time.process_time() - begin < 60 and all(math.isfinite(score.corpus) for score in report.scores.values())
    assert bool(predictions.warnings) == (len(text.split()) > 200 or "'" in text)


def test_a_column_whose_number_has_thousands_of_digits_is_no_reference(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(f"file_name,caption_{'1' * 5000},caption_2\na.wav,a,b\n")
    assert read_references(tmp_path / "r.csv").captions == {"a.wav": ("b",)}


def test_a_hundred_thousand_columns_are_soon_read(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("file_name,caption_predicted" + ",x" * 100_000 + "\na.wav,b\n")
    with pytest.raises(UserError, match="these columns more than once: 'x'"):
        read_predictions(tmp_path / "p.csv")


def test_a_long_caption_of_few_words_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("file_name,caption_predicted\na.wav," + "x" * 2000 + "\n")
    assert len(read_predictions(tmp_path / "p.csv").captions["a.wav"]) == 2000


def test_a_long_caption_is_scored_with_a_caution(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("file_name,caption_predicted\na.wav," + "a dog " * 120 + "\nb.wav,rain\n")
    predictions = read_predictions(tmp_path / "p.csv")
    assert (
        "1 caption of more than 200 words, scored as they are; the longest has 240: 'a.wav'" in predictions.warnings[0]
    )
    report = score_items(list(predictions.captions), list(predictions.captions.values()), [["a dog"], ["rain"]], FAST)
    assert report.scores["length"].items == (240.0, 1.0)


@pytest.mark.parametrize("field_case", ["20-long-caption"])
def test_the_long_caption_of_the_field(field_case: str, test_data: Path) -> None:
    folder = test_data / "field-cases" / field_case
    matched = match(read_predictions(folder / "pred.csv"), read_references(folder / "refs.csv"))
    assert any("more than 200 words" in caution for caution in matched.warnings)


def test_several_candidates_a_clip(write: Write) -> None:
    found = read_predictions(write("file_name,caption_predicted_2,caption_predicted_1\na.wav,y,x\nb.wav,,z\n"))
    assert found.captions == {"a.wav": "x", "b.wav": "z"}
    assert found.candidates == {"a.wav": ("x", "y"), "b.wav": ("z",)} and not found.warnings


def test_one_file_with_candidates_and_references(write: Write) -> None:
    path = write("file_name,caption_predicted,caption_1,caption_2\na.wav,x,y,z\n")
    assert read_predictions(path).captions == {"a.wav": "x"}
    assert read_references(path).captions == {"a.wav": ("y", "z")}


def test_columns_of_other_names(write: Write) -> None:
    path = write("audio_path,response,truth_1,truth_2\nx/a.wav,one,two,three\n")
    columns = parse_columns("candidate=response,name=audio_path,references=truth")
    assert read_predictions(path, columns).captions == {"x/a.wav": "one"}
    assert read_references(path, columns).captions == {"x/a.wav": ("two", "three")}
    with pytest.raises(UserError, match="no column 'answer'"):
        read_predictions(path, parse_columns("candidate=answer"))
    with pytest.raises(UserError, match="role of a column 'captin'"):
        parse_columns("captin=x")
    with pytest.raises(UserError, match="ROLE=COLUMN"):
        parse_columns("response")


JSON = {
    "lines": '{"file_name": "a.wav", "candidate": "x", "references": ["y", "z"], "scores": {"b": 1}}\n',
    "list": '[{"file_name": "a.wav", "candidate": "x", "references": ["y", "z"]}]',
    "several": '{"fname": "a.wav", "candidates": ["x"], "references": ["y", "z"]}\n\n',
}


@pytest.mark.parametrize("form", JSON)
def test_json_is_a_table(form: str, write: Write) -> None:
    path = write(JSON[form])
    assert read_predictions(path).captions == {"a.wav": "x"}
    assert read_references(path).captions == {"a.wav": ("y", "z")}


def test_json_by_file_name(write: Write) -> None:
    assert read_predictions(write('{"a.wav": "x", "b.wav": "y"}')).captions == {"a.wav": "x", "b.wav": "y"}
    assert read_references(write('{"a.wav": ["x", "y"], "b.wav": ["z"]}')).captions == {
        "a.wav": ("x", "y"),
        "b.wav": ("z",),
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"file_name": "a"}\n{"file_name"\n', "line 2: no JSON"),
        ("[1, 2]", "row 1: wanted a JSON object"),
        ("{}", "no column"),
    ],
)
def test_broken_json(content: str, message: str, write: Write) -> None:
    with pytest.raises(UserError, match=message):
        read_predictions(write(content))


def test_the_gold_scores_are_scored_from_their_lines(test_data: Path) -> None:
    path = sorted((test_data / "gold-scores").glob("*.jsonl"))[0]
    matched = match(read_predictions(path), read_references(path))
    assert len(matched.ids) in (912, 1045) and len(matched.references[0]) == 5
