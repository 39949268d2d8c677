"""How the data path grows with the number of clips: each step in a process of its own, on short clips made for it.

`python scripts/data_growth.py --clips 1000 10000 --folder DIR` prints the table of docs/explanation/performance.md.
Clips last a quarter of a second at 8 kHz (4 kB), so that what is counted is what every clip costs and not its length.
Steps, in order: `index` opens the dataset and reads every header; `first batch` is that with empty caches up to a batch
of features, in a set that is taken as large; `hash` reads every file; `features` computes and keeps them; `epoch` loads
all kept features once, shuffled, in batches of 32; `decode` captions all clips greedily with a tiny network.
Times are processor seconds, which a busy machine changes less than the clock's; memory is the process's own peak; files
and bytes are what a step left in the cache.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COUNTS = (1_000, 10_000, 100_000, 400_000)
RATE, SAMPLES = 8000, 2000
BATCH = 32
FRONT_END = {
    "front_end": "panns", "sample_rate": RATE, "window": 256, "n_fft": 256, "hop": 128, "f_max": 4000.0, "mel_bins": 16
}  # fmt: skip
WORDS = ("a dog barks", "rain falls on a roof", "someone plays a piano", "a car passes by", "birds sing in a tree")


@dataclass(frozen=True)
class Measured:
    """What a step needed: processor seconds and MB at its peak; the files and MB that it left in the cache."""

    seconds: float
    peak: float
    files: int
    kept: float

    def __str__(self) -> str:
        """Return a table's cell."""
        left = f", {self.files:,} files, {self.kept:,.0f} MB" if self.files else ""
        return f"{self.seconds:,.1f} s, {self.peak:,.0f} MB{left}"


def make(folder: Path, count: int) -> None:
    """Write `count` clips, a thousand a folder, and their table; what is there stays."""
    import numpy as np

    lines = ["file_name,caption,split\n"]
    for number in range(count):
        name = f"{number // 1000:04d}/{number:06d}.wav"
        split = "development" if number % 100 else "validation"
        lines.append(f"{name},{WORDS[number % len(WORDS)]},{'evaluation' if number == 1 else split}\n")
        path = folder / name
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(-3000, 3000, SAMPLES, dtype=np.int16)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE, SAMPLES, "NONE", ""))
            file.writeframes(noise.tobytes())
    (folder / "captions.csv").write_text("".join(lines), encoding="utf-8")


def listed(folder: Path) -> list[Any]:
    """Return the clips to train on."""
    from aacbench.contracts import DatasetOptions
    from aacbench.host import manager

    return manager.load().registries.dataset("csv-captions", DatasetOptions(folder)).clips("development")


def cached() -> Any:
    """Return the cache of features."""
    from aacbench.audio import feature_settings
    from aacbench.audio.cache import FeatureCache

    return FeatureCache(feature_settings(FRONT_END))


def first_batch(folder: Path) -> None:
    """List the clips, find out what stages are kept under, and load a batch."""
    from aacbench.audio import large
    from aacbench.datasets.fingerprint import identity

    large.LARGE = 0
    clips = listed(folder)
    identity(clips)
    loaded(clips[:BATCH])


def loaded(clips: Sequence[Any]) -> Any:
    """Return the batch of these clips."""
    from aacbench.audio.batch import pad

    return pad(cached().load_all(clips))


def epoch(folder: Path) -> None:
    """Load all clips once."""
    from aacbench.runtime.seeds import shuffled
    from aacbench.training.batches import cut_batches
    from aacbench.training.prefetch import prefetch

    clips = listed(folder)
    batches = cut_batches([clips[index] for index in shuffled(len(clips), "growth")], BATCH)
    frames = sum(int(lengths.sum()) for _, lengths in prefetch(loaded, batches))
    assert frames > len(clips)


