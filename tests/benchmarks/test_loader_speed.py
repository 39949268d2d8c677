"""Clips a second from WAV and FLAC files and from shards, against torch's DataLoader over the same files.

Clips last ten seconds at 32 kHz. `first` reads, hashes, computes and keeps, which is a first epoch; torch's loader
reads and computes with the same functions, and keeps nothing. `kept` loads what is kept, which is any later epoch.
Seconds are the clock's: compare within one run. `extra_info` has the clips a second.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from aacbench.audio import cache as cache_module
from aacbench.audio import front_end
from aacbench.audio.batch import pad
from aacbench.audio.cache import FeatureCache
from aacbench.audio.io import read
from aacbench.audio.logmel import extract
from aacbench.contracts import DatasetOptions
from aacbench.datasets.csv_folder.dataset import open_captions
from aacbench.datasets.pack import pack
from aacbench.training.prefetch import prefetch
from aacbench.types import Clip

CLIPS, BATCH, RATE = 64, 16, 32000
SETTINGS = front_end("panns")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Clip]]:
    """Gives the same clips as `wav`, `flac` or `shards`."""
    root = tmp_path_factory.mktemp("clips")

    @functools.cache
    def made(form: str) -> list[Clip]:
        ending = "wav" if form == "wav" else "flac"
        folder = root / ending
        if not folder.exists():
            folder.mkdir()
            for number in range(CLIPS):
                noise = 0.1 * np.random.default_rng(number).standard_normal(10 * RATE)
                soundfile.write(folder / f"{number}.{ending}", np.cumsum(noise) % 1 - 0.5, RATE)
            rows = [f"{number}.{ending},a dog barks,development" for number in range(CLIPS)]
            (folder / "captions.csv").write_text("\n".join(["file_name,caption,split", *rows]))
        if form == "shards" and not (root / "shards").exists():
            pack(open_captions(DatasetOptions(folder)), root / "shards")
        return open_captions(DatasetOptions(root / form)).clips("development")

    return made


class Files(torch.utils.data.Dataset[Tensor]):
    """What a user of torch writes."""

    def __init__(self, clips: list[Clip]) -> None:
        self.clips = clips

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> Tensor:
        return extract(read(self.clips[index].audio, SETTINGS.sample_rate), SETTINGS)


def torch_loader(clips: list[Clip], workers: int) -> Any:
    more: dict[str, Any] = {"multiprocessing_context": "forkserver", "persistent_workers": True} if workers else {}
    return DataLoader(Files(clips), BATCH, collate_fn=pad, num_workers=workers, **more)


def by_torch(loader: Any) -> int:
    return sum(len(lengths) for _, lengths in loader)


def by_us(clips: list[Clip], cache: FeatureCache) -> int:
    batches = [clips[first : first + BATCH] for first in range(0, len(clips), BATCH)]
    return sum(len(lengths) for _, lengths in prefetch(lambda batch: pad(cache.load_all(batch)), batches))


def told(benchmark: Any) -> None:
    if benchmark.stats:
        benchmark.extra_info["clips_per_s"] = round(CLIPS / benchmark.stats.stats.min, 1)


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def use(count: int) -> None:
        monkeypatch.setattr(cache_module, "READERS", count)
        cache_module._readers.cache_clear()

    return use


@pytest.mark.benchmark(group="first epoch of 64 clips of 10 s")
@pytest.mark.parametrize("form", ["wav", "flac", "shards"])
@pytest.mark.parametrize("threads", [1, 2, 4, 8])
def test_first(
    benchmark: Any,
    form: str,
    threads: int,
    clips: Callable[[str], list[Clip]],
    readers: Callable[[int], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readers(threads)
    folders = (tmp_path / str(number) for number in itertools.count())

    def fresh() -> tuple[tuple[list[Clip], FeatureCache], dict[str, Any]]:
        monkeypatch.setenv("AACBENCH_HOME", str(folder := next(folders)))
        return (clips(form), FeatureCache(SETTINGS, folder / "features")), {}

    assert benchmark.pedantic(by_us, setup=fresh, rounds=3) == CLIPS
    told(benchmark)


@pytest.mark.benchmark(group="first epoch of 64 clips of 10 s")
@pytest.mark.parametrize("form", ["wav", "flac", "shards"])
@pytest.mark.parametrize("workers", [0, 2])
def test_torch(benchmark: Any, form: str, workers: int, clips: Callable[[str], list[Clip]]) -> None:
    loader = torch_loader(clips(form), workers)
    by_torch(loader)  # its processes have started
    assert benchmark.pedantic(by_torch, (loader,), rounds=3) == CLIPS
    told(benchmark)


@pytest.mark.benchmark(group="a later epoch of 64 clips of 10 s")
@pytest.mark.parametrize("threads", [1, 2, 4, 8])
def test_kept(
    benchmark: Any,
    threads: int,
    clips: Callable[[str], list[Clip]],
    readers: Callable[[int], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    readers(threads)
    cache = FeatureCache(SETTINGS)
    by_us(clips("wav"), cache)
    assert benchmark.pedantic(by_us, (clips("wav"), cache), rounds=3) == CLIPS
    told(benchmark)
