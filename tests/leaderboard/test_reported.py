"""Every number of the papers' tables is there, and each was printed in its paper."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.leaderboard.ranking import claims, reported
from aacbench.leaderboard.store import boards

from .conftest import REAL

PAPERS = {
    "at-cnn": ("000_xu2021", "000-at-cnn.md"),
    "rlssr": ("001_koh_rlssr", "001-rlssr.md"),
    "aed-bilstm": ("002_ast_yamnet_bilstm", "002-ast-bilstm.md"),
    "sjtu2022": ("003_sjtu2022", "003-sjtu-dcase2022.md"),
    "maac": ("004_maac", "004-maac.md"),
}
NUMBER = re.compile(r"(?<![\d.])\d*\.?\d+(?![\d])")


def cells(paper: str) -> list[dict[str, str]]:
    with (REAL / "reported" / f"{paper}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def facts(test_data: Path) -> Path:
    folder = test_data.parent
    if not (folder / "facts/paper_results.csv").is_file():
        pytest.skip(f"no collected paper results beside {test_data}")
    return folder


def test_every_number_is_there() -> None:
    assert sum(len(cells(paper)) for paper in PAPERS) == 501
    assert {row.paper for row in reported.load(REAL)} == set(PAPERS)
    assert all(row.citation for row in reported.load(REAL))


def test_they_are_the_collected_ones(facts: Path) -> None:
    names = {collected: paper for paper, (collected, _) in PAPERS.items()}
    with (facts / "facts/paper_results.csv").open(encoding="utf-8", newline="") as file:
        wanted = Counter(
            (names[row["seed"]], row["table"], row["dataset"], row["system"], row["variant/ablation"],
             row["training_stage"], row["metric"], row["value"])
            for row in csv.DictReader(file)
        )  # fmt: skip
    columns = ("table", "dataset", "system", "variant", "stage", "metric", "value")
    assert Counter((paper, *(row[name] for name in columns)) for paper in PAPERS for row in cells(paper)) == wanted


@pytest.mark.parametrize("paper", PAPERS)
def test_each_was_printed_in_its_paper(facts: Path, paper: str) -> None:
    """At least as often as it stands here; text that repeats a table's number counts once."""
    text = (facts / "papers" / PAPERS[paper][1]).read_text(encoding="utf-8")
    printed = Counter(round(float(number), 6) for number in NUMBER.findall(text.replace("−", "-")))
    for row in cells(paper):
        value = float(row["value"])
        forms = (value,) if row["metric"] == "params_millions" else (value, value * 100)
        assert any(printed[round(form, 6)] for form in forms), row


def test_rows_of_a_table_are_printed_together(facts: Path) -> None:
    """In the papers whose text keeps lines, a row's numbers stand in one line, in whatever order."""
    checked = 0
    for paper in ("at-cnn", "rlssr", "sjtu2022"):
        text = (facts / "papers" / PAPERS[paper][1]).read_text(encoding="utf-8")
        lines = [Counter(round(float(number), 6) for number in NUMBER.findall(line)) for line in text.splitlines()]
        for row in reported.load(REAL):
            if row.paper != paper or len(row.values) < 7:
                continue
            forms = [Counter(round(value * scale, 6) for value in row.values.values()) for scale in (1, 100)]
            assert any(form <= line for form in forms for line in lines), row
            checked += 1
    assert checked > 25


def test_names_of_systems_exist_where_their_method_is_installed() -> None:
    methods = {spec.name: {variant.name for variant in spec.variants} for spec in manager.load().registries.methods}
    named = {(row.method, row.our_variant) for row in reported.load(REAL) if row.method}
    for claim in claims.load(REAL):
        named |= {(*name.split("/", 1),) for pair in claim.pairs for name in (pair.better, pair.worse)}  # type: ignore[misc]
    tested = [(method, variant) for method, variant in sorted(named) if method in methods]
    assert {"at-cnn", "rlssr"} <= {method for method, _ in tested}
    assert [(method, variant) for method, variant in tested if variant not in methods[method]] == []


def test_every_reported_dataset_has_a_board() -> None:
    known = {name for board in boards.load(REAL).values() for name in board.same}
    assert {row.dataset for row in reported.load(REAL)} - known == {"-"}


def test_a_malformed_number_is_named(tmp_path: Path) -> None:
    (tmp_path / "reported").mkdir()
    (tmp_path / "reported/papers.json").write_text('{"p": "P"}')
    head = ",".join(reported.COLUMNS)
    file = tmp_path / "reported/p.csv"
    file.write_text(f"{head}\n1,d,e,s,v,XE,spice,abc,,,\n")
    with pytest.raises(UserError, match=r"line 2: 'abc' is no number"):
        reported.load(tmp_path)
    file.write_text(f"{head}\n1,d,e,s,v,XE,spice,.1,,,\n1,d,e,s,v,XE,spice,.2,,,\n")
    with pytest.raises(UserError, match="'spice' of this row comes twice"):
        reported.load(tmp_path)
    file.write_text("a,b\n")
    with pytest.raises(UserError, match="wanted the columns"):
        reported.load(tmp_path)
