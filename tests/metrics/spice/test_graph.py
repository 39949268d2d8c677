"""Scene graphs: how concepts merge, and that the official classes make the same of random tuples."""

from __future__ import annotations

import json
import math
import random

from aacbench.metrics.spice.graph import SceneGraph
from aacbench.metrics.spice.score import KINDS, WORDS, Scene, SceneTuple, f_scores
from aacbench.metrics.spice.tuples import Fact
from aacbench.text.wordnet import load_wordnet
from tests.metrics.spice.conftest import Jars, official_order

NOUNS = "dog cat rain water engine motor car vehicle man person child baby bird sound noise"
VERBS = "bark run fall blow drive speak talk cry be chirp move go"
COLORS, COUNTS = ["red", "dark"], ["two", "three"]


def scene(*facts: Fact) -> list[SceneTuple]:
    graph = SceneGraph(load_wordnet())
    graph.add(facts)
    return list(graph.tuples())


def strings(*facts: Fact) -> set[tuple[str, ...]]:
    return {tuple("/".join(sorted(concept.strings)) for concept in item) for item in scene(*facts)}


def test_the_same_string_is_one_node() -> None:
    assert strings(("dog",), ("dog",), ("dog", "loud"), ("dog", "loud")) == {("dog",), ("dog", "loud")}


def test_synonyms_become_one_node() -> None:
    assert strings(("car",), ("automobile",), ("cat",)) == {("automobile/car",), ("cat",)}


def test_inflected_forms_meet_their_base() -> None:
    assert strings(("whooshing",), ("whoosh",)) == {("whoosh/whooshing",)}


def test_synonymous_attributes_and_relations_become_one() -> None:
    found = strings(("dog", "large"), ("dog", "big"), ("dog", "run", "car"), ("dog", "be run", "automobile"))
    assert found == {("dog",), ("automobile/car",), ("dog", "big/large"), ("dog", "run", "automobile/car")}


def test_ends_of_relations_are_nodes() -> None:
    assert strings(("dog", "chase", "cat")) == {("dog",), ("cat",), ("dog", "chase", "cat")}


def random_facts(source: random.Random, most: int) -> list[Fact]:
    facts: list[Fact] = []
    for _ in range(source.randrange(most + 1)):
        noun, other = (source.choice(NOUNS.split()) for _ in range(2))
        verb = source.choice(VERBS.split()) + source.choice(["", "", " on", " off into"])
        prefix = source.choice(["", "", "be "])
        attribute = source.choice([*COLORS, *COUNTS, verb, source.choice(sorted(WORDS["size"])), "loud"])
        facts.append(source.choice([(noun,), (noun, attribute), (noun, attribute), (noun, prefix + verb, other)]))
    return facts


def test_official_classes_agree_on_random_tuples(jars: Jars) -> None:
    source = random.Random(0)
    pairs = []
    for _ in range(400):
        references = random_facts(source, 40)
        copied = source.sample(references, min(len(references), source.randrange(6)))
        pairs.append((random_facts(source, 6) + copied, references))
    lines = [json.dumps([official_order(facts) for facts in pair]) for pair in pairs]
    reports = [
        json.loads(line)[0]["scores"] for line in jars.run("GraphOracle.java", text="\n".join(lines)).splitlines()
    ]
    assert len(reports) == len(pairs)
    assert sum(report["All"]["f"] > 0 for report in reports) > 200
    for kind in KINDS:
        assert sum((report[kind.capitalize()]["f"] or 0) > 0 for report in reports) > 5, kind
    for (candidate, references), report in zip(pairs, reports, strict=True):
        total, kinds = f_scores(Scene(scene(*candidate)), Scene(scene(*references)))
        assert math.isclose(total, report["All"]["f"], abs_tol=1e-12)
        for kind, value in kinds.items():
            expected = report[kind.capitalize()]["f"]
            assert math.isnan(value) if expected is None else math.isclose(value, expected, abs_tol=1e-12)
