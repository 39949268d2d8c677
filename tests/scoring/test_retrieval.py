"""Retrieval metrics: the DCASE 2022 baseline, ties, several relevant items, both directions, errors."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aacbench.errors import UserError
from aacbench.scoring.files import read_references
from aacbench.scoring.ranked_lists import is_top_list, score_lists
from aacbench.scoring.retrieval import Ties, both_directions, chance, evaluate, from_lists, ranks


def test_dcase_2022_baseline_from_its_lists(test_data: Path) -> None:
    folder = test_data / "retrieval" / "dcase2022-baseline"
    assert is_top_list(folder / "test.output.csv")
    assert not is_top_list(folder / "test.gt.csv")
    scores = score_lists(folder / "test.output.csv", read_references(folder / "test.gt.csv"))
    found = {
        name: round(scores[name].corpus, 4) for name in ("recall_at_1", "recall_at_5", "recall_at_10", "map_at_10")
    }
    assert found == {
        "recall_at_1": 0.0316,
        "recall_at_5": 0.1095,
        "recall_at_10": 0.1883,
        "map_at_10": 0.0679,
    }
    assert all(len(score.items or ()) == 5225 for score in scores.values())
    assert scores["recall_fraction_at_10"].corpus == scores["recall_at_10"].corpus  # one relevant clip a query
    assert "median_rank" not in scores  # unknown beyond the tenth place


@pytest.mark.parametrize(
    ("ties", "expected"),
    [("stable", [3, 5]), ("optimistic", [2, 3]), ("pessimistic", [4, 5]), ("mean", [3, 4])],
)
def test_ties_of_several_relevant_items(ties: Ties, expected: list[float]) -> None:
    # Columns 1 to 4 are tied behind column 0; 2 and 4 are relevant.
    assert ranks([[0.9, 0.5, 0.5, 0.5, 0.5]], [[4, 2]], ties)[0].tolist() == expected


@pytest.mark.parametrize(("ties", "rank"), [("stable", 1), ("optimistic", 1), ("pessimistic", 7), ("mean", 4)])
def test_a_constant_similarity_shows_the_policy(ties: Ties, rank: float) -> None:
    scores = evaluate(np.zeros((3, 7)), [[0]] * 3, ties)
    assert scores["mean_rank"].corpus == rank
    assert scores["recall_at_1"].corpus == float(rank == 1)
    assert scores["mean_rank"].signature["ties"] == ties


def test_both_forms_of_recall_and_average_precision() -> None:
    # Relevant items at ranks 1, 3 and 12 of twelve.
    row = -np.arange(12.0)
    scores = evaluate([row], [[0, 2, 11]], "stable")
    assert scores["recall_at_1"].corpus == 1
    assert scores["recall_fraction_at_1"].corpus == pytest.approx(1 / 3)
    assert scores["recall_fraction_at_10"].corpus == pytest.approx(2 / 3)
    assert scores["map_at_10"].corpus == pytest.approx((1 / 1 + 2 / 3) / 3)
    assert scores["median_rank"].corpus == 1


def test_average_precision_is_the_textbook_one() -> None:
    generator = np.random.default_rng(0)
    similarity = generator.random((20, 30))
    relevant = [sorted(generator.choice(30, generator.integers(1, 5), replace=False).tolist()) for _ in range(20)]
    expected = []
    for row, right in zip(similarity, relevant, strict=True):
        hits = np.isin(np.argsort(-row)[:10], right)
        precisions = np.cumsum(hits) / np.arange(1, 11)
        expected.append((precisions * hits).sum() / min(10, len(right)))
    assert evaluate(similarity, relevant)["map_at_10"].items == pytest.approx(expected)


@given(st.integers(0, 1000), st.sampled_from([2, 3, 1000]))
@settings(max_examples=80, deadline=None)
def test_ranks_without_a_relevant_tie_equal_sorting(seed: int, levels: int) -> None:
    generator = np.random.default_rng(seed)
    similarity = generator.integers(levels, size=(4, 9)).astype(float)
    relevant = [[int(column)] for column in generator.integers(9, size=4)]
    for ties in ("optimistic", "pessimistic", "stable"):
        for row, (column,), found in zip(similarity, relevant, ranks(similarity, relevant, ties), strict=True):
            before = {
                "optimistic": (row > row[column]).sum(),
                "pessimistic": (row >= row[column]).sum() - 1,
                "stable": np.argsort(-row, kind="stable").tolist().index(column),
            }
            assert found.tolist() == [1 + before[ties]]


def test_chance_is_the_mean_over_all_orders() -> None:
    sizes, items = [1, 2, 4], 5
    relevant = [list(range(size)) for size in sizes]
    for cut in (1, 3, 10):
        found = [
            evaluate([order] * len(sizes), relevant, cuts=[cut])[f"map_at_{cut}"].corpus
            for order in itertools.permutations(range(items))
        ]
        assert chance(sizes, items, cut) == pytest.approx(np.mean(found))
    assert chance([1], 1045) == pytest.approx(sum(1 / place for place in range(1, 11)) / 1045)


def test_order_of_queries_and_items_is_irrelevant() -> None:
    generator = np.random.default_rng(1)
    similarity, relevant = generator.random((12, 8)), [[row % 8, (row + 3) % 8] for row in range(12)]
    rows, columns = generator.permutation(12), generator.permutation(8)
    place = np.argsort(columns)
    moved = evaluate(similarity[rows][:, columns], [[int(place[item]) for item in relevant[row]] for row in rows])
    for name, score in evaluate(similarity, relevant).items():
        assert score.corpus == pytest.approx(moved[name].corpus)


def test_both_directions() -> None:
    # Captions 0 and 2 describe clip 0, caption 1 clip 1; clip 2 has no caption.
    similarity = [[0.9, 0.1, 0.2], [0.3, 0.2, 0.8], [0.4, 0.6, 0.1]]
    found = both_directions(similarity, [0, 1, 0])
    assert found["text_to_audio"]["recall_at_1"].items == (1, 0, 0)
    assert found["text_to_audio"]["mean_rank"].items == (1, 3, 2)
    assert found["audio_to_text"]["recall_at_1"].items == (1, 0)
    assert found["audio_to_text"]["recall_fraction_at_1"].items == (0.5, 0)
    assert found["audio_to_text"]["mean_rank"].items == (1, 2)


def test_perfect_retrieval_reaches_the_maximum() -> None:
    found = both_directions(np.eye(6), range(6))
    for name, score in itertools.chain(*(scores.items() for scores in found.values())):
        assert score.corpus == 1, name


@pytest.mark.parametrize(
    ("similarity", "relevant", "message"),
    [
        ([1.0, 2.0], [[0], [1]], "got shape"),
        ([[1.0, 2.0]], [[0], [1]], "for 2 queries"),
        ([[1.0, float("nan")]], [[0]], "must be numbers"),
        ([["a", "b"]], [[0]], "must be numbers"),
        ([[1.0, 2.0]], [[]], "query 0 .* relevant items ; wanted distinct"),
        ([[1.0, 2.0]], [[0, 0]], "distinct columns"),
        ([[1.0, 2.0]], [[2]], "columns of 0 to 1"),
    ],
)
def test_errors(similarity: list[list[float]], relevant: list[list[int]], message: str) -> None:
    with pytest.raises(UserError, match=message):
        ranks(similarity, relevant)


def test_other_errors() -> None:
    with pytest.raises(UserError, match="unknown tie policy 'best'"):
        ranks([[1.0]], [[0]], "best")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="one clip a caption"):
        both_directions([[1.0]], [0, 0])
    with pytest.raises(UserError, match="got 1 for 2"):
        from_lists([["a"]], [["a"], ["b"]])
    with pytest.raises(UserError, match="lists an item twice"):
        from_lists([["a", "a"]], [["a"]])


GROUND = "file_name,caption_1,caption_2\na.wav,one,two\nb.wav,two,three\n"


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ("caption,file_name_1\none,a.wav\n", "2 of 3 captions .* have no row .*: 'two', 'three'"),
        (
            "caption,file_name_1\none,a.wav\ntwo,x\nthree,x\nfour,a.wav\n",
            "queries that are no caption .*: 'four'",
        ),
        ("caption,file_name_1\none,a.wav\none,b.wav\n", "line 3: the query 'one' comes twice, with different lists"),
        ("caption,file_name_1,file_name_2\none,a.wav,a.wav\n", "line 2: the list of 'one' names a clip twice"),
        ("caption,file_name_1\none,x\ntwo,y\nthree,z\n", "no clip that .* lists is one of .*: lists have 'x', 'y'"),
        ("caption,place\none,a.wav\n", "no columns file_name_1"),
    ],
)
def test_broken_lists(lists: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "lists.csv").write_text(lists)
    (tmp_path / "references.csv").write_text(GROUND)
    with pytest.raises(UserError, match=message):
        score_lists(tmp_path / "lists.csv", read_references(tmp_path / "references.csv"))


def test_a_caption_of_two_clips_has_two_relevant_ones(tmp_path: Path) -> None:
    (tmp_path / "lists.csv").write_text(
        "file_name_2,file_name_1,caption\nb.wav,a.wav,one\na.wav,b.wav,two\nb.wav,a.wav,three\n"
    )
    (tmp_path / "references.csv").write_text(GROUND)
    scores = score_lists(tmp_path / "lists.csv", read_references(tmp_path / "references.csv"))
    assert scores["recall_at_1"].items == (1, 1, 0)
    assert scores["recall_fraction_at_1"].items == (1, 0.5, 0)
    assert "recall_at_5" not in scores  # lists are two long
