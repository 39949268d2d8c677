"""The fluency penalty of FENSE and SPIDEr-FL: items with a fluency error keep a tenth of their score."""

from __future__ import annotations

from aacbench.errors import AacbenchError, UserError
from aacbench.metrics.composed import part
from aacbench.types import Score


def penalise(name: str, score: Score, errors: Score, penalty: float) -> Score:
    """Return `score` times (1 - penalty x error) by item, and its mean.

    Raises:
        UserError: the penalty is not within 0 to 1.
    """
    if not 0 <= penalty <= 1:
        raise UserError(f"the fluency penalty is 0 to 1; got {penalty}")
    if score.items is None or errors.items is None:
        raise AacbenchError(f"{name} needs {score.name} and {errors.name} of every item; one of them has none")
    rows = tuple(value * (1 - penalty * error) for value, error in zip(score.items, errors.items, strict=True))
    signature = {
        "version": 1,
        "implementation": "aacbench",
        "tokeniser": score.signature.get("tokeniser", "none"),
        "penalty": penalty,
        **{used.name: part(used) for used in (score, errors)},
    }
    return Score(name, sum(rows) / len(rows), rows, signature)
