"""Random draws that are the same on every platform and under every NumPy release.

NumPy promises the raw output of a bit generator and of `SeedSequence`, not the streams of `Generator` methods
(NEP 19), so every draw here is made from raw 64-bit words by integer arithmetic and one exact multiplication.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Item = TypeVar("Item")

_UNIT = 1.0 / (1 << 53)


class Stream:
    """A stream of draws that its key (non-negative integers) names: equal keys give equal draws."""

    def __init__(self, *key: int) -> None:
        self._key = key
        self._bits = np.random.PCG64(np.random.SeedSequence(key))

    def child(self, *key: int) -> Stream:
        """Return the stream of this key with more integers appended, unaffected by draws made so far."""
        return Stream(*self._key, *key)

    def unit(self) -> float:
        """Draw a double in [0, 1)."""
        return (int(self._bits.random_raw()) >> 11) * _UNIT

    def uniform(self, low: float, high: float) -> float:
        """Draw a double between `low` and `high`."""
        return low + (high - low) * self.unit()

    def chance(self, probability: float) -> bool:
        """Return True with a probability."""
        return self.unit() < probability

    def below(self, count: int) -> int:
        """Draw an integer in [0, count) for counts below 2**32 (bias below 2**-32 of a count)."""
        return ((int(self._bits.random_raw()) >> 32) * count) >> 32

    def pick(self, items: Sequence[Item]) -> Item:
        """Draw one of the items, all alike."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[int, Item]]) -> Item:
        """Draw an item of (weight, item) pairs with probability in proportion to its whole weight."""
        remainder = self.below(sum(weight for weight, _ in items))
        for weight, item in items:
            remainder -= weight
            if remainder < 0:
                return item
        raise ValueError("weights must be positive and at least one item is needed")

    def units(self, count: int) -> Floats:
        """Draw `count` doubles in [0, 1), shape (count,)."""
        raw = self._bits.random_raw(count) >> np.uint64(11)
        return raw.astype(np.float64) * _UNIT

    def noise(self, count: int) -> Floats:
        """Draw `count` samples of white noise, uniform in [-1, 1), shape (count,)."""
        raw = (self._bits.random_raw(count) >> np.uint64(40)).astype(np.int64) - (1 << 23)
        return raw.astype(np.float64) * (1.0 / (1 << 23))
