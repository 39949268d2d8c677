"""FENSE's sentences, 1045 clips with five references each, by the wheel's MiniLM: the first time, and a second system.

The references of the second system come from the cache; only its candidates are encoded.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from aacbench.metrics.sbert_sim import SbertSimilarity
from aacbench.types import Score, ScoringItems
from tests.metrics.conftest import tokens_as_given

pytestmark = pytest.mark.benchmark(group="sentence similarity, 1045 clips x 5 references")


@pytest.fixture(scope="module")
def items(test_data: Path) -> ScoringItems:
    path = test_data / "gold-scores" / "conette.clotho_eval.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 1045
    return tokens_as_given([row["candidate"] for row in rows], [row["references"] for row in rows])


def scored(model: Path, items: ScoringItems) -> Score:
    """Return the score as a new process computes it, the model loaded."""
    metric = SbertSimilarity(model=str(model))
    metric.prepare(items.reference_set())
    return metric(items, {})[0]


@pytest.mark.parametrize("known", [False, True], ids=["the first time", "references known"])
def test_similarity(
    known: bool,
    benchmark: BenchmarkFixture,
    items: ScoringItems,
    minilm: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    if known:
        scored(minilm, items)

    def forget() -> None:
        if not known:
            shutil.rmtree(tmp_path / "home", ignore_errors=True)

    run: Callable[..., Score] = benchmark.pedantic
    assert 0.3 < run(scored, args=(minilm, items), setup=forget, rounds=1).corpus < 0.8
