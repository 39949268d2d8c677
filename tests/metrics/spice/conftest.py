"""Stanford's parses of real captions, and how to write a parse by hand."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aacbench.errors import UserError
from aacbench.metrics.spice import official
from aacbench.metrics.spice.collapse import Graph
from aacbench.metrics.spice.jvm import Java, find_java
from aacbench.text.parser.parse import Parse

Edges = set[tuple[float, float, str]]


def by_hand(text: str) -> Parse:
    """Return the parse written as `word/TAG/head/relation` per token, `word/TAG/head/relation/lemma` if they differ."""
    rows = [(*token.split("/"), "")[:6] for token in text.split()]
    return Parse(
        words=tuple(row[0] for row in rows),
        tags=tuple(row[1] for row in rows),
        lemmas=tuple(row[4] or row[0] for row in rows),
        heads=tuple(int(row[2]) for row in rows),
        relations=tuple(row[3] for row in rows),
    )


def edges_of(graph: Graph) -> Edges:
    """Return a graph's edges with copies numbered as Stanford does: 6.1 is the first copy of token 6."""
    copies: dict[int, int] = {}
    names: list[float] = []
    for node, token in enumerate(graph.origin):
        if node != token:
            copies[token] = copies.get(token, 0) + 1
        names.append(node if node == token else round(token + copies[token] / 10, 1))
    return {(names[head], names[node], relation) for head, node, relation in graph.edges}


@dataclass(frozen=True)
class Stanford:
    """A caption's parse by Stanford's parser, and the collapsed graph that its converter makes of it."""

    parse: Parse
    collapsed: Edges


def read(row: dict[str, Any]) -> Stanford:
    """Return a line of the parse file; tokens without a head are punctuation."""
    heads, relations = [0] * len(row["tok"]), ["punct"] * len(row["tok"])
    for head, node, relation in row["basic"]:
        heads[node - 1], relations[node - 1] = head, relation
    words, tags, lemmas, _ = zip(*row["tok"], strict=True)
    parse = Parse(words, tags, lemmas, tuple(heads), tuple(relations))
    return Stanford(parse, {tuple(edge) for edge in row["cc"]})


@pytest.fixture(scope="session")
def stanford(test_data: Path) -> dict[str, Stanford]:
    """Stanford's parses by caption."""
    with gzip.open(test_data / "parses" / "captions.ud.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [read(json.loads(line)) for line in lines]
    assert len(found) == 81_807
    return {" ".join(item.parse.words): item for item in found}


def official_order(facts: Iterable[Sequence[str]]) -> list[list[str]]:
    """Return tuples as the official classes take them: a relation is (subject, object, predicate)."""
    return [[fact[0], fact[2], fact[1]] if len(fact) == 3 else list(fact) for fact in facts]


@dataclass(frozen=True)
class Jars:
    """The official classes of pycocoevalcap, without the parser's models, and a Java that runs sources."""

    java: Java
    path: str

    def run(self, source: str, *arguments: str, text: str = "") -> str:
        """Run a class of tests/metrics/spice/java from its source and return what it prints."""
        file = Path(__file__).parent / "java" / source
        command = [self.java.command, *self.java.options(10**9), "-cp", self.path, str(file), *arguments]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def jars() -> Jars:
    """SPICE's and METEOR's jars and, for the graph classes, the tokenizer's CoreNLP; skips without a JDK."""
    try:
        java = find_java()
    except UserError as error:
        pytest.skip(str(error))
    if java.major < 11 or shutil.which("javac") is None:
        pytest.skip("no JDK that runs sources")
    spec = importlib.util.find_spec("pycocoevalcap")
    assert spec and spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    driver = Path(official.__file__).parent / "java"
    parts = [
        driver,
        package / "tokenizer" / "stanford-corenlp-3.4.1.jar",
        package / "spice" / "spice-1.0.jar",
    ]
    return Jars(java, os.pathsep.join(map(str, [*parts, package / "spice" / "lib" / "*"])))
