"""A board with a metric of when systems attended: rows keep it where a system says so, the others stand without."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aacbench.contracts import MetricSpec
from aacbench.datasets.soundscapes.dataset import describe
from aacbench.datasets.soundscapes.settings import SoundscapesSettings
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.leaderboard.pages.build import build, check, write_pages
from aacbench.leaderboard.store.boards import Board, Pin, facts_from, load
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.references import References, digest, references_path, references_text
from aacbench.leaderboard.verification.submit import Submission, submit
from aacbench.leaderboard.verification.verify import rescore, verify
from aacbench.runs.record import RunRecord
from aacbench.scoring.report import write_rows

from .conftest import save

CLIPS = [describe(SoundscapesSettings.preset("large", "2.0"), "evaluation", index) for index in range(12)]
HEARD: References = {clip.id: tuple(one.text for one in clip.references) for clip in CLIPS}
TIMED = ["localisation", "localisation_chance"]


def metrics() -> Sequence[MetricSpec]:
    return [*manager.load().registries.metrics]


def references(_: Board) -> References:
    return HEARD


@pytest.fixture
def board() -> Board:
    names = ["rouge_l", *TIMED]
    return Board(
        id="toy", order=1, title="Toy", summary="Sounds.", task="captioning", dataset="toy", version="1",
        rank_by="rouge_l", metrics=names, leading=["rouge_l", "localisation"], facts=facts_from(metrics(), names),
        ships_references=True, pin=Pin(fingerprint="f" * 64, clips=len(HEARD), references=digest(HEARD)),
    )  # fmt: skip


@pytest.fixture
def toy(tmp_path: Path, board: Board) -> Path:
    root = tmp_path / "leaderboard"
    root.mkdir()
    save(root, board)
    references_path(root, board).write_text(references_text(HEARD))
    (root / "claims.json").write_text("[]")
    return root


def handed_in(root: Path, name: str, mark: str, timed: bool) -> Path:
    """Submit the clips' first references, a word longer, with the middle of the clip's first sound at every word."""
    header, rows = ["file_name", "caption_predicted"], []
    for clip in CLIPS:
        caption, sound = f"{clip.references[0].text} {mark}", clip.composition.sounds[0]
        second = f"{sound.onset + sound.duration / 2:.3f}"
        rows.append([clip.id, caption, " ".join(second for _ in caption.split())][: 3 if timed else 2])
    path = root.parent / f"{name}.csv"
    write_rows(path, [*header, "word_seconds"][: 3 if timed else 2], rows)
    with Changes() as changes:
        return submit(Submission(root, path, "toy", name), manager.load().registries, changes).entry.path


def problems(root: Path) -> list[str]:
    return [problem for one in verify(root, metrics, references, jobs=1) for problem in one.problems]


def change_row(path: Path, change: Any) -> None:
    rows = path.with_suffix(".jsonl")
    first, *rest = rows.read_text().splitlines()
    row = json.loads(first)
    change(row)
    rows.write_text("\n".join([json.dumps(row, separators=(",", ":"), ensure_ascii=False), *rest]) + "\n")


def test_rows_with_and_without_stand_side_by_side(toy: Path) -> None:
    without, timed = handed_in(toy, "mute", "now", False), handed_in(toy, "seer", "today", True)
    later = handed_in(toy, "late", "yesterday", False)
    scores = RunRecord.load(timed).scores
    assert [*scores] == ["rouge_l", *TIMED]
    assert 0.5 < scores["localisation"].value <= 1.0 and 0.0 < scores["localisation_chance"].value < 1.0
    assert scores["localisation"].interval is None and scores["rouge_l"].interval is not None
    assert all([*RunRecord.load(one).scores] == ["rouge_l"] for one in (without, later))
    assert "word_seconds" not in without.with_suffix(".jsonl").read_text()
    row = json.loads(timed.with_suffix(".jsonl").read_text().splitlines()[0])
    assert len(row["word_seconds"]) == len(row["caption"].split())
    write_pages(toy)
    assert check(toy) == [] and problems(toy) == []
    assert load(toy)["toy"].pin.signatures.keys() == {"rouge_l", *TIMED}  # type: ignore[union-attr]
    page = build(toy).files["README.md"].decode()
    assert "localised" in page and "**seer" in page and "**mute" in page


def test_no_row_with_it_shows_no_column(toy: Path) -> None:
    handed_in(toy, "mute", "now", False)
    assert "localised" not in build(toy).files["README.md"].decode() and problems(toy) == []


def test_rescoring_reads_the_rows(toy: Path) -> None:
    timed, later = handed_in(toy, "seer", "today", True), handed_in(toy, "zero", "now", False)
    good = timed.read_bytes(), timed.with_suffix(".jsonl").read_bytes(), later.read_bytes()
    pins = load(toy)["toy"].pin
    stored = json.loads(good[0])
    stored["scores"]["localisation"]["value"] = 0.25
    timed.write_text(json.dumps(stored))
    assert any("localisation is 0.250000 in the record" in problem for problem in problems(toy))
    with Changes() as changes:
        said = [problem for one in rescore(toy, metrics, references, changes) for problem in one.problems]
    assert len(said) == 1 and "localisation is 0.25" in said[0]
    assert (timed.read_bytes(), timed.with_suffix(".jsonl").read_bytes(), later.read_bytes()) == good
    assert load(toy)["toy"].pin == pins  # the last row has no say in what the others are scored with


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: row["word_seconds"].pop(), "word_seconds has"),
        (lambda row: row["word_seconds"].__setitem__(0, -1.0), "greater than or equal to 0"),
        (lambda row: row["word_seconds"].__setitem__(0, "soon"), "word_seconds"),
        (
            lambda row: row.update(word_seconds=[99.0 for _ in row["word_seconds"]]),
            "localisation is",
        ),
        (lambda row: row.pop("word_seconds"), "localisation is"),
    ],
)
def test_changed_seconds_are_found(toy: Path, change: Any, message: str) -> None:
    change_row(handed_in(toy, "seer", "today", True), change)
    assert any(message in problem for problem in problems(toy))


def test_a_broken_column_is_refused_at_once(toy: Path) -> None:
    path = toy.parent / "odd.csv"
    write_rows(path, ["file_name", "caption_predicted", "word_seconds"], [[clip, "rain falls", "1"] for clip in HEARD])
    with (
        pytest.raises(UserError, match="line 2: word_seconds has 1 entry for the 2 words of 'rain falls'"),
        Changes() as changes,
    ):
        submit(Submission(toy, path, "toy", "odd"), manager.load().registries, changes)


def test_boards_without_such_a_metric_keep_no_seconds(toy: Path, board: Board) -> None:
    save(toy, board.model_copy(update={"metrics": ["rouge_l"]}))
    references_path(toy, board).write_text(references_text(HEARD))
    timed = handed_in(toy, "seer", "today", True)
    assert "word_seconds" not in timed.with_suffix(".jsonl").read_text() and problems(toy) == []
