"""Audio files captioned with a finished run: those that cannot be read are named, the others are captioned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from aacbench.audio.io import info
from aacbench.contracts.registry import Registries
from aacbench.errors import AacbenchError, UserError
from aacbench.runs.one_by_one import each
from aacbench.runs.reopen import open_run, stored_run
from aacbench.types import Clip


def caption_files(
    files: Sequence[Path], run_folder: Path, registries: Registries, device: str
) -> Iterator[tuple[Path, str | AacbenchError]]:
    """Yield each file with its caption, or with what is wrong with it; those whose header is broken come first.

    Raises:
        UserError: the folder holds no finished captioning run.
    """
    stored_run(run_folder, registries, "captioning")  # before files are read
    readable: list[Path] = []
    for path in files:
        try:  # before the network is loaded
            info(path)
        except UserError as error:
            yield path, error
        else:
            readable.append(path)
    if readable:
        captioner = open_run(run_folder, registries, device)
        yield from each(readable, lambda some: captioner.caption([Clip(path.name, path) for path in some]))
