"""What loading costs beside torch's DataLoader over the same files, in processor time; `loader.py` has all of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from aacbench.audio import cache as cache_module
from tests.benchmarks.loader import FORMS, Bench, Case, table

CLIPS, ROUNDS = 12, 3
THREADS = cache_module.readers()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Any:
    readers = cache_module.readers
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AACBENCH_HOME", "")  # and is put back afterwards
        yield Bench(tmp_path_factory.mktemp("loader"), CLIPS, (0, THREADS))
    torch.set_num_threads(threads)
    cache_module.readers = readers
    cache_module._readers.cache_clear()


def test_the_same_features(bench: Bench) -> None:
    _, loader = bench.loaders[0]
    for form in ("wav", "flac", "shards"):
        first = FORMS.index(form) * CLIPS
        for number, clip in enumerate(bench.clips[form][:3]):
            torch.testing.assert_close(bench.kept.load(clip), loader.dataset[first + number], rtol=0, atol=0)


def test_costs(bench: Bench, benchmark: Any) -> None:
    """Print what a first epoch, which hashes and keeps, costs beside torch's; a later one is a fraction of it."""
    timed = benchmark.pedantic(bench.rounds, (ROUNDS,), rounds=1)
    benchmark.extra_info["table"] = [*table(timed, (0, THREADS))]
    assert timed[Case("kept", "wav", THREADS)].cost < 0.5 * timed[Case("first", "wav", THREADS)].cost
