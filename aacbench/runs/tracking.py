"""Following a run with the trackers that were asked for: which, under which id, in processes of their own."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aacbench.contracts import Factory, TrackedRun, TrackerSpec
from aacbench.contracts.context import RunContext
from aacbench.contracts.registry import Registry
from aacbench.contracts.trackers import Tracker, Untracked
from aacbench.errors import UserError, unknown_name
from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import load_json
from aacbench.runtime.distributed.process_group import is_rank_zero
from aacbench.trackers.child import CLOSING
from aacbench.trackers.isolated import Isolated
from aacbench.trackers.parts import Several

FOLDER = "trackers"
ID = "run.json"
Settings = Mapping[str, Mapping[str, Any]]


def chosen_trackers(names: Sequence[str], settings: Settings, known: Registry[TrackerSpec]) -> list[TrackerSpec]:
    """Return the specs of the trackers that were asked for; their packages are looked for, not loaded.

    Raises:
        UserError: a name is unknown, a package is not installed, or settings are those of a tracker not asked for.
    """
    specs = [known[name] for name in dict.fromkeys(names)]
    for name in settings:
        if name not in names:
            raise unknown_name("tracker among those of --track", name, names)
    for spec in specs:
        for package in spec.packages:
            if find_spec(package) is None:
                pip = f": pip install '{spec.install}'" if spec.install else ""
                raise UserError(f"the tracker {spec.name} wants {package}, which is not installed{pip}")
    return specs


@contextmanager
def tracked(context: RunContext, specs: Sequence[TrackerSpec], settings: Settings) -> Iterator[Tracker]:
    """Yield what the run logs to; only the first process has any tracker. All are closed however the block ends."""
    if not specs or not is_rank_zero():
        yield Untracked()
        return
    folder = context.folder / FOLDER
    tracker = Several(
        [
            Isolated(spec.name, _text(spec.factory), settings.get(spec.name, {}), folder / f"{spec.name}.log", CLOSING)
            for spec in specs
        ]
    )
    plain = context.settings.model_dump(mode="json")
    tracker.start(TrackedRun(_run_id(folder / ID, plain), _name(context), context.folder.absolute(), plain))
    try:
        yield tracker
    finally:
        tracker.close()


def _name(context: RunContext) -> str:
    """Return what people call the run: `soundscapes/rlssr/base/seed0`."""
    return "/".join(context.folder.absolute().parts[-4:])


def _run_id(path: Path, settings: Mapping[str, Any]) -> str:
    """Return the id of the run with these settings in its folder: the one kept there, or a new one."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    try:
        stored = load_json(path)
        if stored["settings"] == digest and isinstance(stored["id"], str):
            return str(stored["id"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    new = uuid.uuid4().hex[:16]
    atomic_write(path, json.dumps({"id": new, "settings": digest}))
    return new


def _text(factory: Factory) -> str:
    """Return a factory as text, which another process can import."""
    return factory if isinstance(factory, str) else f"{factory.__module__}:{factory.__qualname__}"
