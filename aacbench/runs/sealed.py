"""A finished run known again without its method's modules, which load torch.

Beside its record a run leaves a seal: what its recipe was and what its stages' inputs were, with what both follow from
(`ground`, and marks of the files that were read meanwhile). As long as that stands, `SealedStage`s and the
`SealedMethod` take the place of the real ones. All else is done as with those: keys are made of the inputs, files are
compared with what stages left, captions are read again and scored again, and what only the real ones can do, such as
training again what was damaged, loads them. Where there is any doubt, there is no seal.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache as once
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from aacbench.contracts import CaptionsByReference, MethodSpec, Stage, StandsOnRuns, Task, load
from aacbench.contracts.context import RunContext
from aacbench.contracts.previous import as_stage
from aacbench.errors import AacbenchError
from aacbench.files.kept_json import keep_json, kept_json
from aacbench.files.marks import Marks, marks, stand
from aacbench.files.watch import DoubtfulError, Watch, watched
from aacbench.runs.ground import own_modules
from aacbench.runs.provenance import CORE
from aacbench.runs.stage_keys import FINISHED, StageResult, read_object, stage_keys
from aacbench.runs.stages import builds_upon, told

SEAL = "seal.json"


class StageSeal(BaseModel):
    """What is known of a stage: what decides how it is run, its inputs, the key it was found under, where it lay."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    label: str | None
    shared: bool
    artifacts: tuple[str, ...] | None
    depends_on: tuple[str, ...] | None
    seed: int | None
    distributed: bool
    monitor: str
    reward: tuple[str, ...]
    inputs: dict[str, Any]
    key: str
    folder: str


class Seal(BaseModel):
    """`parts` are those of the clips that the run reads, `device` what it was given for the one that it asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ground: str
    device: str
    parts: tuple[str, ...]
    marks: dict[str, tuple[str, str]]
    stages: tuple[StageSeal, ...]


class SealedMethod:
    """A method that is loaded when it is first asked for anything."""

    leave_one_out = False  # captions by reference are not sealed

    def __init__(self, spec: MethodSpec) -> None:
        self._spec = spec

    @cached_property
    def _real(self) -> Any:
        return load(self._spec.factory)()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._real, name)


class SealedStage(Stage):
    """A stage as its seal tells of it; the real one, of the method's recipe, is made where it has to work."""

    def __init__(self, seal: StageSeal, real: Callable[[], Stage]) -> None:
        self.name, self.shared, self.artifacts = seal.name, seal.shared, seal.artifacts
        self.depends_on, self.seed, self.distributed = seal.depends_on, seal.seed, seal.distributed
        train = SimpleNamespace(monitor=seal.monitor)  # what `dry_pass` reads of the settings of real stages
        self.settings = SimpleNamespace(train=train, reward=dict.fromkeys(seal.reward, 1.0))
        self._seal, self._real = seal, real

    def label(self, context: RunContext) -> str | None:
        """Return the label."""
        return self._seal.label

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        """Return the inputs."""
        return self._seal.inputs

    def rehearsal(self, context: RunContext, waiting: bool) -> tuple[Task, Any] | None:
        """Return the real stage's; None where it lies finished, wherever that is, for then it is not run."""
        if read_object(Path(self._seal.folder) / FINISHED).get("key") == self._seal.key:
            return None
        return self._real().rehearsal(context, waiting)

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        """Run the real stage."""
        return self._real().run(context, folder)


def read_seal(folder: Path) -> Seal | None:
    """Return the seal that lies in a folder, where its marks stand; whether its ground does is for the caller."""
    try:
        seal = Seal.model_validate(kept_json(folder / SEAL))
    except ValidationError:
        return None
    return seal if stand(seal.marks) else None


def sealed_recipe(seal: Seal, method: SealedMethod, context: RunContext) -> list[Stage]:
    """Return the stages of a seal that holds; `context` is that of the run."""

    @once
    def recipe() -> list[Stage]:
        return [as_stage(stage) for stage in method.recipe(context)]

    def real(number: int) -> Callable[[], Stage]:
        return lambda: recipe()[number]

    return [SealedStage(stage, real(number)) for number, stage in enumerate(seal.stages)]


@dataclass(frozen=True)
class Sealing:
    """What a run begins with: its ground, the marks of what its recipe was read from, and when they were taken."""

    ground: str
    marks: Marks | None
    begun: float


def begin_sealing(ground: str, recipe_watch: Watch) -> Sealing:
    """Return what is to be sealed when the run is finished; code and files may change while it is at work."""
    recipe_watch.opened.update(own_modules())
    return Sealing(ground, marks(recipe_watch), time.time())


def can_be_sealed(method: object, recipe: Sequence[object]) -> bool:
    """Whether all stages are the core's own, whose inputs follow from what is known here."""
    own = all(isinstance(stage, Stage) and type(stage).__module__.partition(".")[0] == CORE for stage in recipe)
    return own and not isinstance(method, CaptionsByReference | StandsOnRuns)


def keep_seal(context: RunContext, sealing: Sealing, recipe: Sequence[Stage], results: Sequence[StageResult]) -> bool:
    """Seal a finished run; return whether that could be done."""
    watch = Watch(strict=True)
    try:
        with watched(watch):
            stages = [_sealed(context, stage, results[number], results[:number]) for number, stage in enumerate(recipe)]
        later = [path for path in own_modules() if path not in (sealing.marks or {})]
        watch.opened.update(later)
        taken = marks(watch)
        if sealing.marks is None or taken is None or any(stage is None for stage in stages):
            return False
        edited = any(os.stat(path).st_mtime > sealing.begun for path in later)
        if edited or any(sealing.marks.get(path, mark) != mark for path, mark in taken.items()):
            return False
        seal = {
            "ground": sealing.ground,
            "device": context.device,
            "parts": [*context.clips],
            "marks": {**taken, **sealing.marks},
            "stages": [stage.model_dump(mode="json") for stage in stages if stage is not None],
        }
        keep_json(context.outputs / SEAL, seal)
    except (AacbenchError, DoubtfulError, OSError, ValueError):
        return False
    return True


def _sealed(run: RunContext, stage: Stage, result: StageResult, earlier: Sequence[StageResult]) -> StageSeal | None:
    """Return the seal of a stage; None where its inputs, as they are kept, do not give the key it was found under."""
    context = told(run, stage)
    settings: Any = getattr(stage, "settings", None)
    seal = StageSeal(
        name=stage.name,
        label=result.label,
        shared=stage.shared,
        artifacts=stage.artifacts,
        depends_on=stage.depends_on,
        seed=stage.seed,
        distributed=stage.distributed,
        monitor=getattr(getattr(settings, "train", None), "monitor", "loss"),
        reward=tuple(name for name, weight in (getattr(settings, "reward", None) or {}).items() if weight),
        inputs=json.loads(json.dumps(stage.inputs(context), default=str)),
        key=result.key,
        folder=str(run.stages[stage.name].absolute()),
    )
    keys = stage_keys(context, SealedStage(seal, lambda: stage), builds_upon(stage, earlier))
    return seal if result.key in [key.value for key in keys.all()] else None
