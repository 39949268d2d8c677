"""METEOR on 1045 clips with five references each: the native engine beside pycocoevalcap's, in one group."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from aacbench.metrics.meteor import score

Items = tuple[list[str], list[list[str]]]

pytestmark = pytest.mark.benchmark(group="METEOR, 1045 clips x 5 references")


@pytest.fixture(scope="module")
def items(test_data: Path) -> Items:
    path = test_data / "gold-scores" / "conette.clotho_eval.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 1045
    return [row["candidate"] for row in rows], [row["references"] for row in rows]


def test_native(benchmark: BenchmarkFixture, items: Items) -> None:
    run: Callable[..., tuple[float, list[float]]] = benchmark.pedantic
    corpus, _ = run(score, items, rounds=5, warmup_rounds=1)
    assert 0.1 < corpus < 0.3


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("java") is None, reason="pycocoevalcap's METEOR needs Java")
def test_pycocoevalcap(benchmark: BenchmarkFixture, items: Items) -> None:
    from pycocoevalcap.meteor.meteor import Meteor

    candidates = {number: [candidate] for number, candidate in enumerate(items[0])}
    references = dict(enumerate(items[1]))

    def official() -> float:
        meteor = Meteor()
        corpus, _ = meteor.compute_score(references, candidates)
        for stream in (meteor.meteor_p.stdout, meteor.meteor_p.stderr):
            stream.close()
        return float(corpus)

    run: Callable[..., float] = benchmark.pedantic
    assert run(official, rounds=1) == score(*items)[0]
