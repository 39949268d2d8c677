"""Collapsed graphs against Stanford's converter, and each rule by itself."""

from __future__ import annotations

import pytest

from aacbench.metrics.spice.collapse import collapse
from tests.metrics.spice.conftest import Edges, Stanford, by_hand, edges_of


def collapsed(text: str) -> Edges:
    return edges_of(collapse(by_hand(text)))


@pytest.mark.slow
def test_graphs_equal_those_of_stanford(stanford: dict[str, Stanford]) -> None:
    wrong = sum(edges_of(collapse(item.parse)) != item.collapsed for item in stanford.values())
    assert wrong / len(stanford) < 0.0005


def test_a_preposition_names_the_relation() -> None:
    found = collapsed("rain/NN/2/nsubj falls/VBZ/0/root on/IN/4/case roofs/NNS/2/nmod")
    assert found == {(2, 1, "nsubj"), (0, 2, "root"), (4, 3, "case"), (2, 4, "nmod:on")}


def test_an_nmod_without_a_preposition_stays_bare() -> None:
    assert (2, 3, "nmod") in collapsed("rain/NN/2/nsubj falls/VBZ/0/root by/IN/2/nmod")


def test_by_under_a_passive_is_the_agent() -> None:
    found = collapsed("wood/NN/3/nsubj is/VBZ/3/auxpass cut/VBN/0/root by/IN/6/case a/DT/6/det saw/NN/3/nmod")
    assert {(3, 6, "nmod:agent"), (3, 1, "nsubjpass")} <= found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "men/NNS/0/root along/RB/4/advmod with/IN/4/case dogs/NNS/1/nmod",
            {(4, 2, "case"), (2, 3, "mwe"), (1, 4, "nmod:along_with")},
        ),
        (
            "men/NNS/2/nsubj talk/VBP/0/root next/RB/2/advmod to/TO/5/case trains/NNS/3/nmod",
            {(5, 3, "case"), (3, 4, "mwe"), (2, 5, "nmod:next_to")},
        ),
        (
            "men/NNS/2/nsubj talk/VBP/0/root in/IN/4/case front/NN/2/nmod of/IN/6/case trains/NNS/4/nmod",
            {(6, 3, "case"), (3, 4, "mwe"), (3, 5, "mwe"), (2, 6, "nmod:in_front_of")},
        ),
    ],
)
def test_prepositions_of_several_words(text: str, expected: Edges) -> None:
    assert expected <= collapsed(text)


def test_conjuncts_share_heads_and_subject_but_not_objects() -> None:
    found = collapsed(
        "dogs/NNS/2/nsubj bark/VBP/0/root and/CC/2/cc chase/VBP/2/conj cats/NNS/4/dobj or/CC/5/cc mice/NNS/5/conj"
    )
    assert {(2, 4, "conj:and"), (4, 1, "nsubj"), (5, 7, "conj:or"), (4, 7, "dobj")} <= found
    assert (2, 5, "dobj") not in found


def test_a_conjunct_without_coordinator_is_not_propagated() -> None:
    found = collapsed("birds/NNS/3/nsubj frogs/NNS/1/conj sing/VBP/0/root")
    assert found == {(3, 1, "nsubj"), (1, 2, "conj"), (0, 3, "root")}


def test_a_conjunct_with_its_own_subject_takes_no_other() -> None:
    found = collapsed("dogs/NNS/2/nsubj bark/VBP/0/root and/CC/2/cc cats/NNS/5/nsubj meow/VBP/2/conj")
    assert (5, 1, "nsubj") not in found


def test_coordinated_phrases_copy_their_governor() -> None:
    found = collapsed(
        "water/NN/2/nsubj runs/VBZ/0/root over/IN/4/case rocks/NNS/2/nmod and/CC/4/cc into/IN/8/case "
        "a/DT/8/det pool/NN/4/conj"
    )
    copy = {(2, 2.1, "conj:and"), (2.1, 8, "nmod:into"), (2.1, 1, "nsubj"), (2, 5, "cc"), (2, 4, "nmod:over")}
    assert copy <= found


def test_coordinated_prepositions_copy_their_governor() -> None:
    found = collapsed("water/NN/2/nsubj runs/VBZ/0/root into/IN/6/case and/CC/3/cc over/IN/3/conj bowls/NNS/2/nmod")
    assert {(2, 2.1, "conj:and"), (2, 6, "nmod:into"), (2.1, 6, "nmod:over"), (2.1, 1, "nsubj")} <= found


def test_but_not_is_a_coordinator_of_its_own() -> None:
    found = collapsed("dogs/NNS/0/root but/CC/3/cc not/RB/1/cc cats/NNS/1/conj")
    assert (1, 4, "conj:negcc") in found


def test_punctuation_is_left_out() -> None:
    assert collapsed("rain/NN/0/root -/:/0/punct") == {(0, 1, "root")}


def test_an_empty_caption_has_no_edges() -> None:
    assert collapsed("") == set()
