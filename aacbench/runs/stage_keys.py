"""The key that a stage is kept and found under.

It hashes the stage's inputs, the seed, the keys of the stages it builds upon, and distribution, version
and code of the plugins whose parts the inputs name. Stages that the first version ran, which left the plugins' code
out, stand under the key that version gave them: they are found, and gone on with, and what follows builds upon it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aacbench.contracts import Stage
from aacbench.contracts.context import RunContext
from aacbench.files.safe_read import load_json
from aacbench.runs.provenance import PluginCode, plugins_named
from aacbench.runtime.distributed.collectives import on_rank_zero

FINISHED, STARTED = "stage.json", "started.json"
FORMAT = "0.1.0"
"""Part of every key: raised when stages with the same inputs would come to another outcome than before."""


@dataclass(frozen=True, slots=True)
class StageResult:
    """A finished stage: its key, the seconds it took when it was run, the numbers it reported, what it was made with.

    `legacy` is the key that the first version would have given it, `label` a word for tables.
    """

    name: str
    key: str
    legacy: str
    seconds: float
    summary: Mapping[str, Any]
    made: Mapping[str, Any] | None = None
    label: str | None = None
    costs: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class StageKey:
    """A key, the first version's for the same stage, and the plugins whose code is in it."""

    value: str
    legacy: str
    plugins: Mapping[str, PluginCode] = field(default_factory=dict, compare=False, hash=False)


@dataclass(frozen=True)
class StageKeys:
    """The key of this version, and that of the first one where it is another."""

    present: StageKey
    legacy: StageKey

    def all(self) -> list[StageKey]:
        """Return the different keys, the present one first."""
        return [*dict.fromkeys((self.present, self.legacy))]


@on_rank_zero
def stage_keys(context: RunContext, stage: Stage, before: Sequence[StageResult]) -> StageKeys:
    """Return the keys of a stage that builds upon the stages `before`."""
    parts: dict[str, Any] = {"stage": stage.name, "inputs": stage.inputs(context), "seed": context.seed}
    plugins = plugins_named(parts["inputs"], context.registries)
    code = {"plugins": {name: one.model_dump() for name, one in plugins.items()}} if plugins else {}
    legacy = _hash({**parts, "before": [result.legacy for result in before], "version": FORMAT})
    present = _hash({**parts, "before": [result.key for result in before], "version": FORMAT, **code})
    return StageKeys(StageKey(present, legacy, plugins), StageKey(legacy, legacy, plugins))


@on_rank_zero
def standing(keys: StageKeys, folder: Path) -> StageKey:
    """Return the key under which a stage lies in `folder`, finished or begun; the present one where it does not."""
    return next((key for key in keys.all() if _stands(key, folder)), keys.present)


@on_rank_zero
def stands(key: StageKey, folder: Path) -> bool:
    """Whether a stage of this key lies in `folder`, finished or begun."""
    return _stands(key, folder)


def _stands(key: StageKey, folder: Path) -> bool:
    return key.value in (read_object(folder / FINISHED).get("key"), started_key(folder))


def started_key(folder: Path) -> str | None:
    """Return the key of the stage that is being run in `folder`; None outside of a recipe."""
    return read_object(folder / STARTED).get("key")


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file; nothing where there is none."""
    try:
        read = load_json(path)
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _hash(parts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
