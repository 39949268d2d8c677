"""Predictions of a system that ran elsewhere: scored like a run's, and marked as what they are, a submission."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ConfigDict

from aacbench.contracts.registry import Registries
from aacbench.errors import UserError, one_line, unknown_name
from aacbench.files.safe_read import read_bytes, reason
from aacbench.leaderboard.store.boards import load
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.names import checked
from aacbench.leaderboard.store.references import references
from aacbench.leaderboard.verification.predicted import part_of, predicted, with_pin
from aacbench.leaderboard.verification.put import Added, Candidate, file_digest, put
from aacbench.runs.about import About
from aacbench.runs.bounds import Seed
from aacbench.runs.record import DataRecord, RunRecord

LARGEST = 64 * 1024  # bytes of a system's description
PRESET = "submitted"


@dataclass(frozen=True, slots=True)
class Submission:
    """What the command line says of predictions that are handed in."""

    root: Path
    predictions: Path
    board: str
    system: str
    meta: Path | None = None
    variant: str = "default"
    seed: int | None = None
    data_dir: Path | None = None
    replace: bool = False


class _Meta(About):
    model_config = ConfigDict(frozen=True, extra="forbid")
    seed: Seed = 0


def submit(submission: Submission, registries: Registries, changes: Changes) -> Added:
    """Score predictions and put them on a board.

    Raises:
        UserError: there is no such board, the system bears a method's name, its description is malformed, or the
            predictions are not of the board's clips.
    """
    boards = load(submission.root)
    if submission.board not in boards:
        raise unknown_name("board", submission.board, boards)
    if checked("system", submission.system) in registries.methods:
        raise UserError(
            f"{submission.system!r} is the name of a method here; add its run's folder, or call the system otherwise"
        )
    about, seed = read_meta(submission.meta) if submission.meta else (About(), 0)
    board = part_of(submission.root, boards[submission.board], submission.predictions)
    if board.pin is None:
        board, known = with_pin(board, registries, submission.data_dir)
    else:
        known = references(submission.root, board, registries, submission.data_dir)
    scored = predicted(board, submission.predictions, known, registries)
    pin = board.pin
    record = RunRecord(
        source="submitted", task=board.task, method=submission.system, variant=checked("variant", submission.variant),
        preset=PRESET, seed=seed if submission.seed is None else submission.seed, settings={},
        data=DataRecord(
            name=board.dataset, version=board.version, settings=board.settings, clips={"evaluation": len(known)},
            fingerprints={"references": pin.references} if pin and pin.references else {},
        ),
        stages=[], decoding_seconds=0, scores=scored.scores, libraries={}, hardware={}, about=about,
        predictions=file_digest(submission.predictions),
    )  # fmt: skip
    candidate = Candidate(str(submission.predictions), board, record, scored.rows, known)
    return put(submission.root, candidate, registries, changes, submission.replace)


def read_meta(path: Path) -> tuple[About, int]:
    """Return what a YAML file says of a system, and its seed.

    Raises:
        UserError: it cannot be read, is too large, or says what no system is described with.
    """
    text = read_bytes(path, "a YAML file")
    if len(text) > LARGEST:
        raise UserError(f"{path} has {len(text):,} bytes; a system's description has at most {LARGEST:,}")
    try:
        stored = plain_yaml(text)
        meta = _Meta.model_validate(stored or {})
    except ValueError as error:
        said = reason(error)
        known = ", ".join(_Meta.model_fields)
        raise UserError(f"{path} does not describe a system: {said}; it may say {known}") from error
    return About(**meta.model_dump(exclude={"seed"})), meta.seed


def plain_yaml(text: bytes) -> Any:
    """Return what a YAML text holds, read without aliases.

    Raises:
        ValueError: it is no such text.
    """
    try:
        return yaml.load(text, _Plain)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(one_line(error)) from error


class _Plain(yaml.SafeLoader):
    """YAML without aliases, which can make a few lines endless, and without dates."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read")
        return super().compose_node(parent, index)
