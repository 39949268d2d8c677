"""The plugins' READMEs say of their papers' claims what the board says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aacbench.leaderboard.pages.marks import begin, end, with_section
from aacbench.leaderboard.pages.method_claims import claims_section, with_claims
from aacbench.leaderboard.pages.views import Assembled, assemble

from .conftest import REAL, ROOT

READMES = sorted((ROOT / "plugins").glob("*/README.md"))
P_VALUE = re.compile(r"\bp (?:[<>=] )?\.\d")


@pytest.fixture(scope="module")
def real() -> Assembled:
    return assemble(REAL)


def test_every_claim_stands_in_the_readme_of_its_paper_as_on_the_board(real: Assembled) -> None:
    claimed = {one.claim.claim for view in real.views for one in view.outcomes if one.verdict != "not tested"}
    shown = ""
    for path in READMES:
        text = path.read_text(encoding="utf-8")
        assert with_claims(text, real.views, path.parent.name) == text, f"{path}: run scripts/write_claims.py"
        shown += claims_section(real.views, path.parent.name) * (begin("claims") in text and end("claims") in text)
    assert claimed and shown.count("| **") >= len(claimed)


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.parent.name)
def test_no_p_value_is_written_by_hand(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    own = with_section(text, "claims", "")
    assert not P_VALUE.search(own), P_VALUE.search(own)


def test_verdicts_are_the_three_words(real: Assembled) -> None:
    section = claims_section(real.views, "at-cnn")
    assert {*re.findall(r"\*\*(\w+)\*\*", section)} <= {"supported", "contradicted", "undecided"}
    assert section.count("**") >= 10
    assert (
        with_claims(f"a {begin('claims')}old{end('claims')} b", real.views, "at-cnn")
        == f"a {begin('claims')}\n{section}\n{end('claims')} b"
    )
