"""How time and memory grow with the number of captions and of clips: each measurement in a process of its own.

`python tests/benchmarks/growth.py` prints the README's tables; `--captions 1000 10000 --clips 1000` choose sizes,
`--folder` a place for the clips (128 kB each) and all caches. Captions are soundscapes' references, five a clip, and
each candidate is another wording of its scene; all are parsed anew. Clips last four seconds, their features have ten
frames a second; three of four are trained on for one epoch by the smallest network, the others captioned and scored.
Memory is a process's own peak (VmHWM), times are its processor seconds, its workers' included, which a busy machine
changes less than the clock's.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from typing import NamedTuple

CAPTIONS = (1_000, 10_000, 100_000)
CLIPS = (1_000, 5_000, 20_000)
VALIDATION = 100  # clips, however many are trained on
RUN = ("run", "--method", "seq2seq", "--preset", "smoke", "--pretraining", "none")
SHORT = ("--set", "captions.train.epochs=1", "--set", "features.hop=3200")  # one epoch, ten frames a second


class Measured(NamedTuple):
    """What a process needed: processor seconds, and MB at its peak."""

    seconds: float
    megabytes: float

    def __str__(self) -> str:
        """Return a table's cell."""
        return f"{self.seconds:.0f} s, {self.megabytes:.0f} MB"


def measured(work: str, folder: Path, count: int, home: Path | None = None) -> Measured:
    """Do `work` on `count` captions or clips below `folder` in a process of its own, with caches in `home`."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **({"AACBENCH_HOME": str(home)} if home else {})}
    command = [sys.executable, __file__, "--work", work, "--count", str(count), "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"{work} of {count} failed: {done.stderr[-2000:]}")
    return Measured(*json.loads(done.stdout.splitlines()[-1]))


def write(folder: Path, count: int) -> None:
    """Write `predictions.csv` and `references.csv` of `count` clips."""
    from aacbench.datasets.soundscapes.composition import WORDING, clip_stream, compose
    from aacbench.datasets.soundscapes.grammar import word
    from aacbench.datasets.soundscapes.settings import SoundscapesSettings

    settings = SoundscapesSettings(development=count, evaluation=count)
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        ours, theirs = (
            csv.writer(stack.enter_context(open(folder / f"{name}.csv", "w", encoding="utf-8", newline="")))
            for name in ("predictions", "references")
        )
        ours.writerow(["file_name", "caption_predicted"])
        theirs.writerow(["file_name", *(f"caption_{number}" for number in range(1, 6))])
        for index in range(count):
            scene = compose(settings, "development", index)
            wordings = [
                word(scene, clip_stream(settings, split, index, WORDING)) for split in ("development", "evaluation")
            ]
            theirs.writerow([f"{index}.wav", *(reference.text for reference in wordings[0])])
            ours.writerow([f"{index}.wav", wordings[1][0].text])


def score(folder: Path, metrics: str | None = None) -> None:
    """Score the captions in `folder` with the default metrics, or with these, and write the scores of each clip."""
    from aacbench.cli import cli

    files = [str(folder / "predictions.csv"), "--references", str(folder / "references.csv")]
    chosen = ["--metrics", metrics] if metrics else []
    cli.main(["score", *files, "--items", str(folder / "items.csv"), *chosen], standalone_mode=False)


def sizes(count: int) -> dict[str, str]:
    """Return the settings of soundscapes that make `count` clips of four seconds."""
    counts = {"validation": VALIDATION, "evaluation": count // 4, "development": count - count // 4 - VALIDATION}
    return {name: str(value) for name, value in {**counts, "min_seconds": 4.0, "max_seconds": 4.0}.items()}


def generate(folder: Path, count: int) -> None:
    """Write the clips that are not there yet."""
    from aacbench.contracts import DatasetOptions
    from aacbench.datasets.soundscapes.dataset import from_options

    dataset = from_options(DatasetOptions(settings=sizes(count)))
    assert sum(len(dataset.clips(split)) for split in dataset.splits) == count


def run(folder: Path, count: int) -> None:
    """List the clips, extract features, train an epoch, caption the evaluation clips, score: `aacbench run`."""
    from aacbench.cli import cli

    settings = [word for name, value in sizes(count).items() for word in ("--dataset-set", f"{name}={value}")]
    cli.main([*RUN, *SHORT, *settings, "--output", str(folder / "run")], standalone_mode=False)


def clips_measured(folder: Path, count: int) -> Iterator[Measured]:
    """Yield what generating the clips took, then a run on them, then the same command again."""
    yield measured("generate", folder, count, folder / "home")
    for _ in range(2):
        yield measured("run", folder, count, folder / "home")


def tables(captions: Sequence[int], clips: Sequence[int], folder: Path) -> Iterator[str]:
    """Yield the lines of the README's tables."""
    if captions:
        yield "| captions scored | all but SPICE | SPICE |\n|---|---|---|"
        write(folder, 100)
        measured("score", folder, 100, folder / "home")  # makes METEOR's index and compiles once
    for count in captions:
        write(folder, count)
        shutil.rmtree(folder / "home/spice", ignore_errors=True)
        cells = [str(measured(work, folder, count, folder / "home")) for work in ("score", "spice")]
        yield f"| {count:,} | {' | '.join(cells)} |"
    if clips:
        yield "\n| clips | generating them | a run | the finished run again |\n|---|---|---|---|"
    for count in clips:
        shutil.rmtree(folder / "run", ignore_errors=True)
        yield f"| {count:,} | {' | '.join(map(str, clips_measured(folder, count)))} |"


FAST = "bleu,rouge_l,meteor,cider_d"
WORK: dict[str, Callable[[Path, int], None]] = {
    "write": write, "generate": generate, "run": run,
    "score": lambda folder, _: score(folder, FAST), "spice": lambda folder, _: score(folder, "spice"),
}  # fmt: skip


def work(name: str, folder: Path, count: int) -> None:
    """Do the work in this process and print what it took."""
    with redirect_stdout(sys.stderr):
        WORK[name](folder, count)
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))  # ru_maxrss has the parent's, too
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps([sum(one.ru_utime + one.ru_stime for one in used), peak / 1024]))


def main() -> None:
    """Print the tables, or do one work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captions", type=int, nargs="*", default=CAPTIONS)
    parser.add_argument("--clips", type=int, nargs="*", default=CLIPS)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--work", choices=WORK)
    parser.add_argument("--count", type=int, default=0)
    given = parser.parse_args()
    if given.work:
        work(given.work, given.folder, given.count)
        return
    with tempfile.TemporaryDirectory(prefix="aacbench-growth-") as temporary:
        for line in tables(given.captions, given.clips, given.folder or Path(temporary)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
