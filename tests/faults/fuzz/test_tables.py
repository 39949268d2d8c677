"""Captions, references, predictions, ranked lists, score tables and labels: tables that are nearly right."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from aacbench.datasets.audiocaps.captions import clip_id
from aacbench.datasets.audiocaps.captions import read_captions as read_audiocaps
from aacbench.datasets.audioset.segments import read_labels as read_audioset_labels
from aacbench.datasets.audioset.segments import read_segments
from aacbench.datasets.clotho.tables import read_captions as read_clotho
from aacbench.datasets.clotho.tables import read_metadata
from aacbench.datasets.csv_folder.table import read_captions, read_labels
from aacbench.datasets.esc50.layouts import read_sounds
from aacbench.datasets.tau_scenes.tables import read_fold, read_meta
from aacbench.scoring.files import References, read_predictions, read_references
from aacbench.scoring.match import match
from aacbench.scoring.ranked_lists import is_top_list, score_lists
from aacbench.scoring.systems import aligned, from_scores
from tests.faults.fuzz.harness import fuzz, outcome
from tests.faults.fuzz.mutations import tables
from tests.faults.tally import Tally

pytestmark = pytest.mark.faults

CLIPS = ("a dog.wav", " rain, [far].wav", "birds.wav")
NUMBERED = [f"caption_{number}" for number in range(1, 6)]
TWICE: dict[str, tuple[str, ...]] = {name: (f"{name} is heard", "rain falls") for name in CLIPS}
Check = Callable[[Any], None]


def _texts(found: Mapping[str, Any]) -> None:
    """Every clip is named and has captions of some letters."""
    for name, captions in found.items():
        assert isinstance(name, str) and name.strip()
        assert captions and all(isinstance(caption, str) and caption.strip() for caption in captions)


def _predictions(found: Any) -> None:
    assert found.captions and all(name.strip() for name in found.captions)
    assert all(isinstance(caption, str) and len(caption) <= 2000 for caption in found.captions.values())
    assert all(len(caution.splitlines()) == 1 for caution in found.warnings)


def _rows(found: Any) -> None:
    assert found.rows and all(row.name.strip() and (row.captions or row.labels) for row in found.rows)


def _segments(found: Any) -> None:
    assert all(0 <= segment.start < segment.end < math.inf and segment.video for segment in found)


def _sounds(found: Any) -> None:
    assert found and all(sound.fold in range(1, 6) and sound.label and "/" not in sound.name for sound in found)


def _scores(found: Any) -> None:
    assert all(len(column) == len(found.clips) for column in found.scores.values())
    assert all(math.isfinite(value) for column in found.scores.values() for value in column)


CAPTION_ROWS = [[name, *(f"{name} is heard {number}" for number in range(5))] for name in CLIPS]
META_ROWS = [[f"audio/{scene}-city-{n}-0-a.wav", scene, "city-1", "a"] for n, scene in enumerate(("bus", "tram"))]
MIDS = {"/m/0bt9lr": "Dog", "/m/06mb1": "Rain", "/t/dd00001": "Baby, laughing"}
ESC_HEADER = ["filename", "fold", "target", "category", "esc10", "src_file", "take"]
ESC_ROWS = [[f"1-{n}-A-0.wav", "1", "0", "dog", "True", str(n), "A"] for n in (100032, 110389)]

READERS: dict[str, tuple[Callable[[Path], Any], Check, list[str], list[list[str]], str, int]] = {
    "predictions": (read_predictions, _predictions, ["file_name", "caption_predicted"],
                    [[name, f"{name} is heard"] for name in CLIPS], ",", 300),
    "predictions, tabs": (read_predictions, _predictions, ["file_name", "caption_predicted"],
                          [[name, f"{name} is heard"] for name in CLIPS], "\t", 200),
    "references": (read_references, lambda found: _texts(found.captions), ["file_name", *NUMBERED], CAPTION_ROWS, ",",
                   300),
    "references, one a row": (read_references, lambda found: _texts(found.captions), ["file_name", "caption"],
                              [[name, text] for name in CLIPS for text in ("it barks", "it rains")], ",", 200),
    "clotho captions": (read_clotho, _texts, ["file_name", *NUMBERED], CAPTION_ROWS, ",", 250),
    "clotho metadata": (read_metadata, lambda found: None, ["file_name", "keywords", "sound_id"],
                        [[name, "dog;rain", "1234"] for name in CLIPS], ",", 170),
    "audiocaps captions": (read_audiocaps, lambda found: _texts({clip_id(clip): found[clip] for clip in found}),
                           ["audiocap_id", "youtube_id", "start_time", "caption"],
                           [[str(n), "r1nicOVtvkQ", str(10 * n), "a dog barks"] for n in range(3)], ",", 250),
    "own captions": (read_captions, _rows, ["file_name", "caption_1", "caption_2", "split", "source"],
                     [[f"a/{name}", "it barks", "", "train", "x"] for name in CLIPS], ",", 250),
    "own captions, one a row": (read_captions, _rows, ["file_name", "caption"],
                                [[name, text] for name in CLIPS for text in ("it barks", "it rains")], ";", 170),
    "own labels": (read_labels, _rows, ["file_name", "labels", "split"], [[name, "dog;rain", "test"] for name in CLIPS],
                   ",", 200),
    "audioset labels": (read_audioset_labels, lambda found: None, ["index", "mid", "display_name"],
                        [[str(n), mid, name] for n, (mid, name) in enumerate(MIDS.items())], ",", 170),
    "scenes": (read_meta, lambda found: None, ["filename", "scene_label", "identifier", "source_label"], META_ROWS,
               "\t", 200),
    "a fold of scenes": (lambda path: read_fold(path, {row[0]: row[1] for row in META_ROWS}), lambda found: None,
                         ["filename", "scene_label"], [row[:2] for row in META_ROWS], "\t", 200),
    "scores of clips": (from_scores, _scores, ["file_name", "spider", "cider_d"],
                        [[name, "0.5", "1.25e-3"] for name in CLIPS], ",", 200),
}  # fmt: skip


@pytest.mark.parametrize("kind", READERS)
def test_tables(kind: str, tally: Tally, tmp_path: Path) -> None:
    read, check, header, rows, delimiter, cases = READERS[kind]
    path = tmp_path / "table.csv"

    def judge(content: bytes) -> Any:
        path.write_bytes(content)
        return outcome(lambda: read(path), path, check)

    counted = fuzz(tally, kind, cases, tables(header, rows, delimiter), judge)
    assert counted["message"] and counted["harmless"], "neither only good nor only bad files"


def test_segments(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "eval_segments.csv"
    comments = ["# Segments csv created Sun Mar  5 10:54:31 2017", "# num_ytids=2, num_segs=2", "# YTID, start_seconds"]
    rows = [["--4gqARaEJE", " 0.000", " 10.000", ' "/m/0bt9lr,/m/06mb1"'], ["x_d0D0f", " 30", " 40.5", ' "/t/dd00001"']]

    def judge(content: bytes) -> Any:
        path.write_bytes("\n".join(comments).encode() + b"\n" + content)
        return outcome(lambda: list(read_segments(path, MIDS)), path, _segments)

    fuzz(tally, "audioset segments", 250, tables(rows[0], rows[1:]), judge)


def test_sounds(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "esc50.csv"

    def judge(content: bytes) -> Any:
        path.write_bytes(content)
        return outcome(lambda: read_sounds(tmp_path), None, _sounds)

    fuzz(tally, "esc50 table", 200, tables(ESC_HEADER, ESC_ROWS), judge)


def test_ranked_lists(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "lists.csv"
    references = References(tmp_path / "references.csv", TWICE)
    queries = dict.fromkeys(text for texts in TWICE.values() for text in texts)
    header = ["caption", *(f"file_name_{place}" for place in range(1, 4))]

    def judge(content: bytes) -> Any:
        path.write_bytes(content)
        return outcome(lambda: is_top_list(path) and score_lists(path, references), None, check)

    def check(found: Any) -> None:
        assert not found or all(0 <= score.corpus <= 1 or score.corpus >= 1 for score in found.values())
        assert not found or all(math.isfinite(score.corpus) for score in found.values())

    fuzz(tally, "ranked lists", 250, tables(header, [[query, *CLIPS] for query in queries]), judge)


def test_predictions_and_references_together(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    references = References(tmp_path / "references.csv", TWICE)

    def judge(content: bytes) -> Any:
        path.write_bytes(content)
        return outcome(lambda: match(read_predictions(path), references, partial=True), None, check)

    def check(found: Any) -> None:
        assert found.ids and len(found.ids) == len(found.candidates) == len(found.references)
        assert set(found.ids) <= set(TWICE)

    rows = [[name, "it rains"] for name in TWICE]
    fuzz(tally, "predictions matched", 250, tables(["file_name", "caption_predicted"], rows), judge)


def test_two_systems(tally: Tally, tmp_path: Path) -> None:
    mine, theirs = tmp_path / "a.csv", tmp_path / "b.csv"
    mine.write_text("file_name,spider\n" + "".join(f'"{name}",0.5\n' for name in CLIPS))

    def judge(content: bytes) -> Any:
        theirs.write_bytes(content)
        return outcome(lambda: aligned(from_scores(mine), from_scores(theirs)), theirs, lambda found: _scores(found[1]))

    rows = [[name, "0.25", "3"] for name in CLIPS]
    fuzz(tally, "two tables of scores", 200, tables(["file_name", "spider", "bleu_1"], rows), judge)
