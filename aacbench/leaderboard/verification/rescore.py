"""Scoring a board's rows again from captions and references alone, and what differs from what a record says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError, counted, cut, first_few
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.entries import CaptionRow, RankedRow, Rows, rounded
from aacbench.leaderboard.store.references import References, digest
from aacbench.runs.record import IntervalRecord, ScoreRecord
from aacbench.scoring import select
from aacbench.scoring.core import score_ready
from aacbench.scoring.leave_one_out import score_leave_one_out
from aacbench.scoring.report import Interval
from aacbench.scoring.resampling import intervals
from aacbench.scoring.retrieval import from_lists
from aacbench.scoring.scorer import Scorer
from aacbench.scoring.signatures import ranking_key
from aacbench.scoring.tokens import reference_set, tokenizer
from aacbench.scoring.word_seconds import require_one_a_word
from aacbench.types import ReferenceSet, Score, ScoringItems, WordSeconds

RESAMPLES = 1000
CORPUS_SLACK = 1e-9
ITEM_SLACK = 1.001e-6  # kept to six decimals
INTERVAL_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Scored:
    """What the rows score: the record's part and the rows with their own scores."""

    scores: dict[str, ScoreRecord]
    rows: Rows


def score_captions(
    board: Board,
    captions: Mapping[str, str],
    references: References,
    metrics: Sequence[MetricSpec],
    ceiling: bool,
    word_seconds: Mapping[str, WordSeconds] | None = None,
) -> Scored:
    """Score one caption a clip; for a `ceiling`, each reference against the clip's others instead.

    Metrics of when a system attended at its words are left out where `word_seconds`, by clip, are not there.

    Raises:
        UserError: captions and references are not of the same clips, or seconds are not those of a caption's words.
    """
    _same_clips(captions, references)
    whole = select(board.metrics, metrics)
    without = whole.untimed()
    seconds = {} if ceiling or without == whole else {clip: one for clip, one in (word_seconds or {}).items() if one}
    selection = whole if seconds else without
    ids = list(references)
    if ceiling:
        report = score_leave_one_out(ids, [*references.values()], selection.specs, board.metric_settings)
    else:
        scorer, known = _ready(board, references, whole.specs)
        said = [captions[clip] for clip in ids]
        items = known.with_candidates(range(len(ids)), said, tokenizer("native")(said))
        if seconds:
            items = replace(items, word_seconds=tuple(seconds.get(clip, ()) for clip in ids))
        report = score_ready(scorer.only(selection.specs), items, resamples=RESAMPLES)
    scores = {name: report.scores[name] for name in board.metrics if name in selection.outputs}
    per_clip = _per_row(scores, len(ids))
    rows = [
        CaptionRow(
            clip=clip,
            caption=captions[clip],
            scores=per_clip[number],
            word_seconds=[*seconds[clip]] if clip in seconds else None,
        )
        for number, clip in enumerate(ids)
    ]
    return Scored(_records(scores, report.intervals), rows)


_READY: dict[str, tuple[Scorer, ReferenceSet]] = {}


def _ready(board: Board, references: References, specs: Sequence[MetricSpec]) -> tuple[Scorer, ReferenceSet]:
    """Return a board's metrics, prepared with its references once a process, however many records are scored."""
    key = f"{board.id} {digest(references)} {[spec.name for spec in specs]} {board.metric_settings}"
    if key not in _READY:
        scorer = Scorer(specs, settings=board.metric_settings)
        scorer.check_ready()
        known = reference_set([*references], [*references.values()])
        scorer.prepare(known)
        _READY.clear()  # a board after the other
        _READY[key] = scorer, known
    return _READY[key]


def score_ranked(board: Board, rows: Sequence[RankedRow], references: References) -> Scored:
    """Score ranked lists of clips, one a distinct reference; all clips that it describes are relevant.

    Raises:
        UserError: the queries are not the references, or a list names a clip that the board does not have.
    """
    clips = clips_of(references)
    by_query = {row.query: row for row in rows}
    if len(by_query) != len(rows) or set(by_query) != set(clips):
        missing = [query for query in clips if query not in by_query]
        raise UserError(
            f"wanted one ranked list for each of {len(clips)} references; got {len(rows)}, without {first_few(missing)}"
        )
    ordered = [by_query[query] for query in clips]
    strangers = sorted({clip for row in ordered for clip in row.ranked} - set(references))
    if strangers:
        raise UserError(f"ranked lists name clips that are not evaluated: {first_few(strangers)}")
    scores = {
        name: Score(name, score.corpus, score.items, _ranked_signature(score, len(references), len(ordered)))
        for name, score in from_lists([row.ranked for row in ordered], [*clips.values()]).items()
        if name in board.metrics
    }
    items = ScoringItems(tuple(row.query for row in ordered), (), (), (), ())
    found_intervals = intervals(None, items, [*scores.values()], RESAMPLES) if scores else {}
    per_row = _per_row(scores, len(ordered))
    kept = [
        RankedRow(query=row.query, clip=clips[row.query][0], ranked=row.ranked, scores=per_row[number])
        for number, row in enumerate(ordered)
    ]
    return Scored(_records(scores, found_intervals), kept)


