"""Writes clips to disk: what is missing, of the wrong size or altered since, in parallel, each file whole or absent.

A clip depends on nothing but its settings, split and index, so a killed run leaves good files and the next
one goes on. Several workers are processes of `worker.py`; their standard output names each clip as it is
done.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from aacbench.datasets.soundscapes.editions import edition
from aacbench.datasets.soundscapes.settings import SoundscapesSettings, clip_id
from aacbench.errors import AacbenchError
from aacbench.files.atomic import atomic_write
from aacbench.files.content import altered
from aacbench.runtime import children
from aacbench.runtime.cores import available

_HEADER = 44
_FEW = 24  # clips a process: as many are rendered here as soon as a new process has started
_RATE = 16_000
# Keep freed arrays in the process (glibc; unknown elsewhere): a third of a worker's time went to page faults.
_MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(64 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}


def clip_path(folder: Path, split: str, index: int) -> Path:
    """Return where a clip lies below the folder of its settings."""
    return folder / split / clip_id(split, index)


def missing(settings: SoundscapesSettings, folder: Path, split: str) -> list[int]:
    """Return the indices of clips that are absent, do not have the size they must have, or hold what they did not."""
    directory = folder / split
    entries = os.scandir(directory) if directory.is_dir() else ()
    # What another process is writing has a hidden name, and may be gone the next moment.
    sizes = {entry.name: entry.stat().st_size for entry in entries if not entry.name.startswith(".")}
    return [
        index
        for index in range(settings.size(split))
        if sizes.get(clip_id(split, index)) != _file_size(settings, split, index)
        or altered(clip_path(folder, split, index))
    ]


def write_clip(settings: SoundscapesSettings, folder: Path, split: str, index: int) -> None:
    """Render a clip and write it as 16-bit mono PCM."""
    data = edition(settings).render(settings, split, index).astype("<i2").tobytes()
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(data),
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        _RATE,
        2 * _RATE,
        2,
        16,
        b"data",
        len(data),
    )
    atomic_write(clip_path(folder, split, index), header + data)


def write_clips(
    settings: SoundscapesSettings,
    folder: Path,
    split: str,
    indices: Sequence[int],
    done: Callable[[], object],
    workers: int | None = None,
) -> None:
    """Write the clips at `indices`, calling `done` after each; `workers` defaults to the cores there are.

    Raises:
        AacbenchError: a worker failed (a full disk, a folder that cannot be written).
    """
    workers = min(workers or available(), -(-len(indices) // _FEW))
    if workers <= 1:
        for index in indices:
            write_clip(settings, folder, split, index)
            done()
        return
    shares = [list(indices[start::workers]) for start in range(workers)]
    jobs = [json.dumps([asdict(settings), str(folder), split, share]) for share in shares]
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        running = [stack.enter_context(_worker()) for _ in jobs]
        for finished in [pool.submit(_follow, *pair, done) for pair in zip(running, jobs, strict=True)]:
            finished.result()


@contextmanager
def _worker() -> Iterator[subprocess.Popen[str]]:
    """Yield a worker process that sees the same packages as this one; it does not outlive the block."""
    packages = os.pathsep.join(path for path in sys.path if path)
    environment = children.environment({**_MALLOC, "PYTHONPATH": packages})
    command = children.python("-m", "aacbench.datasets.soundscapes.worker")
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def _follow(process: subprocess.Popen[str], job: str, done: Callable[[], object]) -> None:
    """Hand a worker its job and count what it finishes."""
    assert process.stdin and process.stdout and process.stderr  # they are pipes
    with suppress(BrokenPipeError):  # it ended at once: its complaint is read below
        process.stdin.write(job)
        process.stdin.close()
    for _ in process.stdout:
        done()
    complaint = process.stderr.read().strip()
    if process.wait() != 0:
        last = complaint.splitlines()[-1] if complaint else f"it ended with status {process.returncode}"
        raise AacbenchError(f"a worker that renders soundscapes failed: {last}")


def _file_size(settings: SoundscapesSettings, split: str, index: int) -> int:
    return _HEADER + 2 * round(edition(settings).compose(settings, split, index).seconds * _RATE)
