"""Tuples of hand-made parses, rule by rule."""

from __future__ import annotations

import pytest

from aacbench.metrics.spice.tuples import tuples_of
from tests.metrics.spice.conftest import by_hand

CASES = {
    "subject, verb, object": (
        "dogs/NNS/2/nsubj/dog chase/VBP/0/root cats/NNS/2/dobj/cat",
        {("dog", "chase", "cat"), ("dog",), ("cat",)},
    ),
    "verb with preposition": (
        "rain/NN/2/nsubj falls/VBZ/0/root/fall on/IN/4/case roofs/NNS/2/nmod/roof",
        {("rain", "fall on", "roof"), ("rain",), ("roof",)},
    ),
    "particle and preposition": (
        "planes/NNS/2/nsubj/plane take/VBP/0/root off/RP/2/compound:prt into/IN/5/case skies/NNS/2/nmod/sky",
        {("plane", "take off into", "sky"), ("plane",), ("sky",)},
    ),
    "verb without object": (
        "dogs/NNS/2/nsubj/dog bark/VBP/0/root",
        {("dog", "bark"), ("dog",)},
    ),
    "be without object says nothing": (
        "dogs/NNS/2/nsubj/dog are/VBP/0/root/be",
        {("dog",)},
    ),
    "copula": (
        "dogs/NNS/3/nsubj/dog are/VBP/3/cop/be loud/JJ/0/root",
        {("dog", "loud"), ("dog",)},
    ),
    "copula with preposition": (
        "dogs/NNS/4/nsubj/dog are/VBP/4/cop/be in/IN/4/case rooms/NNS/0/root/room",
        {("dog", "in", "room"), ("dog",), ("room",)},
    ),
    "adjective": (
        "loud/JJ/2/amod dogs/NNS/0/root/dog",
        {("dog", "loud"), ("dog",)},
    ),
    "noun with preposition": (
        "sound/NN/0/root of/IN/3/case rain/NN/1/nmod",
        {("sound", "of", "rain"), ("sound",), ("rain",)},
    ),
    "owner": (
        "dog/NN/3/nmod:poss 's/POS/1/case bark/NN/0/root",
        {("dog", "have", "bark"), ("dog",), ("bark",)},
    ),
    "agent": (
        "wood/NN/3/nsubj is/VBZ/3/auxpass/be cut/VBN/0/root by/IN/5/case saws/NNS/3/nmod/saw",
        {("saw", "cut", "wood"), ("wood",), ("saw",)},
    ),
    "participle": (
        "man/NN/0/root cutting/VBG/1/acl/cut wood/NN/2/dobj",
        {("man", "cut", "wood"), ("man",), ("wood",)},
    ),
    "relative clauses say nothing": (
        "man/NN/0/root cutting/VBG/1/acl:relcl/cut wood/NN/2/dobj",
        {("man",), ("wood",)},
    ),
    "compound": (
        "car/NN/2/compound engine/NN/0/root",
        {("engine", "car")},
    ),
    "number": (
        "two/CD/2/nummod dogs/NNS/0/root/dog",
        {("dog", "two"), ("dog",)},
    ),
    "number of a singular": (
        "one/CD/2/nummod dog/NN/0/root",
        {("dog",)},
    ),
    "quantifier with article": (
        "a/DT/2/det lot/NN/0/root of/IN/4/case noises/NNS/2/nmod/noise",
        {("noise", "a"), ("noise",), ("lot",)},
    ),
    "quantifier as subject": (
        "lots/NNS/4/nsubj/lot of/IN/3/case dogs/NNS/1/nmod/dog bark/VBP/0/root",
        {("dog", "bark"), ("dog", "lot"), ("dog",), ("lot",)},
    ),
    "quantifier before a determiner": (
        "two/CD/5/nsubj of/IN/4/case the/DT/4/det dogs/NNS/1/nmod/dog bark/VBP/0/root",
        {("dog", "bark"), ("dog", "two"), ("dog",)},
    ),
    "no quantifier without a determiner": (
        "some/DT/4/nsubj of/IN/3/case dogs/NNS/1/nmod/dog bark/VBP/0/root",
        {("dog",)},
    ),
    "pronoun": (
        "car/NN/2/nsubj honks/VBZ/0/root/honk its/PRP$/4/nmod:poss/its horn/NN/2/dobj",
        {("car", "honk", "horn"), ("car", "have", "horn"), ("car",), ("horn",)},
    ),
    "a singular pronoun skips plurals": (
        "dogs/NNS/2/nsubj/dog chase/VBP/0/root it/PRP/2/dobj",
        {("dog", "chase"), ("dog",)},
    ),
    "a plural pronoun takes plurals": (
        "dogs/NNS/2/nsubj/dog wag/VBP/0/root their/PRP$/4/nmod:poss tails/NNS/2/dobj/tail",
        {("dog", "wag", "tail"), ("dog", "have", "tail"), ("dog",), ("tail",)},
    ),
    "a first pronoun stays": (
        "it/PRP/2/nsubj rains/VBZ/0/root/rain",
        set(),
    ),
    "conjuncts": (
        "dogs/NNS/2/nsubj/dog bark/VBP/0/root and/CC/2/cc howl/VBP/2/conj",
        {("dog", "bark"), ("dog", "howl"), ("dog",)},
    ),
    "no noun": ("loudly/RB/0/root", set()),
    "empty": ("", set()),
}


@pytest.mark.parametrize("case", CASES)
def test_rule(case: str) -> None:
    text, expected = CASES[case]
    found = tuples_of(by_hand(text))
    assert set(found) == expected
    assert len(found) == len(expected)


def test_a_quantified_subject_keeps_its_first_verb_only() -> None:
    found = tuples_of(
        by_hand(
            "a/DT/2/det variety/NN/5/nsubj of/IN/4/case birds/NNS/2/nmod/bird chirp/VBP/0/root "
            "and/CC/5/cc sing/VBP/5/conj"
        )
    )
    assert set(found) == {("bird", "chirp"), ("bird", "a"), ("bird",), ("variety",)}
