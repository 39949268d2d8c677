"""Retrieval results in the forms that others write, and the registered metrics of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from aacbench.contracts import MetricSpec, RetrievalMetric
from aacbench.errors import UserError
from aacbench.files.tables import Text
from aacbench.host.builtin.metrics import SPECS
from aacbench.scoring.files import read_references
from aacbench.scoring.list_report import report_lists
from aacbench.scoring.ranked_lists import is_ranking, is_top_list, parse_ranking, score_lists
from aacbench.scoring.relevance import Relevance, read_relevance, several
from aacbench.scoring.report import ScoreReport
from aacbench.scoring.select import select
from aacbench.types import RankedItems, Score

CLIPS = tuple(f"clip {number}.wav" for number in range(6))
RELEVANCE = Relevance(
    Path("refs.csv"), {"rain": (CLIPS[0],), "a dog": (CLIPS[1], CLIPS[2]), "wind": (CLIPS[3],)}, CLIPS
)
RANKED = {
    "rain": ["clip 1.wav", "clip 0.wav", "clip 5.wav"],
    "a dog": ["clip 2.wav", "clip 4.wav", "clip 1.wav"],
    "wind": ["clip 4.wav", "clip 5.wav", "clip 2.wav"],
}


def wide(ranked: Mapping[str, list[str]], query: str = "caption", place: str = "file_name", mark: str = ",") -> str:
    width = max(map(len, ranked.values()))
    header = [query, *(f"{place}_{number}" for number in range(1, width + 1))]
    rows = [[asked, *names, *[""] * (width - len(names))] for asked, names in ranked.items()]
    return "\n".join(mark.join(row) for row in [header, *rows]) + "\n"


def trec(ranked: Mapping[str, list[str]]) -> str:
    ids = {query: query.replace(" ", "-") for query in ranked}
    rows = [(ids[query], rank, name) for query, names in ranked.items() for rank, name in enumerate(names, 1)]
    return "".join(f"{query} Q0 {name} {rank} {1 / rank:.6f} run\n" for query, rank, name in rows)


def matrix(ranked: Mapping[str, list[str]]) -> str:
    rows = [
        [query, *(str(-names.index(clip) if clip in names else -9) for clip in CLIPS)]
        for query, names in ranked.items()
    ]
    return "\n".join(",".join(row) for row in [["", *CLIPS], *rows]) + "\n"


def report(text: str, relevance: Relevance = RELEVANCE, **more: object) -> ScoreReport:
    source = Text(Path("lists.csv"), text)
    assert is_ranking(source)
    return report_lists(parse_ranking(source), relevance, SPECS, **more)  # type: ignore[arg-type]


FORMS = {
    "dcase": wide(RANKED),
    "fname": wide(RANKED, "query", "fname"),
    "semicolons": wide(RANKED, mark=";"),
    "tabs": wide(RANKED, mark="\t"),
    "a row a pair": wide(RANKED) + "a dog,clip 2.wav,clip 4.wav,clip 1.wav\n",
    "no ending": wide({query: [name.removesuffix(".wav") for name in names] for query, names in RANKED.items()}),
    "folders": wide({query: [f"audio\\{name}" for name in names] for query, names in RANKED.items()}),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_the_same_scores(form: str) -> None:
    found = report(FORMS[form])
    assert found.scores["recall_at_1"].items == (0.0, 1.0, 0.0)
    assert found.items.ids == ("rain", "a dog", "wind")
    assert "recall_at_5" not in found.scores and "median_rank" not in found.scores
    assert bool(found.warnings) == (form in ("no ending", "folders"))


def test_a_matrix_knows_all_ranks() -> None:
    found = report(matrix(RANKED))
    assert found.scores["recall_at_1"].items == (0.0, 1.0, 0.0)
    assert found.scores["map_at_10"].items[1] == pytest.approx((1 + 2 / 3) / 2)  # type: ignore[index]
    assert found.scores["median_rank"].corpus == 2.0


def test_trec_runs_and_qrels(tmp_path: Path) -> None:
    (tmp_path / "qrels").write_text(
        "rain 0 clip 0.wav 1\nrain 0 clip 5.wav 0\na-dog 0 clip 1.wav 1\na-dog 0 clip 2.wav 2\nwind 0 clip 3.wav 1\n"
    )
    relevance = read_relevance(tmp_path / "qrels")
    assert relevance.relevant == {"rain": (CLIPS[0],), "a-dog": (CLIPS[1], CLIPS[2]), "wind": (CLIPS[3],)}
    found = report(trec(RANKED), relevance, names=["recall_at_1", "map_at_3"])
    assert found.scores["recall_at_1"].items == (0.0, 1.0, 0.0)
    assert found.scores["map_at_3"].items == pytest.approx((0.5, (1 + 2 / 3) / 2, 0.0))


@pytest.mark.parametrize(
    "cell",
    ["clip 1.wav|clip 2.wav", "clip 1.wav; clip 2.wav", '["clip 1.wav", "clip 2.wav"]', "['clip 1.wav', 'clip 2.wav']"],
)
def test_several_relevant_clips_a_query(cell: str, tmp_path: Path) -> None:
    assert several(cell) == ["clip 1.wav", "clip 2.wav"]
    quoted = cell.replace('"', '""')
    (tmp_path / "right.csv").write_text(f'query,audio_filenames\na dog,"{quoted}"\nrain,clip 0.wav\n')
    assert read_relevance(tmp_path / "right.csv").relevant == {"a dog": CLIPS[1:3], "rain": (CLIPS[0],)}


def test_short_and_empty_lists_are_misses() -> None:
    lists = {**RANKED, "wind": [], "rain": ["clip 0.wav"]}
    found = report(wide(lists), names=["recall_at_1", "recall_at_3", "map_at_3"])
    assert found.scores["recall_at_3"].items == (1.0, 1.0, 0.0)
    assert found.scores["map_at_3"].items == pytest.approx((1.0, (1 + 2 / 3) / 2, 0.0))


def test_one_target_a_query() -> None:
    found = report(wide(RANKED), one_target=True)
    assert found.items.ids == ("rain", "a dog", "a dog", "wind")
    assert found.scores["recall_at_1"].items == (0.0, 0.0, 1.0, 0.0)
    assert found.scores["recall_at_1"].signature["targets"] == "one a query"


def test_options_hold(tmp_path: Path) -> None:
    some = {query: names for query, names in RANKED.items() if query != "wind"}
    found = report(wide(some), partial=True, resamples=200, seed=1, names=["recall_at_1"])
    assert len(found.items) == 2 and "1 caption without a row" in found.warnings[-1]
    assert found.intervals["recall_at_1"].resamples == 200
    with pytest.raises(UserError, match="lists 3 clips a query, too few for 'recall_at_20'"):
        report(wide(RANKED), names=["recall_at_20"])
    with pytest.raises(UserError, match=r"unknown metric 'recal_at_1'\. Did you mean 'recall_at_1'"):
        report(wide(RANKED), names=["recal_at_1"])


def test_names_that_match_nothing_are_refused() -> None:
    with pytest.raises(UserError, match=r"no clip that lists\.csv lists is one of refs\.csv"):
        report(wide({query: ["x", "y"] for query in RANKED}))


def test_field_cases(test_data: Path) -> None:
    folder = test_data / "field-cases" / "02-lists-names-without-ending"
    scores = score_lists(folder / "lists.csv", read_references(folder / "refs.csv"))
    assert scores["recall_at_1"].corpus == 1.0
    folder = test_data / "field-cases" / "04-lists-one-short-list"
    scores = score_lists(folder / "lists.csv", read_references(folder / "refs.csv"))
    assert {"recall_at_5", "recall_at_10", "map_at_10"} <= {*scores} and "map_at_1" not in scores
    assert len(scores["map_at_10"].items or ()) == 12


def test_captions_are_no_lists(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for text in ("file_name,caption_predicted\na,b\n", "file_name,caption_1,caption_2\na,1,2\n", '{"a": "b"}'):
        path.write_text(text)
        assert not is_top_list(path)


def oracle(ranked: list[str], right: tuple[str, ...], k: int) -> float:
    hits = np.isin(ranked[:k], right)
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1) * hits).sum() / min(k, len(right)))


def made(most: int = 29, queries: int = 40, clips: int = 60, depth: int = 16) -> tuple[dict[str, list[str]], Relevance]:
    random = np.random.default_rng(0)
    names = [f"c{number}.wav" for number in range(clips)]
    ranked = {f"q{query}": list(random.permutation(names)[:depth]) for query in range(queries)}
    right = {query: tuple(random.choice(names, random.integers(1, most + 1), replace=False)) for query in ranked}
    return ranked, Relevance(Path("r"), right, tuple(names))


def test_map_at_16_with_several_relevant_clips_is_the_textbook_one() -> None:
    ranked, relevance = made()
    found = report(wide(ranked), relevance, names=["map_at_16"]).scores["map_at_16"]
    wanted = [oracle(ranked[query], right, 16) for query, right in relevance.relevant.items()]
    assert found.items == pytest.approx(wanted)


def test_map_at_16_equals_ir_measures() -> None:
    measures = pytest.importorskip("ir_measures")
    ranked, relevance = made(most=16)  # with more, DCASE divides by 16, trec_eval by all of them
    found = report(wide(ranked), relevance, names=["map_at_16"]).scores["map_at_16"].items or ()
    qrels = [measures.Qrel(query, clip, 1) for query, right in relevance.relevant.items() for clip in right]
    run = [measures.ScoredDoc(query, clip, -rank) for query, names in ranked.items() for rank, clip in enumerate(names)]
    theirs = {row.query_id: row.value for row in measures.iter_calc([measures.AP @ 16], qrels, run)}
    assert found == pytest.approx([theirs[query] for query in relevance.relevant], abs=1e-9)


class Best(RetrievalMetric):
    def __call__(self, items: RankedItems, needed: Mapping[str, Score]) -> list[Score]:
        rows = tuple(1 / float(row[0]) if len(row) else 0.0 for row in items.ranks)
        return [Score("reciprocal", sum(rows) / len(rows), rows, {"version": 1})]


def test_a_retrieval_metric_is_registered_like_the_others() -> None:
    spec = MetricSpec("reciprocal", "reciprocal rank", Best, task="retrieval", default=False)
    source = parse_ranking(Text(Path("lists.csv"), matrix(RANKED)))
    found = report_lists(source, RELEVANCE, [*SPECS, spec], ["reciprocal", "MAP_AT_16"])
    assert found.scores["reciprocal"].items == pytest.approx((0.5, 1.0, found.scores["reciprocal"].items[2]))  # type: ignore[index]
    with pytest.raises(UserError, match="unknown metric 'reciprocal'"):
        select(["reciprocal"], [*SPECS, spec])
