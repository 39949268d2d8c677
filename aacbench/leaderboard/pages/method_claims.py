"""What came of a paper's claims, as its plugin's README says it: the board's own words, written once."""

from __future__ import annotations

from collections.abc import Sequence

from aacbench.leaderboard.pages import labels
from aacbench.leaderboard.pages.marks import with_section
from aacbench.leaderboard.pages.row_view import pair_view
from aacbench.leaderboard.pages.views import BoardView
from aacbench.leaderboard.ranking.claims import ClaimOutcome
from aacbench.leaderboard.store.free_text import markdown as escape


def claims_section(views: Sequence[BoardView], paper: str) -> str:
    """Return the table of those of a paper's claims that a board tests; `paper` is its plugin."""
    lines = ["| claim | on | here | better − worse |", "|---|---|---|---|"]
    for view in views:
        for one in view.outcomes:
            if f"{one.claim.paper}-".startswith(f"{paper}-") and one.verdict != "not tested":
                title = escape(view.board.title)
                lines.append(f"| {escape(one.claim.claim)} | {title} | **{one.verdict}** | {_effects(view, one)} |")
    return "\n".join(lines)


def with_claims(text: str, views: Sequence[BoardView], paper: str) -> str:
    """Return a README with what its marks enclose brought up to date."""
    return with_section(text, "claims", claims_section(views, paper))


def _effects(view: BoardView, outcome: ClaimOutcome) -> str:
    label = view.board.facts_of(outcome.claim.metric).label
    pairs = [pair_view(test, label) for test in outcome.tests]
    said = [
        f"{escape(f'{pair.better} − {pair.worse}')}: {escape(pair.effect)} ({pair.interval}), "
        + ", ".join(part for part in (pair.p, pair.power, pair.seeds) if part)
        for pair in pairs
        if pair.effect
    ]
    together = [f"together {labels.p_value(outcome.p)} after correction"] if outcome.p is not None else []
    return "<br>".join([*said, *together])
