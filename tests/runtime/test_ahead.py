"""Work done ahead: in order, bounded, and given up where nobody takes its results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from aacbench.runtime.ahead import in_order


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_in_order_and_bounded(threads: int) -> None:
    handed: list[int] = []
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(200):
            handed.append(number)
            assert len(handed) - len(taken) <= 6 + 1  # those ahead, and the one that is being given out
            yield number

    def work(number: int) -> int:
        time.sleep(0.0005 * (number % 3))
        return -number

    with ThreadPoolExecutor(threads) as pool:
        for result in in_order(pool, work, numbers(), 6):
            taken.append(result)
    assert taken == [-number for number in range(200)]


def test_nothing_and_little() -> None:
    with ThreadPoolExecutor(2) as pool:
        assert [*in_order(pool, abs, [], 4)] == []
        assert [*in_order(pool, abs, [-3, 2], 4)] == [3, 2]


def test_what_raises_ends_it() -> None:
    done: list[int] = []

    def work(number: int) -> int:
        if number == 2:
            raise ValueError("broken")
        done.append(number)
        return number

    with ThreadPoolExecutor(1) as pool:
        results = in_order(pool, work, range(1000), 5)
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(ValueError, match="broken"):
            next(results)
    assert len(done) < 10
