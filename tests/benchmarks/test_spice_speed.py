"""SPICE of 1045 clips with five references each: the first time, and with the references' tuples in the store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from aacbench.metrics.spice.parse_cache import TupleCache
from aacbench.metrics.spice.scorer import Spice, SpiceResult
from aacbench.scoring.core import tokenised
from aacbench.text.parser import load_parser

Items = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]

pytestmark = pytest.mark.benchmark(group="SPICE, 1045 clips x 5 references")


@pytest.fixture(scope="module")
def items(test_data: Path) -> Items:
    path = test_data / "gold-scores" / "conette.clotho_eval.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 1045
    captions = tokenised(
        [row["file_name"] for row in rows],
        [row["candidate"] for row in rows],
        [row["references"] for row in rows],
        "native",
    )
    return captions.candidate_tokens, captions.reference_tokens


def fresh(folder: Path) -> Spice:
    """Return an engine as a new process has it: the parser loaded, nothing in memory."""
    parser = load_parser()
    return Spice(parser, TupleCache(parser.version, folder))


def test_the_first_time(benchmark: BenchmarkFixture, items: Items, tmp_path: Path) -> None:
    def empty() -> tuple[tuple[Spice], dict[str, object]]:
        shutil.rmtree(tmp_path)
        return (fresh(tmp_path),), {}

    run: Callable[..., SpiceResult] = benchmark.pedantic
    assert 0.1 < run(lambda spice: spice.score(*items), setup=empty, rounds=2).corpus < 0.2


def test_references_known(benchmark: BenchmarkFixture, items: Items, tmp_path: Path) -> None:
    fresh(tmp_path).facts([reference for group in items[1] for reference in group])

    def known() -> tuple[tuple[Spice], dict[str, object]]:
        return (fresh(tmp_path),), {}

    run: Callable[..., SpiceResult] = benchmark.pedantic
    result = run(lambda spice: spice.score(*items, keep=False), setup=known, rounds=5)
    assert 0.1 < result.corpus < 0.2
