"""How many of a board's evaluation clips a data set holds to learn from, by recording and by the bytes of the audio.

What is counted stands in the board's file, so that the page knows it without the audio.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aacbench.audio.source import audio_key, is_missing
from aacbench.contracts import DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError, unknown_name
from aacbench.leaderboard.pages.build import write_pages
from aacbench.leaderboard.store.boards import EVALUATION, board_path, load, text_of
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.references import board_dataset
from aacbench.runtime.progress import progress
from aacbench.types import Clip

LEARNED = ("development", "validation")


@dataclass(frozen=True, slots=True)
class OverlapRequest:
    """Which data set is looked for in which board's clips, and where both lie."""

    root: Path
    board: str
    dataset: str
    version: str | None = None
    data_dir: Path | None = None
    board_data_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Evaluation clips that are in the data set: `by_source`, one recording, and `by_audio`, the same bytes.

    `unheard` are evaluation clips whose audio is not here; `unknown` those that name no source either.
    """

    evaluated: int
    by_source: tuple[str, ...]
    by_audio: tuple[str, ...]
    unheard: int
    unknown: int

    @property
    def clips(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((*self.by_source, *self.by_audio)))


def overlap(request: OverlapRequest, registries: Registries, changes: Changes) -> Overlap:
    """Count a board's evaluation clips in what a data set is learned from, and write the count into the board.

    Raises:
        UserError: there is no such board or data set, one is not here, or nothing is known of any evaluation clip.
    """
    boards = load(request.root)
    if request.board not in boards:
        raise unknown_name("board", request.board, boards)
    board = boards[request.board]
    evaluated = [*board_dataset(board, registries, request.board_data_dir).clips(EVALUATION)]
    if request.dataset == board.dataset and request.version is None and request.data_dir is None:
        other = board_dataset(board, registries, request.board_data_dir)
    else:
        other = registries.dataset(request.dataset, DatasetOptions(request.data_dir, request.version))
    found = compare(evaluated, [clip for split in LEARNED if split in other.splits for clip in other.clips(split)])
    if found.unknown == len(evaluated):
        raise UserError(
            f"the evaluation clips of {board.dataset} name no source, and their audio is not here: nothing to compare; "
            "say where it lies with --board-data-dir"
        )
    counted = board.model_copy(update={"overlaps": {**board.overlaps, request.dataset: len(found.clips)}})
    changes.write(board_path(request.root, board), text_of(counted))
    write_pages(request.root, changes)
    return found


def compare(evaluated: Iterable[Clip], learned: Iterable[Clip]) -> Overlap:
    """Return which of the clips `evaluated` are among those `learned` from; audio that is not here is passed over."""
    clips, sources, sounds = [*evaluated], set[str](), set[str]()
    heard = [clip for clip in clips if not is_missing(clip.audio)]
    for clip in learned:
        if clip.source is not None:
            sources.add(clip.source)
        if heard and not is_missing(clip.audio):
            sounds.add(audio_key(clip.audio))
    by_audio = []
    with progress("hearing clips", len(heard)) as bar:
        for number, clip in enumerate(heard, 1):
            by_audio += [clip.id] if audio_key(clip.audio) in sounds else []
            bar.update(number)
    unknown = sum(clip.source is None and is_missing(clip.audio) for clip in clips)
    by_source = tuple(clip.id for clip in clips if clip.source is not None and clip.source in sources)
    return Overlap(len(clips), by_source, tuple(by_audio), len(clips) - len(heard), unknown)
