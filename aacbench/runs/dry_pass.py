"""What cannot work is said before the first stage: a pass over the whole recipe that trains nothing and takes seconds.

Of every stage, the inputs are made up: published weights have to be there, datasets to open. Then it is rehearsed on a
few clips: weights and text encoders have to load, and validation to report what selects the weights. Of all scores that
the run needs (at its end, as monitors, as rewards), the metrics have to be able to run. All that is missing is said at
once. Where a GPU trains, a step of each stage is measured, and one that wants more memory than there is, is said, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from aacbench.contracts import Stage
from aacbench.contracts.previous import as_stage
from aacbench.errors import UserError
from aacbench.runs.prepare import Prepared
from aacbench.runs.rehearsal import rehearse
from aacbench.runs.stage_keys import FINISHED
from aacbench.runtime.device import memory_of
from aacbench.runtime.distributed.collectives import on_rank_zero
from aacbench.runtime.progress import status
from aacbench.scoring.scorer import Scorer
from aacbench.scoring.select import select

GIGA = 1e9


@dataclass
class DryPass:
    """What stands in the way of a run, each once, and the bytes that a step of its stages wants, as far as known."""

    problems: list[str] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)

    def note(self, problem: UserError) -> None:
        """Take a problem in."""
        if str(problem) not in self.problems:
            self.problems.append(str(problem))


@on_rank_zero
def dry_pass(prepared: Prepared) -> None:
    """Check the whole recipe; warn of what wants more memory than the device has.

    Raises:
        UserError: something stands in the way; all of it is named.
    """
    found = try_recipe(prepared, measured=prepared.context.device.startswith("cuda"))
    if len(found.problems) == 1:
        raise UserError(found.problems[0])
    if found.problems:
        numbered = "; ".join(f"({number}) {problem}" for number, problem in enumerate(found.problems, 1))
        raise UserError(f"{len(found.problems)} things stand in the way of this run: {numbered}")
    for warning in memory_warnings(prepared, found.memory):
        status(warning)


def try_recipe(prepared: Prepared, measured: bool) -> DryPass:
    """Go over the recipe; with `measured`, measure a step of each stage on the run's device."""
    found = DryPass()
    if prepared.spec.task == "captioning":
        _ready(prepared, prepared.request.metrics, found)
    tried: set[str] = set()
    stages = [as_stage(stage) for stage in prepared.recipe]
    for number, stage in enumerate(stages, 1):
        for names in _scores_of(stage):
            _ready(prepared, names, found)
        finished = (prepared.context.folder / f"stage{number}-{stage.name}" / FINISHED).is_file()
        waiting = [one.name for one in stages[: number - 1] if stage.depends_on is None or one.name in stage.depends_on]
        try:
            inputs = json.dumps(stage.inputs(prepared.context), sort_keys=True, default=str)
            if finished or inputs in tried:  # copies of a network from other seeds are alike
                continue
            tried.add(inputs)
            wanted = rehearse(prepared.context, stage, bool(waiting), measured)
        except UserError as error:
            found.note(error)
        else:
            found.memory.update({} if wanted is None else {stage.name: wanted})
    return found


def memory_warnings(prepared: Prepared, memory: dict[str, int]) -> Iterator[str]:
    """Yield a line for each stage that wants more memory than the run's device has."""
    there = memory_of(prepared.context.device)
    said = prepared.spec.hardware.get(prepared.request.preset)
    for name, wanted in memory.items():
        if there is not None and wanted > there:
            yield (
                f"warning: {name} wants about {wanted / GIGA:.1f} GB of memory in single precision, and "
                f"{prepared.context.device} has {there / GIGA:.1f}; lower its batch_size, or set its train.micro_batch "
                f"or train.gradient_checkpointing"
                + (f" (the preset {prepared.request.preset}: {said})" if said else "")
            )


def _scores_of(stage: Stage) -> Iterator[Sequence[str]]:
    """Yield the scores by which a stage that trains captions selects its weights, and by which it rewards."""
    settings: Any = getattr(stage, "settings", None)  # of the stages in `aacbench.training` that train captions
    monitor = getattr(getattr(settings, "train", None), "monitor", "loss")
    if monitor != "loss":
        yield [monitor]
    reward = getattr(settings, "reward", None)
    if reward:
        yield [name for name, weight in reward.items() if weight]


def _ready(prepared: Prepared, names: Sequence[str] | None, found: DryPass) -> None:
    """Note what hinders the metrics that give these scores, and all that they need."""
    context = prepared.context
    known = [*context.registries.metrics]
    try:
        Scorer(select(names, known).specs, settings=context.metric_settings, known=known).check_ready()
    except UserError as error:
        found.note(error)
