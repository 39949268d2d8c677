"""Scoring the whole board again: does every record say what its predictions score?

Records are shared out over processes; each process prepares a board's references once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from aacbench.contracts import MetricSpec
from aacbench.errors import AacbenchError, UserError
from aacbench.files.cache_dir import home
from aacbench.leaderboard.store import boards as all_boards
from aacbench.leaderboard.store import presets as all_presets
from aacbench.leaderboard.store.boards import Board, board_path, facts_from, pinned_signature, text_of
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.entries import Entry, Rows, read_all, write
from aacbench.leaderboard.store.files import unexpected
from aacbench.leaderboard.store.presets import Presets
from aacbench.leaderboard.store.references import References, digest
from aacbench.leaderboard.verification.handed_in import HandedIn
from aacbench.leaderboard.verification.integrity import problems_of, repeats, words_of
from aacbench.leaderboard.verification.rescore import Scored, differences, row_differences, score_rows
from aacbench.runtime.children import safe_path
from aacbench.runtime.cores import available

MetricSource = Callable[[], Sequence[MetricSpec]]
ReferenceSource = Callable[[Board], References]


@dataclass(frozen=True, slots=True)
class Checked:
    """An entry with all that is wrong with it; `unseen` where its predictions were not at hand to be scored."""

    name: str
    problems: tuple[str, ...]
    unseen: bool = False


def verify(
    root: Path,
    metrics: MetricSource,
    references: ReferenceSource,
    jobs: int | None = None,
    handed_in: Path | None = None,
) -> Iterator[Checked]:
    """Score every record again; yield each with what is wrong. `handed_in` holds predictions that are not published.

    Raises:
        UserError: a board is malformed.
    """
    boards, presets = all_boards.load(root), all_presets.load(root)
    yield from (Checked("a file", (problem,)) for problem in unexpected(root, boards))
    read = [*read_all(root, boards)]
    yield from (Checked("a file", (str(one),)) for one in read if isinstance(one, UserError))
    entries = [one for one in read if isinstance(one, Entry)]
    known: dict[str, References] = {}
    for id in dict.fromkeys(entry.board for entry in entries):
        try:
            known[id] = references(boards[id])
        except UserError as error:
            yield Checked(f"the board {id}", (str(error),))
    again = _repeats(entries)
    files = HandedIn(handed_in)
    tasks = [
        _Task(boards[entry.board], entry, known[entry.board], presets, again.get(entry.path), files)
        for entry in entries
        if entry.board in known
    ]
    workers = min(jobs or available(), max(1, len(tasks) // 4))
    if workers == 1:
        yield from (_check(metrics, task) for task in tasks)
        return
    with safe_path(), ProcessPoolExecutor(workers, get_context("spawn"), _start, (metrics, str(home()))) as pool:
        yield from pool.map(_check_in_worker, tasks, chunksize=4)


def rescore(root: Path, metrics: MetricSource, references: ReferenceSource, changes: Changes) -> Iterator[Checked]:
    """Score every record anew and write what changed: for a metric's new version. Captions stay as they are.

    Raises:
        UserError: a file is malformed.
    """
    boards = all_boards.load(root)
    entries = []
    for one in read_all(root, boards):
        if isinstance(one, UserError):
            raise one
        entries.append(one)
    presets = all_presets.load(root)
    if not presets.presets and not presets.own:  # a leaderboard of an earlier release
        for entry in entries:
            presets = presets.with_record(entry.record, "presets")
        changes.write(root / all_presets.FILE, presets.text())
    for id in dict.fromkeys(entry.board for entry in entries):
        board, known = boards[id], references(boards[id])
        mine = [entry for entry in entries if entry.board == id]
        signatures: dict[str, dict[str, Any]] = {}
        for entry in mine:
            fresh = _rescored(metrics, board, entry, entry.rows(), known)
            if entry.kind != "ceiling":
                signatures |= {name: pinned_signature(score.signature) for name, score in fresh.scores.items()}
            record = entry.record.model_copy(update={"scores": fresh.scores})
            write(root, Entry(id, record, entry.path, fresh.rows), changes)
            yield Checked(f"{id}/{entry.name}", tuple(differences(entry.record.scores, fresh.scores)))
        if board.pin is not None:
            fresh_pin = {"signatures": signatures or board.pin.signatures, "references": digest(known)}
            pin = board.pin.model_copy(update=fresh_pin)
            facts = {**board.facts, **facts_from(_metrics(metrics), board.metrics)}
            changes.write(board_path(root, board), text_of(board.model_copy(update={"pin": pin, "facts": facts})))


@dataclass(frozen=True, slots=True)
class _Task:
    board: Board
    entry: Entry
    references: References
    presets: Presets
    repeated: str | None
    files: HandedIn


def _repeats(entries: Sequence[Entry]) -> Mapping[Path, str]:
    readable = []
    for entry in entries:
        try:
            assert entry.contents is not None  # read here
            readable.append(entry)
        except UserError:  # said again where its rows are scored
            continue
    repeated = repeats(readable)
    for entry in entries:
        entry.__dict__.pop("contents", None)  # not sent to the workers
    return repeated


def _check(metrics: MetricSource, task: _Task) -> Checked:
    board, entry = task.board, task.entry
    name = f"{board.id}/{entry.name}"
    problems = [task.repeated] if task.repeated else []
    for metric in board.metrics:
        if entry.kind != "ceiling" and metric in entry.record.scores and not board.comparable(entry.record, metric):
            problems.append(f"{metric} was scored otherwise than on the rest of the board")
    try:
        problems += problems_of(board, entry, task.presets, words_of(task.references))
        rows = entry.rows()
        predicted = task.files.rows(entry, rows)
        if predicted is None:
            return Checked(name, tuple(problems), unseen=True)
        fresh = _rescored(metrics, board, entry, predicted, task.references)
        problems += [*differences(entry.record.scores, fresh.scores), *row_differences(rows, fresh.rows)]
    except AacbenchError as error:
        problems.append(str(error))
    return Checked(name, tuple(problems))


def _rescored(metrics: MetricSource, board: Board, entry: Entry, rows: Rows, references: References) -> Scored:
    return score_rows(board, rows, references, _metrics(metrics), entry.kind == "ceiling")


@lru_cache(1)
def _metrics(source: MetricSource) -> Sequence[MetricSpec]:
    return source()


_SOURCE: list[MetricSource] = []


def _start(metrics: MetricSource, folder: str) -> None:
    os.environ["AACBENCH_HOME"] = folder
    _SOURCE[:] = [metrics]


def _check_in_worker(task: _Task) -> Checked:
    return _check(_SOURCE[0], task)
