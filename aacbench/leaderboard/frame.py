"""A board as a data frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aacbench.errors import UserError, resolve_name
from aacbench.leaderboard.pages.views import assemble
from aacbench.leaderboard.ranking.rows import BoardRow
from aacbench.runtime.frames import frame

if TYPE_CHECKING:
    import pandas as pd

TEXTS = ("kind", "method", "variant", "preset", "seeds")
FIRST = ("rank", *TEXTS, "training_seconds", "decoding_seconds")


def board_frame(root: Path, board: str) -> pd.DataFrame:
    """Return the rows of the board called `board`; `api.load_board` says with which columns.

    Raises:
        UserError: there is no such board, or the leaderboard is damaged.
    """
    if not root.is_dir():
        raise UserError(f"no leaderboard at {root}; name its folder")
    views = {view.board.id: view for view in assemble(root).views}
    view = views[resolve_name("board", board, views)]
    rows = [_row(row, view.board.metrics) for row in view.rows]
    return frame(rows, TEXTS, ("rank",), FIRST)


def _row(row: BoardRow, metrics: list[str]) -> dict[str, Any]:
    method, variant, preset = row.key
    values: dict[str, Any] = {
        "rank": row.rank,
        "kind": row.kind,
        "method": method,
        "variant": variant,
        "preset": preset,
        "seeds": " ".join(map(str, row.seeds)),
        "training_seconds": row.training_seconds,
        "decoding_seconds": row.decoding_seconds,
    }
    for name in metrics:
        if cell := row.cells.get(name):
            values |= {name: cell.mean, f"{name}_spread": cell.spread}
            values |= {f"{name}_low": cell.low, f"{name}_high": cell.high}
    return values
