"""Scores against the jar's own (golden file, published systems), both engines, explanations and refusals."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aacbench.errors import UserError
from aacbench.metrics.meteor import explain, score
from aacbench.metrics.meteor.alignment import align
from aacbench.metrics.meteor.corpus import prepare, spelling_hash
from aacbench.metrics.meteor.index import load_index
from aacbench.metrics.meteor.matching import EXACT, Match
from aacbench.metrics.meteor.scorer import _LITTLE_WORK, Engine, _work

GOLDEN = Path(__file__).parents[2] / "golden" / "meteor" / "pairs.jsonl"
WORDS = [
    "a",
    "the",
    "of",
    "dog",
    "dogs",
    "dog's",
    "bark",
    "barking",
    "in",
    "the background",
    "car",
    "vehicle",
    ".",
]


def _golden() -> tuple[float, list[str], list[list[str]], list[float]]:
    first, *rows = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 15
    return (
        first["corpus"],
        [row["candidate"] for row in rows],
        [row["references"] for row in rows],
        [row["meteor"] for row in rows],
    )


@pytest.mark.parametrize("engine", ["numba", "python"])
def test_golden(engine: Engine) -> None:
    corpus, candidates, references, scores = _golden()
    assert score(candidates, references, engine) == (corpus, scores)


@pytest.mark.parametrize("system", ["conette.clotho_eval", "dcase2024_baseline_alt2.clotho_eval"])
def test_published_scores(test_data: Path, system: str) -> None:
    """Captions whose only marks are final dots and commas need no tokeniser: dropping those does the same."""
    path = test_data / "gold-scores" / f"{system}.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if _is_plain(" ".join([row["candidate"], *row["references"]]))]
    assert len(rows) > 500
    _, scores = score([_bare(row["candidate"]) for row in rows], [list(map(_bare, row["references"])) for row in rows])
    assert scores == [row["scores"]["meteor"] for row in rows]


def _is_plain(text: str) -> bool:
    bare = text.replace(". ", " ").replace(", ", " ").removesuffix(".")
    return bare.isascii() and bare.replace(" ", "").isalpha() and not {"cannot", "gonna"} & set(bare.lower().split())


def _bare(caption: str) -> str:
    return " ".join(caption.lower().replace(".", "").replace(",", "").split())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join), min_size=2, max_size=6))
def test_engines_agree(captions: list[str]) -> None:
    candidates, references = captions[:1] * 2, [captions[1:], captions]
    assert score(candidates, references, "numba") == score(candidates, references, "python")


def test_long_captions_agree() -> None:
    rng = np.random.default_rng(5)
    captions = [" ".join(rng.choice(WORDS, 90)) for _ in range(4)]
    assert score(captions[:2], [captions[2:]] * 2, "numba") == score(captions[:2], [captions[2:]] * 2, "python")


def test_order_of_items_does_not_change_the_corpus_score() -> None:
    _, candidates, references, scores = _golden()
    forward = score(candidates, references, "python")
    backward = score(candidates[::-1], references[::-1], "python")
    assert backward[0] == pytest.approx(forward[0], abs=1e-12)
    assert backward[1] == scores[::-1]


def test_equal_captions_reach_one_and_empty_ones_zero() -> None:
    assert score(["a dog barks"], [["a dog barks"]]) == (1.0, [1.0])
    assert score([""], [["a dog barks"]]) == (0.0, [0.0])
    assert score([""], [[""]]) == (0.0, [0.0])


def test_line_breaks_and_field_marks_do_not_count() -> None:
    assert score(["a dog|||\nbarks"], [["a\ndog barks"]]) == (1.0, [1.0])


def test_explain_names_modules() -> None:
    explanation = explain("a number of dogs bark", "several dog barks")
    modules = {match.reference: match.module for match in explanation.matches}
    assert modules == {("several",): "paraphrase", ("dog",): "paraphrase", ("barks",): "stem"}
    assert [match.candidate for match in explanation.matches] == [("a", "number"), ("of", "dogs"), ("bark",)]
    assert explanation.chunks == 1
    assert explanation.score == score(["a number of dogs bark"], [["several dog barks"]])[1][0]


def test_words_with_one_hash_count_as_equal() -> None:
    assert spelling_hash("mall") == spelling_hash("man.")
    assert spelling_hash("polygenelubricants") == 0x80000000
    assert explain("mall is", "man. is").matches[0].module == "exact"


def test_alignment_prefers_fewer_chunks() -> None:
    matches = [[Match(0, 1, 0, 1, EXACT), Match(0, 1, 2, 1, EXACT)], [Match(1, 1, 3, 1, EXACT)]]
    assert align(matches, 4) == [Match(0, 1, 2, 1, EXACT), Match(1, 1, 3, 1, EXACT)]


@pytest.mark.parametrize(
    ("candidates", "references", "message"),
    [
        ([], [], "at least one candidate"),
        (["a"], [], "one list of references"),
        (["a"], [[]], "item 0 has none"),
    ],
)
def test_refusals(candidates: list[str], references: list[list[str]], message: str) -> None:
    with pytest.raises(UserError, match=message):
        score(candidates, references)


def test_import_loads_neither_numba_nor_torch() -> None:
    code = "import sys, aacbench.metrics.meteor; print({'numba', 'torch', 'pycocoevalcap'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_path_is_chosen_by_work_not_by_the_number_of_pairs() -> None:
    def work(captions: list[str]) -> int:
        words = [caption.split() for caption in captions]
        return _work(prepare(words, load_index()), np.array([[0, 1]], np.int32))

    assert work(["a dog barks in the rain", "a dog and a cat"]) == 30
    assert work(["dog " * 20, "dog " * 20]) < _LITTLE_WORK < work(["dog " * 60, "dog " * 60])


def test_repetitive_pairs_of_200_words_take_seconds() -> None:
    captions = ["dog " * 200, "a dog barks and " * 50]
    begin = time.process_time()
    _, items = score(captions * 3, [[caption] for caption in captions * 3])
    assert time.process_time() - begin < 30 and min(items) > 0.9
