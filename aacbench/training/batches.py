"""An epoch's samples cut into batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

A = TypeVar("A")


def cut_batches(samples: Sequence[A], size: int) -> list[list[A]]:
    """Return the samples in batches of `size`; a last one that would be alone joins the batch before it.

    Batch norm has no statistics of a single vector, and a contrast wants two.
    """
    ends = [*range(size, len(samples), size), len(samples)] if len(samples) else []
    if len(ends) > 1 and size > 1 and ends[-1] - ends[-2] == 1:
        del ends[-2]
    return [[*samples[first:last]] for first, last in zip([0, *ends], ends, strict=False)]
