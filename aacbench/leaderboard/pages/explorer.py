"""What the clip explorer shows: references and, side by side, what every system said of a clip and how it scored.

Captions are kept once and named by number; scores are whole thousandths. The first seed of the best rows is shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aacbench.leaderboard.pages.row_view import code_name
from aacbench.leaderboard.ranking.rows import BoardRow
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.entries import CaptionRow
from aacbench.leaderboard.store.free_text import plain
from aacbench.leaderboard.store.references import References
from aacbench.types import Event

SYSTEMS = 60


@dataclass(frozen=True)
class Media:
    """What is published beside the page: boards with sounds and pictures, rows with attention, and clips' events."""

    boards: frozenset[str] = frozenset()
    attention: Mapping[str, Sequence[str]] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, Sequence[Event]]] = field(default_factory=dict)


def explorer_data(board: Board, rows: Sequence[BoardRow], references: References, media: Media) -> dict[str, Any]:
    """Return `{clips, media, references, texts, metrics, systems}`; empty where there is nothing to explore."""
    shown = [row for row in rows if row.kind != "system" or (row.rank or SYSTEMS + 1) <= SYSTEMS]
    if not shown or not references:
        return {}
    means = [name for name in board.leading if board.facts_of(name).aggregate == "mean"]
    metrics = means or [*board.leading]
    texts: dict[str, int] = {}
    systems = []
    for row in shown:
        answers: dict[str, tuple[list[int], list[int | None]]] = {}
        for item in row.entries[0].rows():
            scores = [round(item.scores[name] * 1000) if name in item.scores else None for name in metrics]
            said = [item.caption or ""] if isinstance(item, CaptionRow) else [item.query, *item.ranked[:3]]
            numbers = [texts.setdefault(plain(text), len(texts)) for text in said]
            answers.setdefault(item.clip, (numbers, scores))
        systems.append(
            {
                "id": row_id(row),
                "code": code_name(row),
                "kind": row.kind,
                "said": [answers[clip][0] if clip in answers else [] for clip in references],
                "scores": [answers[clip][1] if clip in answers else [] for clip in references],
            }
        )
    return {
        "clips": [plain(clip) for clip in references],
        "media": [media_name(clip) for clip in references] if board.id in media.boards else [],
        "attention": [*media.attention.get(board.id, ())],
        "events": [_events(media.events[board.id].get(clip, ())) for clip in references]
        if board.id in media.events
        else [],
        "references": [[plain(text) for text in captions] for captions in references.values()],
        "texts": [*texts],
        "metrics": metrics,
        "rank_by": board.rank_by,
        "systems": systems,
    }


def _events(events: Sequence[Event]) -> list[list[Any]]:
    return [[plain(event.label), round(event.onset, 2), round(event.offset, 2)] for event in events]


def media_name(clip: str) -> str:
    """Return a clip's name among the page's media: letters and digits whatever the clip is called."""
    return hashlib.sha256(clip.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def row_id(row: BoardRow) -> str:
    """Return a short name of the row that is the same on every machine."""
    text = "\x1f".join((row.board.id, *row.key, *(str(entry.path.name) for entry in row.entries)))
    return hashlib.sha256(text.encode()).hexdigest()[:10]
