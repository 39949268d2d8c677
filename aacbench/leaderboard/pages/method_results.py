"""What a paper's systems scored on the boards, as its plugin's README says it: the boards' own numbers."""

from __future__ import annotations

from collections.abc import Sequence

from aacbench.errors import counted
from aacbench.leaderboard.pages import labels
from aacbench.leaderboard.pages.marks import with_section
from aacbench.leaderboard.pages.row_view import USUAL
from aacbench.leaderboard.pages.views import BoardView
from aacbench.leaderboard.ranking.rows import BoardRow
from aacbench.leaderboard.store.free_text import markdown as escape


def results_section(views: Sequence[BoardView], paper: str) -> str:
    """Return a table for each of a paper's methods, a column for each board where it ran.

    Rows are runs with the usual preset: mean, standard deviation over seeds, and their number. `paper` is the plugin.
    """
    methods = sorted({row.key[0] for view in views for row in view.rows if _is_of(row.key[0], paper)})
    return "\n\n".join(table for method in methods if (table := _table(views, method)))


def with_results(text: str, views: Sequence[BoardView], paper: str) -> str:
    """Return a README with what its marks enclose brought up to date."""
    return with_section(text, "results", results_section(views, paper))


def _is_of(method: str, paper: str) -> bool:
    return f"{method}-".startswith(f"{paper}-")


def _table(views: Sequence[BoardView], method: str) -> str:
    """Return one method's table; nothing where no board has a run of it."""
    found = [(view, _by_variant(view, method)) for view in views]
    found = [(view, rows) for view, rows in found if rows]
    columns = [(view, rows, metric) for view, rows in found for metric in dict.fromkeys(view.board.compare_by)]
    if not columns:
        return ""
    heads = [f"{escape(view.board.title)}, {view.board.facts_of(metric).label}" for view, _, metric in columns]
    latest = [variant for _, rows in reversed(found) for variant in rows]
    lines = [f"| `{method}` | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for variant in dict.fromkeys(latest):
        cells = [_cell(rows.get(variant), metric) for _, rows, metric in columns]
        lines.append(f"| {escape(variant)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _by_variant(view: BoardView, method: str) -> dict[str, BoardRow]:
    """Return a board's runs of a method, the best first; of two of a variant that with more seeds."""
    mine = [row for row in view.rows if (row.key[0], row.key[2]) == (method, USUAL) and row.record.source == "run"]
    most = {row.key[1]: row for row in sorted(mine, key=lambda row: len(row.entries))}
    return {row.key[1]: row for row in mine if most[row.key[1]] is row}


def _cell(row: BoardRow | None, metric: str) -> str:
    cell = row.cells.get(metric) if row else None
    if row is None or cell is None:
        return ""
    spread = f" ± {labels.score(cell.spread)}" if cell.spread is not None else ""
    return f"{labels.score(cell.mean)}{spread}, {counted(len(row.entries), 'seed')}"
