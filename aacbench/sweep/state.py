"""Where a run stands, told from its folder: missing, started, finished, or there with other settings than asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from filelock import FileLock, Timeout

from aacbench.contracts import outline
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError, first_few
from aacbench.runs.record import RunRecord
from aacbench.runs.settings import flat, rebuild
from aacbench.scoring.select import select
from aacbench.sweep.plan import Planned

Kind = Literal["missing", "started", "finished", "other settings"]


class RunState(NamedTuple):
    """The kind, what there is to say about it, and the record of a finished run."""

    kind: Kind
    note: str = ""
    record: RunRecord | None = None


def state_of(run: Planned, registries: Registries) -> RunState:
    """Return where a run stands."""
    if run.folder is None:
        return RunState("missing")
    stored = _stored(run.folder / "run.json")
    if not stored:
        return RunState("missing")
    differing = _differing(run, stored, registries)
    if differing:
        return RunState("other settings", differing)
    try:
        record = RunRecord.load(run.folder / "record.json")
    except UserError:
        return RunState("started")
    if _plain(record.settings) != _plain(stored.get("settings")):
        return RunState("started")  # it is being run again: the record is of before
    wanted = dict(run.request.options.settings)
    if not wanted and run.request.preset == "smoke":
        wanted = dict(registries.datasets[run.request.dataset].smoke)
    if record.data.settings != wanted:
        return RunState("other settings", _apart("dataset", record.data.settings, wanted))
    if run.request.metrics is not None and record.task == "captioning":
        asked = select(run.request.metrics, registries.metrics).untimed()  # what not every system can be scored with
        lacking = [one for one in asked.outputs if one not in record.scores]
        if lacking:
            return RunState("started", f"not scored with {first_few(lacking)}")
    return RunState("finished", record=record)


def is_locked(folder: Path) -> bool:
    """Whether another process is at work in a run's folder."""
    if not (folder / ".lock").exists():
        return False
    lock = FileLock(str(folder / ".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _differing(run: Planned, stored: Mapping[str, Any], registries: Registries) -> str:
    """Return how what a folder holds differs from what is asked for; nothing where it does not."""
    asked = run.request
    identity = {
        "method": asked.method,
        "variant": run.variant,
        "preset": asked.preset,
        "seed": asked.seed,
        "dataset": asked.dataset,
    }
    there = {name: stored.get(name) for name in identity}
    if there != identity:
        return _apart("", there, identity)
    settings = stored.get("settings")
    if not isinstance(settings, Mapping):
        return "its run.json has no settings"
    if _plain(settings) == _plain(run.settings):
        return ""
    try:  # settings that this release has more than the one that wrote them
        settings = rebuild(outline(registries.methods[asked.method]).settings, settings).model_dump(mode="json")
    except UserError as error:
        return str(error)
    return "" if _plain(settings) == _plain(run.settings) else _apart("", settings, run.settings or {})


def _apart(what: str, there: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """Return the first settings that differ: `captions.train.epochs is 3, asked for 12`."""
    a, b = flat(there), flat(asked)
    keys = [key for key in {**b, **a} if a.get(key) != b.get(key)]
    few = [f"{what and what + ' '}{key} is {a.get(key, 'unset')}, asked for {b.get(key, 'unset')}" for key in keys[:2]]
    return "; ".join(few) + (f"; and {len(keys) - 2} more" if len(keys) > 2 else "")


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _stored(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
