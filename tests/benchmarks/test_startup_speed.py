"""Seconds until the command line answers, against the bare interpreter in the same run."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytest_benchmark.fixture import BenchmarkFixture


@pytest.mark.benchmark(group="start-up")
@pytest.mark.parametrize(
    "arguments", [["-c", "pass"], ["-m", "aacbench", "--help"], ["-m", "aacbench", "list"]], ids=" ".join
)
def test_start_up(benchmark: BenchmarkFixture, arguments: list[str]) -> None:
    def call() -> int:
        return subprocess.run([sys.executable, *arguments], capture_output=True, check=True).returncode

    assert benchmark.pedantic(call, rounds=5, warmup_rounds=1) == 0  # type: ignore[no-untyped-call]
