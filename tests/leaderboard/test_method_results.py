"""The plugins' READMEs say of their papers' systems what the boards say."""

from __future__ import annotations

import pytest

from aacbench.leaderboard.pages.marks import begin
from aacbench.leaderboard.pages.method_results import results_section, with_results
from aacbench.leaderboard.pages.views import Assembled, assemble

from .conftest import REAL, ROOT

READMES = sorted((ROOT / "plugins").glob("*/README.md"))


@pytest.fixture(scope="module")
def real() -> Assembled:
    return assemble(REAL)


def test_every_quick_run_of_a_paper_stands_in_its_readme_as_on_the_boards(real: Assembled) -> None:
    papers = {claim.claim.paper.removesuffix("-retrieval") for view in real.views for claim in view.outcomes}
    for path in READMES:
        text, paper = path.read_text(encoding="utf-8"), path.parent.name
        assert with_results(text, real.views, paper) == text, f"{path}: run scripts/write_claims.py"
        assert (begin("results") in text) == (paper in papers)


def test_a_table_has_a_method_s_variants_and_boards_with_spread_and_seeds(real: Assembled) -> None:
    section = results_section(real.views, "sjtu2022")
    heads = [line for line in section.splitlines() if line.startswith("| `")]
    assert [head.split(" | ")[0] for head in heads] == ["| `sjtu2022`", "| `sjtu2022-retrieval`"]
    (row,) = [line for line in section.splitlines() if line.startswith("| trm2+scst |")]
    assert ".377 ± .046, 3 seeds | .611 ± .079, 3 seeds" in row
    assert results_section(real.views, "no such paper") == ""