def decode(folder: Path) -> None:
    """Caption all clips."""
    from aacbench.audio import feature_settings
    from aacbench.contracts import EncoderChoice, make, make_encoder
    from aacbench.host import manager
    from aacbench.inference.captioner import NetworkCaptioner
    from aacbench.inference.settings import SearchSettings
    from aacbench.models.captioning import EncoderDecoder
    from aacbench.text.vocabulary import Vocabulary

    registries = manager.load().registries
    choice = EncoderChoice("cnn10", feature_settings(FRONT_END), {"width": 4})
    encoder = make_encoder(registries.encoders[choice.name], choice.features, **choice.settings)
    vocabulary = Vocabulary.build(WORDS)
    sizes = {"vocabulary_size": len(vocabulary), "encoder_dim": int(encoder.dim)}
    decoder = make(registries.decoders["gru-attention"], **sizes, dim=8, embedding_dim=8, attention_dim=8)
    search = SearchSettings(beam_size=1, max_words=5, batch_size=BATCH)
    captioner = NetworkCaptioner(EncoderDecoder(choice.features, encoder, decoder), vocabulary, search)
    clips = listed(folder)
    for first in range(0, len(clips), 64):  # as a run does
        captioner.caption(clips[first : first + 64])


def hashed(folder: Path) -> None:
    """Hash all clips."""
    from aacbench.datasets.fingerprint import fingerprint

    fingerprint(listed(folder))


def features(folder: Path) -> None:
    """Compute and keep all features."""
    cached().prepare(listed(folder), progress=False)


STEPS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "index": ("indexing", listed),
    "first": ("to the first batch", first_batch),
    "hash": ("hashing", hashed),
    "features": ("features", features),
    "epoch": ("an epoch over kept features", epoch),
    "decode": ("decoding", decode),
}


def measured(step: str, folder: Path, home: Path) -> Measured:
    """Do a step in a process of its own; the next one finds what it left, but for the first batch's."""
    if step == "hash":
        shutil.rmtree(home, ignore_errors=True)
    before = left(home)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "AACBENCH_HOME": str(home)}
    command = [sys.executable, __file__, "--step", step, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"{step} failed: {done.stderr[-2000:]}")
    after = left(home)
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return Measured(seconds, peak, after[0] - before[0], (after[1] - before[1]) / 1e6)


def left(folder: Path) -> tuple[int, int]:
    """Return how many files lie below a folder, and their bytes."""
    sizes = [(Path(parent) / name).stat().st_size for parent, _, names in os.walk(folder) for name in names]
    return len(sizes), sum(sizes)


def lines(counts: Sequence[int], steps: Sequence[str], folder: Path) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"| clips | {' | '.join(STEPS[step][0] for step in steps)} |\n|{'---|' * (len(steps) + 1)}"
    for count in counts:
        clips, home = folder / f"clips-{count}", folder / f"home-{count}"
        make(clips, count)
        cells = []
        for step in steps:
            cells.append(str(measured(step, clips, home)))
            print(f"{count:,} {step}: {cells[-1]}", file=sys.stderr, flush=True)
        yield f"| {count:,} | {' | '.join(cells)} |"
        shutil.rmtree(clips)
        shutil.rmtree(home)


def do(step: str, folder: Path) -> None:
    """Do a step in this process and print what it took."""
    with redirect_stdout(sys.stderr):
        STEPS[step][1](folder)
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))  # ru_maxrss has the parent's, too
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps([used.ru_utime + used.ru_stime, peak / 1024]))


def main() -> None:
    """Print the table, or do one step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, nargs="*", default=COUNTS)
    parser.add_argument("--steps", nargs="*", choices=STEPS, default=[*STEPS])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--step", choices=STEPS)
    given = parser.parse_args()
    if given.step:
        do(given.step, given.folder)
        return
    with tempfile.TemporaryDirectory(prefix="aacbench-growth-") as temporary:
        for line in lines(given.clips, given.steps, given.folder or Path(temporary)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
