"""A board's references: those shipped beside it, or the dataset's own where they may not be."""

from __future__ import annotations

from pathlib import Path

from aacbench.contracts import Dataset, DatasetOptions, load
from aacbench.contracts.registry import Registries
from aacbench.datasets.fingerprint import fingerprint
from aacbench.errors import UserError
from aacbench.leaderboard.store.boards import Board, References, shipped_references


def references(root: Path, board: Board, registries: Registries, data_dir: Path | None = None) -> References:
    """Return the references of the board's evaluation clips.

    Raises:
        UserError: they are neither beside the board nor where the dataset is looked for.
    """
    return shipped_references(root, board) or from_dataset(board, registries, data_dir)[0]


def from_dataset(board: Board, registries: Registries, data_dir: Path | None = None) -> tuple[References, str]:
    """Return the references and the fingerprint of the evaluation clips as the dataset has them.

    Raises:
        UserError: the dataset is not here.
    """
    try:
        spec = registries.datasets[board.dataset]
        dataset: Dataset = load(spec.factory)(DatasetOptions(data_dir, board.version, board.settings))
        clips = dataset.clips("evaluation")
    except UserError as error:
        raise UserError(f"the references of the board {board.id} are needed to score it: {error}") from error
    return {clip.id: clip.captions for clip in clips}, fingerprint(clips)
