"""What cannot work is said before the first stage: a pass over the whole recipe that trains nothing and takes seconds.

Of every stage, the inputs are made up: published weights have to be there, datasets and text encoders to open. Of all
scores that the run needs (at its end, as monitors, as rewards), the metrics have to be able to run. All that is missing
is said at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from aacbench.contracts import Stage
from aacbench.errors import UserError
from aacbench.runs.prepare import Prepared
from aacbench.runtime.distributed.collectives import on_rank_zero
from aacbench.scoring.scorer import Scorer
from aacbench.scoring.select import select


@on_rank_zero
def dry_pass(prepared: Prepared) -> None:
    """Check the whole recipe.

    Raises:
        UserError: something stands in the way; all of it is named.
    """
    problems = dry_problems(prepared)
    if len(problems) == 1:
        raise UserError(problems[0])
    if problems:
        numbered = "; ".join(f"({number}) {problem}" for number, problem in enumerate(problems, 1))
        raise UserError(f"{len(problems)} things stand in the way of this run: {numbered}")


def dry_problems(prepared: Prepared) -> list[str]:
    """Return what stands in the way of a run, each once."""
    problems: dict[str, None] = {}
    for check in _checks(prepared):
        try:
            check()
        except UserError as error:
            problems[str(error)] = None
    return [*problems]


def _checks(prepared: Prepared) -> Iterator[Callable[[], object]]:
    if prepared.spec.task == "captioning":
        yield partial(_ready, prepared, prepared.request.metrics)
    for stage in prepared.recipe:
        yield partial(stage.inputs, prepared.context)
        for names in _scores_of(stage):
            yield partial(_ready, prepared, names)


def _scores_of(stage: Stage) -> Iterator[Sequence[str]]:
    """Yield the scores by which a stage that trains captions selects its weights, and by which it rewards."""
    settings: Any = getattr(stage, "settings", None)  # of the stages in `aacbench.training` that train captions
    monitor = getattr(getattr(settings, "train", None), "monitor", "loss")
    if monitor != "loss":
        yield [monitor]
    reward = getattr(settings, "reward", None)
    if reward:
        yield [name for name, weight in reward.items() if weight]


def _ready(prepared: Prepared, names: Sequence[str] | None) -> None:
    """Raise `UserError` unless the metrics that give these scores, and all that they need, are known and can run."""
    context = prepared.context
    known = [*context.registries.metrics]
    Scorer(select(names, known).specs, settings=context.metric_settings, known=known).check_ready()
