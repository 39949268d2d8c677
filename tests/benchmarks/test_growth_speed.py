"""Time and memory grow no faster than captions and clips do; `growth.py` measures the large sizes of the README."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.benchmarks.growth import Measured, measured, write

LARGE = int(os.environ.get("AACBENCH_GROWTH_CAPTIONS", "4000"))
SMALL = 1000
CLIPS = (200, 800)


def repeated(benchmark: BenchmarkFixture) -> Callable[..., Measured]:
    """Return the benchmark's call of a function so many times, which its author left without types."""
    call: Callable[..., Measured] = benchmark.pedantic
    return call


def grown(benchmark: BenchmarkFixture, small: Measured, large: Measured, more: int) -> float:
    """Note how both grew; return the kilobytes of memory that one more caption or clip takes."""
    each = (large.megabytes - small.megabytes) * 1024 / more
    benchmark.extra_info.update({"small": str(small), "large": str(large), "kB_each": each})
    benchmark.extra_info["ms_each"] = (large.seconds - small.seconds) * 1000 / more
    return each


@pytest.mark.slow
@pytest.mark.parametrize(("metrics", "bound"), [("score", 40), ("spice", 60)])
def test_scoring(metrics: str, bound: float, benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """A clip's six captions are 1 kB; before metrics took clips in blocks, scoring took 17 kB of memory a clip."""
    small, large = tmp_path / "small", tmp_path / "large"
    write(small, SMALL)
    write(large, LARGE)
    home = Path(os.environ["AACBENCH_HOME"]) if "AACBENCH_HOME" in os.environ else None
    first = measured(metrics, small, SMALL, home)
    second = repeated(benchmark)(measured, (metrics, large, LARGE, home), rounds=1)
    assert grown(benchmark, first, second, LARGE - SMALL) < bound


@pytest.mark.slow
def test_generating_clips(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """A clip of four seconds is 128 kB of audio; what stays in memory is its description."""
    home = tmp_path / "home"
    first = measured("generate", tmp_path, CLIPS[0], home)
    second = repeated(benchmark)(measured, ("generate", tmp_path, CLIPS[1], home), rounds=1)
    shutil.rmtree(home)
    assert grown(benchmark, first, second, CLIPS[1] - CLIPS[0]) < 40