def clips_of(references: References) -> dict[str, list[str]]:
    """Return the clips that each distinct reference describes."""
    clips: dict[str, list[str]] = {}
    for clip, texts in references.items():
        for text in dict.fromkeys(texts):
            clips.setdefault(text, []).append(clip)
    return clips


def score_rows(
    board: Board, rows: Rows, references: References, metrics: Sequence[MetricSpec], ceiling: bool
) -> Scored:
    """Score rows again, whatever their task.

    Raises:
        UserError: a clip comes twice, is missing, is not the board's, or has no caption.
    """
    captions: dict[str, str] = {}
    seconds: dict[str, WordSeconds] = {}
    ranked: list[RankedRow] = []
    for row in rows:
        if isinstance(row, RankedRow):
            ranked.append(row)
        elif row.clip in captions:
            raise UserError(f"the clip {cut(row.clip)!r} has two captions")
        elif row.caption is None:
            raise UserError(f"the clip {cut(row.clip)!r} has no caption, so it cannot be scored again")
        else:
            captions[row.clip] = row.caption
            seconds[row.clip] = tuple(row.word_seconds or ())
            require_one_a_word(f"the clip {cut(repr(row.clip))}", row.caption, seconds[row.clip])
    if board.task == "retrieval":
        return score_ranked(board, ranked, references)
    return score_captions(board, captions, references, metrics, ceiling, seconds)


def differences(stored: Mapping[str, ScoreRecord], fresh: Mapping[str, ScoreRecord]) -> Iterator[str]:
    """Yield what differs between a record's scores and those computed anew."""
    for name in dict.fromkeys((*stored, *fresh)):
        mine, theirs = stored.get(name), fresh.get(name)
        if mine is None or theirs is None:
            yield f"{name} is {'missing from' if mine is None else 'only in'} the record"
        elif ranking_key(mine.signature) != ranking_key(theirs.signature):
            keys = {**mine.signature, **theirs.signature}
            odd = [key for key in keys if mine.signature.get(key) != theirs.signature.get(key) and key != "aacbench"]
            yield f"{name} was scored otherwise than now ({', '.join(odd)} differ)"
        elif abs(mine.value - theirs.value) > CORPUS_SLACK:
            yield f"{name} is {mine.value:.6f} in the record and {theirs.value:.6f} when scored again"
        elif not _near(mine.interval, theirs.interval):
            yield f"the interval of {name} differs"


def row_differences(stored: Rows, fresh: Rows) -> Iterator[str]:
    """Yield in which rows scores or order differ."""
    for mine, theirs in zip(stored, fresh, strict=False):
        if mine.clip != theirs.clip:
            yield f"rows are not in the order of the references, from {mine.clip!r}"
            return
        if set(mine.scores) != set(theirs.scores):
            yield f"{mine.clip}: scores are of {sorted(mine.scores)}, wanted {sorted(theirs.scores)}"
            return
        for name, value in mine.scores.items():
            if abs(value - theirs.scores[name]) > ITEM_SLACK:
                yield f"{mine.clip}: {name} is {value} in the row and {theirs.scores[name]} when scored again"


def _near(mine: IntervalRecord | None, theirs: IntervalRecord | None) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    slack = INTERVAL_SLACK
    return abs(mine.low - theirs.low) <= slack and abs(mine.high - theirs.high) <= slack and mine.level == theirs.level


def _same_clips(captions: Mapping[str, str], references: References) -> None:
    missing = [clip for clip in references if clip not in captions]
    extra = [clip for clip in captions if clip not in references]
    if missing:
        raise UserError(f"{len(missing)} of {len(references)} clips have no caption: {first_few(missing)}")
    if extra:
        number = counted(len(extra), "caption is of a clip", "captions are of clips")
        raise UserError(f"{number} that the board does not have: {first_few(extra)}")


def _per_row(scores: Mapping[str, Score], size: int) -> list[dict[str, float]]:
    columns = {name: score.items for name, score in scores.items() if score.items is not None}
    return [{name: rounded(values[number]) for name, values in columns.items()} for number in range(size)]


def _records(scores: Mapping[str, Score], measured: Mapping[str, Interval]) -> dict[str, ScoreRecord]:
    return {
        name: ScoreRecord(value=score.corpus, signature=dict(score.signature), interval=_interval(measured.get(name)))
        for name, score in scores.items()
    }


def _interval(interval: Interval | None) -> IntervalRecord | None:
    if interval is None:
        return None
    return IntervalRecord(
        low=round(interval.low, 9),
        high=round(interval.high, 9),
        level=interval.level,
        resamples=interval.resamples,
        of_item_mean=interval.of_item_mean,
    )


def _ranked_signature(score: Score, clips: int, queries: int) -> dict[str, object]:
    return {"metric": score.name, **score.signature, "candidates": clips, "items": queries}
