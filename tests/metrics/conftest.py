"""Captions for metric tests: real systems with official scores, and made-up tokenised captions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import strategies as st

from aacbench.types import ScoringItems

SYSTEMS = (
    "conette.clotho_eval",
    "conette.audiocaps_test",
    "dcase2024_baseline_alt1.clotho_eval",
    "dcase2024_baseline_alt2.clotho_eval",
    "dcase2024_baseline_alt3.clotho_eval",
)

_WORDS = st.sampled_from(
    [
        "a",
        "the",
        "dog",
        "dogs",
        "bark",
        "barks",
        "rain",
        "falls",
        "on",
        "roof",
        "car",
        ".",
        ",",
        "'s",
        "n't",
        "-lrb-",
        "é",
    ]
)
CAPTION = st.lists(_WORDS, max_size=12).map(" ".join)
ITEM = st.tuples(CAPTION, st.lists(CAPTION, min_size=1, max_size=4))
ITEMS = st.lists(ITEM, min_size=1, max_size=8)


@dataclass(frozen=True)
class Gold:
    """One real system: captions as stored, official scores by item and of the corpus."""

    name: str
    ids: tuple[str, ...]
    candidates: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    items: list[dict[str, float]]
    corpus: dict[str, float]


@pytest.fixture(scope="session", params=SYSTEMS)
def gold(request: pytest.FixtureRequest, test_data: Path) -> Gold:
    """Each of the five systems with official scores."""
    name: str = request.param
    lines = (test_data / "gold-scores" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) in (912, 1045)
    return Gold(
        name,
        tuple(row["file_name"] for row in rows),
        tuple(row["candidate"] for row in rows),
        tuple(tuple(row["references"]) for row in rows),
        [row["scores"] for row in rows],
        json.loads((test_data / "gold-scores" / "corpus.json").read_text(encoding="utf-8"))[name],
    )


def tokens_as_given(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> ScoringItems:
    """Return items whose captions are tokenised already."""
    given = tuple(tuple(captions) for captions in references)
    ids = tuple(str(row) for row in range(len(candidates)))
    return ScoringItems(ids, tuple(candidates), given, tuple(candidates), given)
