"""What a row shows, whichever page it stands on: each text and number is written once, for all pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aacbench.errors import counted
from aacbench.leaderboard.pages import labels
from aacbench.leaderboard.pages.views import BoardView
from aacbench.leaderboard.ranking.claims import ClaimOutcome, Test
from aacbench.leaderboard.ranking.leaks import Leak, leak
from aacbench.leaderboard.ranking.reported import ReportedRow, Reproduction, reproduction
from aacbench.leaderboard.ranking.rows import BoardRow
from aacbench.scoring.seeds import Effect

USUAL = "quick"  # the preset that goes without saying


@dataclass(frozen=True)
class RowView:
    """A row in words; texts are as they came and are escaped where they are shown."""

    row: BoardRow
    name: str
    code_name: str
    seeds: str
    weights: str
    train: str
    decode: str
    leak: Leak
    paper: Reproduction | None

    @property
    def above(self) -> str:
        """How far the row above is ahead, in a sentence."""
        return effect_sentence(self.row.above) if self.row.above else ""


def row_view(row: BoardRow, reported: Iterable[ReportedRow]) -> RowView:
    """Return what a row shows."""
    method, variant, _ = row.key
    system, record = row.kind == "system", row.record
    scores = {metric: cell.mean for metric, cell in row.cells.items()}
    code = code_name(row)
    timed = system and record.source == "run"
    return RowView(
        row=row,
        name=record.about.name or code,
        code_name=code,
        seeds=counted(len(row.entries), "seed"),
        weights=labels.count(row.parameters) if system else "",
        train=labels.seconds(row.training_seconds) if timed else "",
        decode=labels.seconds(row.decoding_seconds) if timed else "",
        leak=leak(row.board, record),
        paper=reproduction(row.board, method, variant, scores, reported),
    )


def code_name(row: BoardRow) -> str:
    """Return what a system is called on the command line: method, variant, and the preset where it is not the usual."""
    method, variant, preset = row.key
    submitted = row.record.source == "submitted"
    plain = variant == "default" and (submitted or row.kind != "system")
    name = method if plain else f"{method} {variant}"
    return name if submitted or preset == USUAL else f"{name} ({preset})"


def shown_metrics(view: BoardView) -> list[str]:
    """Return the metrics that some row has, the one that ranks first; all of them where there is no row."""
    ordered = dict.fromkeys((view.board.rank_by, *view.board.metrics))
    return [name for name in ordered if any(name in row.cells for row in view.rows)] or [*ordered]


def effect_sentence(effect: Effect) -> str:
    """Return a difference to the row above in words, in the page's own number format."""
    common = counted(effect.seeds, "common seed")
    side = "ahead" if effect.difference >= 0 else "behind"  # on the seeds that both have
    said = f"the row above is {side} by {labels.score(abs(effect.difference))} on {common}"
    said += f" (95 % interval {labels.signed(effect.low)} to {labels.signed(effect.high)}"
    return f"{said}, {labels.p_value(effect.p)})" if effect.p is not None else f"{said}, over clips alone)"


@dataclass(frozen=True)
class PairView:
    """A pair of a claim in words; empty where a run is missing."""

    better: str
    worse: str
    effect: str = ""
    interval: str = ""
    p: str = ""
    power: str = ""
    seeds: str = ""


def pair_view(test: Test, metric: str) -> PairView:
    """Return how a pair came out, in words."""
    effect = test.effect
    if effect is None:
        return PairView(test.pair.better, test.pair.worse)
    return PairView(
        test.pair.better,
        test.pair.worse,
        effect=f"{metric} {labels.signed(effect.difference)}",
        interval=f"{labels.signed(effect.low)} to {labels.signed(effect.high)}",
        p=labels.p_value(effect.p) if effect.p is not None else "no p-value",
        power=f"power {labels.score(test.power, 2)}" if test.power is not None else "",
        seeds=counted(effect.seeds, "seed"),
    )


def claims_note(outcomes: Sequence[ClaimOutcome], title: str) -> str:
    """Return how to read the claims of a board."""
    tested = sum(outcome.verdict != "not tested" for outcome in outcomes)
    return (
        f"Tested on {title}, which need not be the paper's data, with runs of each method's own presets alone. "
        "Supported: every better system is ahead beyond chance; contradicted: one of them is behind beyond chance; "
        "undecided: neither could be told, which says nothing against the claim. Beyond chance is p < .05 over seeds "
        f"and clips, corrected for the {tested} claims tested here (Holm), with at least three common seeds. Power is "
        "the chance that a difference of a tenth of the worse score would have been found."
    )
