"""The tables of `aacbench compare`: two systems by metrics and clips, or all pairs of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import count, islice, product
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from aacbench.errors import counted
from aacbench.host import manager
from aacbench.runtime.tables import Cell, Column, Table, Value
from aacbench.scoring.comparing import Matrix, order
from aacbench.scoring.numbers import bounds, written
from aacbench.scoring.resampling import Comparison

if TYPE_CHECKING:
    from aacbench.scoring.systems import System

LEVEL = 0.05


def pair_table(compared: Mapping[str, Comparison], title: str) -> Table:
    """Return one row a metric: both systems' scores, their difference, its interval and p-values."""
    columns = [
        Column("metric"),
        Column("a", "A", right=True),
        Column("b", "B", right=True),
        Column("difference", "B - A", "+.4f"),
        Column("interval", "95 % interval"),
        Column("p_bootstrap", "p (bootstrap)", ".4f"),
        Column("p_randomisation", "p (randomisation)", ".4f"),
    ]
    bounded = bounds(manager.load().registries.metrics)
    rows: list[list[Value]] = [
        [
            name,
            Cell(result.a, written(result.a, bounded.get(name))),
            Cell(result.b, written(result.b, bounded.get(name))),
            result.difference,
            Cell({"low": result.low, "high": result.high}, f"{result.low:+.4f} to {result.high:+.4f}"),
            result.p_bootstrap,
            result.p_randomisation,
        ]
        for name, result in compared.items()
    ]
    return Table(columns, rows, title, [_note(compared)])


def clips_table(a: System, b: System, by: str, differing: Sequence[tuple[str, float, float]]) -> Table:
    """Return the clips that differ most, with both captions where they are known."""
    columns = [Column("file_name", "clip"), Column("a", "A", ".4f"), Column("b", "B", ".4f")]
    rows: list[list[Value]] = [[clip, mine, theirs] for clip, mine, theirs in differing]
    for label, system in (("A", a), ("B", b)):
        if system.captions:
            columns.append(Column(f"caption_{label.lower()}", f"caption of {label}"))
            rows = [[*row, system.captions.get(clip, "")] for row, (clip, *_) in zip(rows, differing, strict=True)]
    return Table(columns, rows, f"clips that differ most in {by}")


def matrix_table(matrix: Matrix) -> Table:
    """Return a row a system, the best first: its score, and how far it lies above each other one."""
    ranks, labels = order(matrix), letters(len(matrix.systems))
    bound = bounds(manager.load().registries.metrics).get(matrix.metric)
    columns = [Column("letter", ""), Column("system"), Column("score", matrix.metric, right=True)]
    columns += [Column(f"above_{labels[at].lower()}", f"above {labels[at]}") for at in ranks]
    rows: list[list[Value]] = []
    for mine in ranks:
        others = [matrix.between(theirs, mine) if theirs != mine else None for theirs in ranks]
        score = next(pair.b for pair in others if pair is not None)
        rows.append([labels[mine], str(matrix.systems[mine].path), Cell(score, written(score, bound))])
        rows[-1] += [None if pair is None else _above(pair) for pair in others]
    note = f"{_note({matrix.metric: next(iter(matrix.pairs.values()))})}; difference and p-value (randomisation, Holm "
    return Table(columns, rows, matrix.metric, [f"{note}over {counted(len(matrix.pairs), 'pair')}), * p < {LEVEL:g}"])


def matrix_json(matrix: Matrix) -> dict[str, Any]:
    """Return a matrix as plain values: all pairs, with p-values corrected over them."""
    paths = [str(system.path) for system in matrix.systems]
    return {
        "pairs": [{"systems": [paths[i], paths[j]], **asdict(pair)} for (i, j), pair in matrix.pairs.items()],
        "order": [paths[at] for at in order(matrix)],
    }


def letters(number: int) -> list[str]:
    """Return so many labels: A, B, ... Z, AA, AB, ..."""

    def names() -> Iterator[str]:
        for length in count(1):
            yield from map("".join, product(ascii_uppercase, repeat=length))

    return [*islice(names(), number)]


def _above(pair: Comparison) -> Cell:
    value = {"difference": pair.difference, "p": pair.p_randomisation}
    mark = "*" if pair.p_randomisation < LEVEL else ""
    return Cell(value, f"{pair.difference:+.4f} (p {pair.p_randomisation:.4f})", mark=mark)


def _note(compared: Mapping[str, Comparison]) -> str:
    first = next(iter(compared.values()))
    corpus = [name for name, result in compared.items() if result.of_corpus]
    what = f"corpus scores: {', '.join(corpus)}" if corpus else "means over clips may differ from corpus scores"
    if corpus and len(corpus) < len(compared):
        what += "; others are means over clips"
    return f"{counted(first.items, 'clip')}, {counted(first.resamples, 'resample')}; {what}"
