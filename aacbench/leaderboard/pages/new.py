"""`aacbench leaderboard init`: an empty, valid leaderboard of one's own, with one board and its workflow."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from aacbench.contracts import DatasetOptions, DatasetSpec, MetricSpec
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.leaderboard.pages.build import write_pages
from aacbench.leaderboard.store.boards import Board, board_path, facts_from, text_of
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.names import checked
from aacbench.version import __version__

LEADING = 5


@dataclass(frozen=True, slots=True)
class NewBoard:
    """What the command line says of the first board."""

    dataset: str
    version: str | None = None
    id: str | None = None
    title: str | None = None
    data_dir: Path | None = None


def new_leaderboard(root: Path, asked: NewBoard, registries: Registries, changes: Changes) -> Board:
    """Write a leaderboard without records; return its board. Its first record pins the data.

    Raises:
        UserError: there is one already, the dataset is unknown or not here, or a name is none.
    """
    if (root / "boards").exists():
        raise UserError(f"{root} is a leaderboard already; boards are files in {root / 'boards'}")
    spec = registries.datasets[asked.dataset]
    board = _board(spec, asked, registries)
    changes.write(board_path(root, board), text_of(board))
    workflow = (files("aacbench.leaderboard.pages") / "templates/workflow.yml").read_text(encoding="utf-8")
    changes.write(root / ".github/workflows/leaderboard.yml", workflow.replace("@VERSION@", __version__))
    changes.write(root / ".gitignore", "site/\n.*.part\n.*.lock\n")
    write_pages(root, changes)
    return board


def _board(spec: DatasetSpec, asked: NewBoard, registries: Registries) -> Board:
    dataset = registries.dataset(spec.name, DatasetOptions(asked.data_dir, asked.version))
    metrics = [one for one in registries.metrics if one.default and one.ranked and one.task == "captioning"]
    names = [name for one in metrics for name in one.outputs]
    prominent = sorted((one for one in metrics if one.prominent), key=lambda one: -one.prominent) or metrics
    leading = [name for one in prominent for name in one.headline][:LEADING]
    return Board(
        id=checked("board", asked.id or spec.name), order=1, title=asked.title or f"{spec.name} {dataset.version}",
        summary=spec.summary, task="captioning", dataset=spec.name, version=dataset.version, rank_by=leading[0],
        metrics=names, leading=leading, facts=facts_from(_specs(registries), names), compare_by=leading[:2],
        ships_references=spec.embedded, ships_audio=spec.embedded,
    )  # fmt: skip


def _specs(registries: Registries) -> list[MetricSpec]:
    return [*registries.metrics]
