"""Scoring the whole board again: does every record say what its predictions score?

Records are shared out over processes; each process parses a board's references once, SPICE's part of the work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

from aacbench.contracts import MetricSpec
from aacbench.errors import AacbenchError, UserError
from aacbench.files.cache_dir import home
from aacbench.leaderboard.store import boards as all_boards
from aacbench.leaderboard.store.boards import Board, References, pinned_signature
from aacbench.leaderboard.store.entries import Entry, read_all, write
from aacbench.leaderboard.verification.rescore import Scored, differences, row_differences, score_rows

MetricSource = Callable[[], Sequence[MetricSpec]]
ReferenceSource = Callable[[Board], References]


@dataclass(frozen=True, slots=True)
class Checked:
    """An entry with all that is wrong with it."""

    name: str
    problems: tuple[str, ...]


def verify(
    root: Path, metrics: MetricSource, references: ReferenceSource, jobs: int | None = None
) -> Iterator[Checked]:
    """Score every record again; yield each with what is wrong.

    Raises:
        UserError: a board is malformed.
    """
    found = [*read_all(root, boards := all_boards.load(root))]
    for one in found:
        if isinstance(one, UserError):
            yield Checked("a file", (str(one),))
    entries = [one for one in found if isinstance(one, Entry)]
    known = {id: references(boards[id]) for id in dict.fromkeys(entry.board for entry in entries)}
    tasks = [(boards[entry.board], entry, known[entry.board]) for entry in entries]
    workers = min(jobs or len(os.sched_getaffinity(0)), max(1, len(tasks) // 4))
    if workers == 1:
        yield from (_check(metrics, *task) for task in tasks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _start, (metrics, str(home()))) as pool:
        yield from pool.map(_check_in_worker, tasks, chunksize=4)


def rescore(root: Path, metrics: MetricSource, references: ReferenceSource) -> Iterator[Checked]:
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
    for id in dict.fromkeys(entry.board for entry in entries):
        board, known = boards[id], references(boards[id])
        mine = [entry for entry in entries if entry.board == id]
        signatures = {}
        for entry in mine:
            fresh = _rescored(metrics, board, entry, known)
            if entry.kind != "ceiling":
                signatures = {name: pinned_signature(score.signature) for name, score in fresh.scores.items()}
            changes = tuple(differences(entry.record.scores, fresh.scores))
            write(root, Entry(id, entry.record.model_copy(update={"scores": fresh.scores}), entry.path), fresh.rows)
            yield Checked(f"{id}/{entry.name}", changes)
        if board.pin is not None:
            pin = board.pin.model_copy(update={"signatures": signatures or board.pin.signatures})
            all_boards.save(root, board.model_copy(update={"pin": pin}))


def _check(metrics: MetricSource, board: Board, entry: Entry, references: References) -> Checked:
    problems = []
    if objection := board.objection(entry):
        problems.append(objection)
    for name in board.metrics:
        if entry.kind != "ceiling" and name in entry.record.scores and not board.comparable(entry.record, name):
            problems.append(f"{name} was scored otherwise than on the rest of the board")
    try:
        rows = entry.rows()
        fresh = _rescored(metrics, board, entry, references)
        problems += [*differences(entry.record.scores, fresh.scores), *row_differences(rows, fresh.rows)]
    except AacbenchError as error:
        problems.append(str(error))
    return Checked(f"{board.id}/{entry.name}", tuple(problems))


def _rescored(metrics: MetricSource, board: Board, entry: Entry, references: References) -> Scored:
    return score_rows(board, entry.rows(), references, _metrics(metrics), entry.kind == "ceiling")


@lru_cache(1)
def _metrics(source: MetricSource) -> Sequence[MetricSpec]:
    return source()


_SOURCE: list[MetricSource] = []


def _start(metrics: MetricSource, folder: str) -> None:
    os.environ["AACBENCH_HOME"] = folder
    _SOURCE[:] = [metrics]


def _check_in_worker(task: tuple[Board, Entry, References]) -> Checked:
    return _check(_SOURCE[0], *task)
