"""Searching audio by text with a finished retrieval run; embeddings are kept, so that a second search is instant."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aacbench.audio.io import info
from aacbench.contracts import Retriever
from aacbench.errors import AacbenchError, UserError, first_few
from aacbench.files.audio_files import READABLE
from aacbench.files.audio_files import audio_below as files_with_audio
from aacbench.files.safe_read import load_json
from aacbench.inference.embeddings import embed, retriever_key
from aacbench.runs.one_by_one import each
from aacbench.runs.tasks.retrieval import CLIPS
from aacbench.types import Clip


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A file and how similar it is to the text, at most 1."""

    path: Path
    similarity: float


def audio_below(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the audio files below `folder` that can be read, by path, and what is wrong with the others.

    Raises:
        UserError: there is no such folder, or no audio in it that can be read.
    """
    folder = folder.expanduser()
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; name one with audio ({', '.join(READABLE)}) in it or below")
    files, broken = [], []
    for path in sorted(files_with_audio(folder)):
        try:
            info(path)
        except UserError as error:
            broken.append(str(error))
        else:
            files.append(path)
    if not files:
        why = f"; {len(broken)} cannot be read: {broken[0]}" if broken else ""
        raise UserError(f"no audio ({', '.join(READABLE)}) in {folder} or below{why}")
    return files, broken


def evaluated(run: Path) -> list[Path]:
    """Return the evaluation clips of a run.

    Raises:
        UserError: some are no longer where they were, or the run does not say where.
    """
    try:
        files = [Path(path) for path in load_json(run / CLIPS).values()]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{run} does not say where its clips lie; name a folder of audio with --folder") from error
    gone = [str(path) for path in files if not os.path.isfile(path)]
    if gone:
        raise UserError(
            f"{len(gone)} of the run's {len(files)} clips are gone ({first_few(gone, 2)}); name a folder with --folder"
        )
    return files


def search(
    retriever: Retriever, stages: Sequence[str], text: str, files: Sequence[Path], top: int
) -> tuple[list[SearchResult], list[str]]:
    """Return the `top` files that are most similar to `text`, the best first, and what is wrong with other files.

    `stages` are the run's stage keys. A file whose header is sound and whose rest is not costs none of the others.

    Raises:
        UserError: the text is empty, or no file can be read.
    """
    if not text.strip():
        raise UserError('the text to search for is empty; say what is heard, such as "a dog barks in the rain"')
    clips, key = [Clip(path.name, path) for path in files], retriever_key(stages, retriever)
    broken: list[str] = []
    try:
        audio = embed(retriever, key, clips, "embedding clips")
    except UserError:
        files, complaints = _sound(retriever, key, files)
        broken = [str(complaint) for complaint in complaints]
        if not files:
            raise
        audio = embed(retriever, key, [Clip(path.name, path) for path in files], "embedding clips")
    similarity = audio @ retriever.embed_texts([text])[0]
    order = np.argsort(-similarity, kind="stable")[:top]
    return [SearchResult(files[index], float(similarity[index])) for index in order], broken


def _sound(retriever: Retriever, key: str, files: Sequence[Path]) -> tuple[list[Path], list[AacbenchError]]:
    """Return the files that can be embedded, and what is wrong with the others."""

    def work(some: Sequence[Path]) -> Sequence[object]:
        return [*embed(retriever, key, [Clip(path.name, path) for path in some], "embedding clips")]

    done = [*each(files, work)]
    broken = [made for _, made in done if isinstance(made, AacbenchError)]
    return [path for path, made in done if not isinstance(made, AacbenchError)], broken
