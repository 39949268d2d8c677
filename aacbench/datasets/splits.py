"""Which clips of a dataset are trained on, and which ones validate."""

from __future__ import annotations

from aacbench.contracts import Dataset
from aacbench.runtime.seeds import shuffled
from aacbench.types import Clip

HELD_OUT = 0.1


def development_parts(
    dataset: Dataset, seed: int, held_out: float | None = None, merge_validation: bool = False
) -> dict[str, list[Clip]]:
    """Return the clips for `training` and `validation`.

    They are the development and validation splits. With `held_out`, or where a dataset has no validation split, that
    share of the development split (by default a tenth, drawn by the seed) validates and the rest trains;
    `merge_validation` puts the validation split into the development split before that.
    """
    development = dataset.clips("development")
    if merge_validation and held_out is not None and "validation" in dataset.splits:
        development = [*development, *dataset.clips("validation")]
    if held_out is None and "validation" in dataset.splits:
        return {"training": development, "validation": dataset.clips("validation")}
    order = shuffled(len(development), seed, "held out")
    held = set(order[: max(1, round((held_out or HELD_OUT) * len(development)))])
    return {
        "training": [clip for index, clip in enumerate(development) if index not in held],
        "validation": [clip for index, clip in enumerate(development) if index in held],
    }
