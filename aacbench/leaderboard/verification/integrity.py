"""What makes a record worthless though its scores are right: `add`, `check` and `verify` refuse it alike.

The same work under another seed or name, training on the evaluation clips, a preset's name over other settings, a
second floor of one kind, captions copied from the references, a score that is not what its rows say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.entries import MILLION, Entry, wording
from aacbench.leaderboard.store.presets import Presets

MEAN_SLACK = 1e-6
Words = Mapping[str, frozenset[int]]  # of each clip's references, see `words_of`
COPIED, NOTICED = 0.5, 0.2  # shares of captions that are word for word a reference: refused, said


def problems_of(board: Board, entry: Entry, presets: Presets, words: Words) -> list[str]:
    """Return what is wrong with one entry, as far as that shows without scoring it again.

    Raises:
        UserError: its rows are malformed.
    """
    objection = board.objection(entry)
    unpinned = board.pin is not None and board.pin.references is None
    if unpinned and objection is None:
        objection = "is on a board that pins no references yet; `aacbench leaderboard rescore` pins them"
    named = [problem for problem in (objection, presets.problem(entry.record)) if problem]
    return [*named, *_of_data(entry), *_of_rows(board, entry), *_of_scores(board, entry), *_copied(entry, words)]


def repeated(entries: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
    """Yield entries whose work stands on the board already, with what is wrong; the first of equal ones is right."""
    work: dict[tuple[object, ...], Entry] = {}
    for entry in entries:
        for key, problem in _works(entry):
            first = work.setdefault((entry.board, *key), entry)
            if first is not entry:
                yield entry, problem.format(first=first.name)
                break


def _works(entry: Entry) -> Iterator[tuple[tuple[object, ...], str]]:
    """Yield what only one entry of a board may have, and what to say of a second one."""
    record = entry.record
    if record.role != "system":
        kind = record.role if record.role == "ceiling" else record.method
        yield ("role", kind), f"is a second {record.role} of its kind; {{first}} is there already"
    if entry.contents.predictions and record.role != "ceiling":
        yield (
            ("predictions", entry.contents.predictions),
            "has the same predictions as {first}; one run counts once, under one seed and one name",
        )
    if record.predictions:
        yield ("file", record.predictions), "was made from the same file as {first}"
    if record.stages:
        keys = tuple(stage.key for stage in record.stages)
        yield ("stages", keys), "has the same stage keys as {first}; one run counts once, under one seed and one name"


def reseeded(entries: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """Yield entries that share their last stage with one of another seed: it is trained once and counted twice."""
    last: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        if entry.record.stages:
            first = last.setdefault((entry.board, entry.record.stages[-1].key), entry)
            if first.record.seed != entry.record.seed:
                yield entry, f"has the last stage's key of {first.name}, which has another seed"


def repeats(entries: Sequence[Entry]) -> dict[Path, str]:
    """Return the entries, by their path, that count what another one counts, with what is wrong."""
    return {entry.path: problem for entry, problem in (*reseeded(entries), *repeated(entries))}


def words_of(references: Mapping[str, Sequence[str]]) -> dict[str, frozenset[int]]:
    """Return a number for each reference, by clip, whatever its letter case and punctuation."""
    return {clip: frozenset(map(wording, texts)) for clip, texts in references.items()}


def copies(entry: Entry, words: Words) -> float:
    """Return the share of captions that are, word for word, one of their clip's references."""
    said = dict(zip(entry.contents.clips, entry.contents.said, strict=False))
    same = [said[clip] in known for clip, known in words.items() if clip in said]
    return sum(same) / len(same) if same else 0.0


def _copied(entry: Entry, words: Words) -> Iterator[str]:
    if words and entry.contents.said and entry.contents.predictions and entry.kind != "ceiling":
        share = copies(entry, words)
        if share >= COPIED:
            yield f"has captions of which {share:.0%} are word for word references of their clips"


def _of_data(entry: Entry) -> Iterator[str]:
    data, preset = entry.record.data, entry.record.preset
    if preset == "smoke":
        yield "is a smoke run: it shows that a method works, its scores mean nothing"
    evaluated = data.fingerprints.get("evaluation")
    for part in ("training", "validation"):
        if evaluated is not None and data.fingerprints.get(part) == evaluated:
            yield f"has the evaluation clips as its {part} clips"
    if entry.record.source == "submitted" and (entry.record.role != "system" or entry.record.stages):
        yield "is a submission; it has no stages and no other role than that of a system"


def _of_rows(board: Board, entry: Entry) -> Iterator[str]:
    pinned = board.pin.clips if board.pin else 0
    clips = entry.contents.clips
    if len(set(clips)) != pinned or (board.task == "captioning" and len(clips) != pinned):
        yield f"has rows for {len(set(clips))} of {pinned} clips"
    if board.ships_captions and not entry.contents.predictions:
        yield "has no predictions in its rows, so it cannot be scored again"
    if not board.ships_captions and entry.contents.predictions:
        yield "has captions in its rows, which may not be published on this board"
    if not board.ships_captions and entry.record.predictions is None:
        yield "says no hash of its predictions, so nobody can tell whether a file is the one that was scored"


def _of_scores(board: Board, entry: Entry) -> Iterator[str]:
    """Yield scores that are out of the metric's range, or not the mean of their rows."""
    for name, score in entry.record.scores.items():
        facts = board.facts_of(name)
        low = -math.inf if facts.lowest is None else facts.lowest
        high = math.inf if facts.highest is None else facts.highest
        if not low - MEAN_SLACK <= score.value <= high + MEAN_SLACK:
            yield f"says {name} {score.value:.6g}, which is out of its range"
        values = entry.contents.scores.get(name)
        if values is None or not len(values) or facts.aggregate != "mean":
            continue
        if name not in board.facts and score.interval is not None and score.interval.of_item_mean:
            continue
        if abs(float(values.sum()) / len(values) / MILLION - score.value) > MEAN_SLACK:
            yield f"says {name} {score.value:.6f}, which is not the mean of its rows"
