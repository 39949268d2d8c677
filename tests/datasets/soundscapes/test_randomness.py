"""Draws: their range, their shares, and that they depend on the key alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from aacbench.datasets.soundscapes.randomness import Stream


def test_streams_are_known_by_their_keys() -> None:
    assert Stream(1, 2).unit() == Stream(1, 2).unit() == Stream(1).child(2).unit()
    assert len({Stream(seed, split).unit() for seed in range(10) for split in range(3)}) == 30


def test_child_does_not_depend_on_draws_made() -> None:
    stream = Stream(5)
    before = stream.child(1).unit()
    stream.noise(100)
    assert stream.child(1).unit() == before


def test_one_by_one_and_at_once_are_the_same_draws() -> None:
    stream = Stream(8)
    assert [stream.unit() for _ in range(50)] == Stream(8).units(50).tolist()


def test_ranges() -> None:
    stream = Stream(3)
    units, noise = stream.units(20_000), stream.noise(20_000)
    assert units.min() >= 0.0 and units.max() < 1.0 and abs(units.mean() - 0.5) < 0.01
    assert noise.min() >= -1.0 and noise.max() < 1.0 and abs(noise.mean()) < 0.02
    assert np.sqrt((noise**2).mean()) == pytest.approx(3**-0.5, abs=0.01)
    assert {stream.below(3) for _ in range(100)} == {0, 1, 2}
    assert all(2.0 <= stream.uniform(2.0, 3.0) < 3.0 for _ in range(100))


def test_weights_are_shares() -> None:
    stream = Stream(6)
    counts = Counter(stream.weighted(((3, "a"), (1, "b"), (0, "c"))) for _ in range(8000))
    assert counts["a"] / 8000 == pytest.approx(0.75, abs=0.02) and counts["c"] == 0


def test_weights_need_an_item() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        Stream(0).weighted(())
