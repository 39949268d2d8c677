"""Write a finished run as a self-contained folder, which is a run's folder: whatever opens runs opens it.

What is copied: what the run says of itself, its captions and scores, and what every stage left, wherever that lies.
What only resumes a run, or says where things lie on this machine, stays behind. Absolute paths in settings lose their
folders. Runs that the method stands on (an ensemble's members) go along.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import Any, cast

import tomli_w

from aacbench.contracts import MethodTask, StandsOnRuns
from aacbench.contracts.context import RunContext
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import load_json
from aacbench.inference.resumable import DECODING
from aacbench.models.published import ENCODER_FILE
from aacbench.runs.config import TABLE
from aacbench.runs.export.card import model_card
from aacbench.runs.finish import RECORD
from aacbench.runs.record import RunRecord
from aacbench.runs.reopen import open_retriever, open_run, reopened
from aacbench.runs.stage_keys import FINISHED, read_object
from aacbench.runs.stages import seal, stage_files
from aacbench.runs.tasks.retrieval import CLIPS, MATRIX

CARD = "README.md"
LEFT = (CLIPS, MATRIX, DECODING)  # of a run's own files: paths of this machine, and what only resumes
SPOKEN = ("run.json", RECORD)  # whose settings may name files of this machine
CURVES = "log.jsonl"


def export_run(run: Path, target: Path, registries: Registries) -> Path:
    """Write the run in the folder `run` to `target`, which appears whole or not at all, and return `target`.

    What was written is opened once, so that a folder which lacks something is not handed on.

    Raises:
        UserError: there is no finished run, `target` holds something already, or a stage's files are gone.
        DamagedError: a file of the run is not what a stage left.
    """
    record = RunRecord.load(run / RECORD)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target} holds something already; name a new folder with --to")
    target.parent.mkdir(parents=True, exist_ok=True)
    made = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    made.mkdir()
    try:
        _write(run, made, record, registries)
        spec, has_encoder = registries.methods[record.method], any(made.glob(f"*/{ENCODER_FILE}"))
        atomic_write(made / CARD, model_card(record, spec, registries, has_encoder))
        opened = open_run if record.task == "captioning" else open_retriever
        opened(made, registries, "cpu")
        os.replace(made, target)  # an empty folder may be in the way
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return target


def _write(run: Path, made: Path, record: RunRecord, registries: Registries) -> None:
    method, context = reopened(run, registries, "cpu", cast(MethodTask, record.task))
    _copy([path for path in run.iterdir() if path.is_file() and _goes_along(path.name)], made)
    stages = {
        name: made / f"stage{number}-{name}"
        for number, (name, folder) in enumerate(context.stages.items(), 1)
        if _is_there(folder, name, record)
    }
    for name, folder in stages.items():
        folder.mkdir()
        _copy(stage_files(context.stages[name]), folder)
        if (context.stages[name] / CURVES).is_file():
            _copy([context.stages[name] / CURVES], folder)
    listed = {name: folder.name for name, folder in stages.items()}
    atomic_write(made / "stages.json", json.dumps(listed, indent=2))
    for name in SPOKEN:
        stored = load_json(made / name)
        atomic_write(made / name, json.dumps(_without_folders(stored), indent=2) + "\n")
    _settings_file(made / "settings.toml")
    if isinstance(method, StandsOnRuns):
        copy: RunContext = replace(context, folder=made, stages=stages)
        method.export_members(context, copy, lambda member, to: _member(member, to, registries))
    for name, folder in stages.items():
        _seal(context.stages[name], folder)


def _member(run: Path, made: Path, registries: Registries) -> None:
    made.mkdir(parents=True)
    _write(run, made, RunRecord.load(run / RECORD), registries)


def _goes_along(name: str) -> bool:
    return not name.startswith(".") and name not in (*LEFT, CARD)


def _is_there(folder: Path, name: str, record: RunRecord) -> bool:
    """Whether a stage's folder is still there; one in the cache may have been deleted.

    Raises:
        UserError: it is gone, and it was the last one, which holds the trained system.
    """
    if folder.is_dir():
        return True
    if record.stages and name == record.stages[-1].name:
        raise UserError(f"{folder}, which {name} left, is gone; repeat the run, which makes it again")
    return False


def _copy(files: Iterable[Path], folder: Path) -> None:
    for path in files:
        shutil.copyfile(path, folder / path.name)


def _seal(source: Path, folder: Path) -> None:
    """Write what the stage was, with the files that are in its exported folder."""
    finished = {key: value for key, value in read_object(source / FINISHED).items() if key != "check"}
    seal(folder, finished)


def _without_folders(value: Any) -> Any:
    """Return JSON values in which absolute paths are file names: what lies where here is nobody else's matter."""
    if isinstance(value, Mapping):
        return {key: _without_folders(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_folders(inner) for inner in value]
    if isinstance(value, str) and (Path(value).is_absolute() or PureWindowsPath(value).is_absolute()):
        return PureWindowsPath(value).name if "\\" in value else Path(value).name
    return value


def _settings_file(path: Path) -> None:
    if not path.is_file():  # an older run has none
        return
    text = path.read_text(encoding="utf-8")
    values = tomllib.loads(text)
    values.get(TABLE, {}).pop("data_dir", None)
    head = text.partition("\n")[0] + "\n" if text.startswith("#") else ""
    atomic_write(path, head + tomli_w.dumps(_without_folders(values)))
