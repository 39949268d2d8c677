"""Clips a second from WAV and FLAC files and from shards, beside torch's DataLoader over the same files.

`python tests/benchmarks/loader.py` prints the table of docs/explanation/performance.md. Clips last ten seconds at
32 kHz. `first` reads, hashes, computes and keeps, which is a first epoch; torch's loader reads and computes with the
same functions, and keeps nothing. `kept` loads what is kept, which is any later epoch. Zero threads, or processes, load
in the thread that wants the batch. All cases take turns, in another order each round, so that what else the machine
does hits all of them alike; the median over rounds is told. Processor time is that of all threads and processes of a
loader. Torch computes with one thread in each of them, and in the thread that wants the batch.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
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

RATE, SECONDS, BATCH = 32000, 10, 8
FORMS = ("wav", "flac", "shards")
WORKERS = (0, 1, 2, 4)
SETTINGS = front_end("panns")


@dataclass(frozen=True, order=True)
class Case:
    """What is measured: `kind` is first, kept or torch; `workers` are threads, or torch's processes."""

    kind: str
    form: str
    workers: int


@dataclass
class Timed:
    """What the rounds of a case took: clips a second, and milliseconds of processors a clip."""

    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cost(self) -> float:
        return statistics.median(self.costs)


class Files(torch.utils.data.Dataset[Tensor]):
    """What a user of torch writes."""

    def __init__(self, clips: Sequence[Clip]) -> None:
        self.clips = clips

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> Tensor:
        return extract(read(self.clips[index].audio, SETTINGS.sample_rate), SETTINGS)


class Chosen(torch.utils.data.Sampler[int]):
    """The numbers of the clips that are loaded next: one loader, with its processes, serves all forms."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)


def made(root: Path, count: int) -> dict[str, list[Clip]]:
    """Return the same clips as `wav`, `flac` and `shards`."""
    for ending in ("wav", "flac"):
        folder = root / ending
        folder.mkdir()
        for number in range(count):
            noise = 0.1 * np.random.default_rng(number).standard_normal(SECONDS * RATE)
            soundfile.write(folder / f"{number}.{ending}", np.cumsum(noise) % 1 - 0.5, RATE)
        rows = [f"{number}.{ending},a dog barks,development" for number in range(count)]
        (folder / "captions.csv").write_text("\n".join(["file_name,caption,split", *rows]))
    pack(open_captions(DatasetOptions(root / "flac")), root / "shards")
    return {form: open_captions(DatasetOptions(root / form)).clips("development") for form in FORMS}


def ours(clips: Sequence[Clip], cache: FeatureCache, threads: int) -> int:
    """Load all clips in batches, with so many threads, as training does."""
    batches = [clips[first : first + BATCH] for first in range(0, len(clips), BATCH)]
    if not threads:
        return sum(len(pad([cache.load(clip) for clip in batch])[1]) for batch in batches)
    cache_module.readers = lambda: threads
    cache_module._readers.cache_clear()
    return sum(len(lengths) for _, lengths in prefetch(lambda batch: pad(cache.load_all(batch)), batches))


class Bench:
    """All cases over `count` made clips below `root`; torch's processes start once."""

    def __init__(self, root: Path, count: int, workers: Sequence[int] = WORKERS) -> None:
        self.root, self.count, self.number = root, count, 0
        os.environ["AACBENCH_HOME"] = str(root / "home")
        torch.set_num_threads(1)
        self.clips = made(root, count)
        every = [clip for form in FORMS for clip in self.clips[form]]
        self.loaders: dict[int, tuple[Chosen, Any]] = {}
        for processes in workers:
            more: dict[str, Any] = {"multiprocessing_context": "forkserver", "persistent_workers": True}
            chosen = Chosen()
            loader = DataLoader(
                Files(every),
                BATCH,
                sampler=chosen,
                collate_fn=pad,
                num_workers=processes,
                **(more if processes else {}),
            )
            self.loaders[processes] = chosen, loader
        kinds = [Case(kind, form, count) for kind in ("first", "torch") for form in FORMS for count in workers]
        self.cases = [*kinds, *(Case("kept", "wav", count) for count in workers)]
        self.kept = FeatureCache(SETTINGS, root / "kept")
        for case in self.cases:
            if case.kind != "first":
                self.load(case)  # features are kept, and torch's processes have started

    def load(self, case: Case) -> int:
        """Load the case's clips once."""
        clips = self.clips[case.form]
        if case.kind == "torch":
            chosen, loader = self.loaders[case.workers]
            first = FORMS.index(case.form) * self.count
            chosen.numbers = [*range(first, first + self.count)]
            return sum(len(lengths) for _, lengths in loader)
        if case.kind == "kept":
            return ours(clips, self.kept, case.workers)
        self.number += 1
        folder = self.root / f"first-{self.number}"
        os.environ["AACBENCH_HOME"] = str(folder)
        try:
            return ours(clips, FeatureCache(SETTINGS, folder / "features"), case.workers)
        finally:
            shutil.rmtree(folder)
            os.environ["AACBENCH_HOME"] = str(self.root / "home")

    def processor(self, case: Case) -> float:
        """Return the seconds of processors that this process and the case's loader have used."""
        iterator = getattr(self.loaders[case.workers][1], "_iterator", None) if case.kind == "torch" else None
        return time.process_time() + sum(map(_used, (one.pid for one in getattr(iterator, "_workers", ()))))

    def rounds(self, count: int) -> dict[Case, Timed]:
        """Measure every case so often."""
        timed = {case: Timed() for case in self.cases}
        for number in range(count):
            for case in random.Random(number).sample(self.cases, len(self.cases)):
                used, begun = self.processor(case), time.perf_counter()
                assert self.load(case) == self.count
                timed[case].rates.append(self.count / (time.perf_counter() - begun))
                timed[case].costs.append(1000 * (self.processor(case) - used) / self.count)
        return timed


def _used(process: int) -> float:
    """Return the seconds of processors that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def table(timed: dict[Case, Timed], workers: Sequence[int] = WORKERS) -> Iterator[str]:
    """Yield the lines of the table: clips a second, and in brackets milliseconds of processors a clip."""
    titles = {"first": "first epoch", "torch": "torch's DataLoader", "kept": "later epoch"}
    yield "| | " + " | ".join(map(str, workers)) + " |\n|" + "---|" * (len(workers) + 1)
    for kind, form in dict.fromkeys((case.kind, case.form) for case in timed):
        cells = [f"{one.rate:.0f} ({one.cost:.0f})" for one in (timed[Case(kind, form, count)] for count in workers)]
        yield f"| {titles[kind]}{'' if kind == 'kept' else f', {form}'} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aacbench-loader-") as folder:
        for line in table(Bench(Path(folder), given.clips).rounds(given.rounds)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
