"""How a sweep shows what goes on: a live table on a terminal, one line a change anywhere else."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aacbench.contracts import MetricSpec
from aacbench.contracts.outputs import headlines, label_of
from aacbench.leaderboard.pages import labels
from aacbench.runs.record import RunRecord
from aacbench.sweep.jobs import LOG, last_attempt
from aacbench.sweep.schedule import Item, Told, Where

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

EVERY = 1.0  # seconds between two looks at the logs
MARGIN = 8  # lines of a terminal that the table leaves free
ORDER: tuple[Where, ...] = ("running", "elsewhere", "failed", "other settings", "finished", "started", "missing")
COLOURS = {"running": "cyan", "finished": "green", "failed": "red", "other settings": "red", "elsewhere": "yellow"}


def scores(record: RunRecord | None, metrics: Iterable[MetricSpec]) -> str:
    """Return the main scores in a word each, `SPIDEr .123, CIDEr-D .321`."""
    if record is None:
        return ""
    names = headlines(record.scores, metrics, most=3)
    return ", ".join(f"{label_of(name, metrics)} {labels.score(record.scores[name].value)}" for name in names)


def where_at(folder: Path) -> str:
    """Return how far a running run is: the stage that its output named last, and the last epoch that it logged."""
    titles = [line.removesuffix(" ...") for line in last_attempt(folder / LOG) if line.endswith(" ...")]
    stage = titles[-1] if titles else ""
    try:
        log = max(folder.glob("stage*/log.jsonl"), key=lambda path: path.stat().st_mtime, default=None)
        entry = json.loads(log.read_text(encoding="utf-8").splitlines()[-1]) if log else {}
        if entry.get("stage") == stage:
            return f"{stage}, epoch {entry['epoch']}"
    except (OSError, ValueError, LookupError, AttributeError, RecursionError):  # being written, or another kind of log
        pass
    return stage


def tally(items: Sequence[Item]) -> str:
    """Return how many runs stand where: `2 running, 3 finished, 7 missing`."""
    counts = Counter(item.state for item in items)
    return ", ".join(f"{counts[state]} {state}" for state in ORDER if counts[state])


@contextmanager
def view(console: Console, metrics: Iterable[MetricSpec]) -> Iterator[Told]:
    """Yield what the scheduler tells of changes; `metrics` say which scores are shown."""
    if not console.is_terminal:
        yield lambda items, changed: _line(console, items, changed, metrics)
        return
    from rich.live import Live

    with Live(console=console, auto_refresh=False, transient=True) as live:
        last = [0.0]

        def tell(items: Sequence[Item], changed: Item | None) -> None:
            now = time.monotonic()
            if changed is not None or now - last[0] > EVERY:
                last[0] = now
                live.update(_table(items, max(4, console.height - MARGIN), metrics), refresh=True)

        yield tell


def _line(console: Console, items: Sequence[Item], changed: Item | None, metrics: Iterable[MetricSpec]) -> None:
    if changed is None:
        return
    done = sum(item.settled for item in items)
    said = [changed.note, scores(changed.record, metrics) if changed.state == "finished" else ""]
    if changed.settled and changed.attempts:
        said.append(labels.seconds(changed.seconds))
    more = "; ".join(text for text in said if text)
    _print(console, f"[{done}/{len(items)}] {changed.state}: {changed.run.name}{': ' if more else ''}{more}")


def _table(items: Sequence[Item], height: int, metrics: Iterable[MetricSpec]) -> Table:
    from rich.table import Table

    table = Table(title=tally(items), title_justify="left")
    for name in ("run", "state", "at", "seconds", "scores"):
        table.add_column(name, justify="right" if name == "seconds" else "left", overflow="fold")
    ordered = sorted(items, key=lambda item: ORDER.index(item.state))
    for item in ordered[:height]:
        at = where_at(item.run.folder) if item.state == "running" and item.run.folder else item.note
        state = f"[{COLOURS.get(item.state, 'default')}]{item.state}"
        seconds = f"{item.seconds:.0f}" if item.attempts else ""
        table.add_row(_plain(item.run.name), state, _plain(at), seconds, scores(item.record, metrics))
    if len(ordered) > height:
        table.caption = f"and {len(ordered) - height} more"
    return table


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _print(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
