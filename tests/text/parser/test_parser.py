"""The caption parser: trees against exhaustive search, scores against torch, parses against known ones."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from aacbench.text.parser import Parser, load_parser
from aacbench.text.parser.features import AFFIXES_PER_WORD, Vocabulary, affixes
from aacbench.text.parser.parse import Parse
from aacbench.text.parser.trees import are_trees, best_trees, projective_trees

ROOT = Path(__file__).parents[3]
REFERENCE_LAS = 0.97  # of the shipped weights on captions they were trained on, with some room
CAPTIONS = [
    ["a", "man", "is", "speaking", "while", "a", "dog", "barks", "in", "the", "background"],
    ["birds", "chirp", "and", "the", "wind", "blows"],
    ["someone", "is", "walking", "on", "gravel"],
    ["rain"],
    ["a", "car", "drives", "by", "with", "its", "horn", "honking", "loudly"],
]


def is_tree(heads: Sequence[int]) -> bool:
    """Whether every token reaches the root and one stands directly under it, by walking up."""
    for start in range(len(heads)):
        seen, node = set(), start + 1
        while node:
            if node in seen:
                return False
            seen.add(node)
            node = heads[node - 1]
    return sum(head == 0 for head in heads) == 1


def is_projective(heads: Sequence[int]) -> bool:
    """Whether no two arcs cross."""
    arcs = [tuple(sorted((head, child))) for child, head in enumerate(heads, start=1)]
    return not any(a < c < b < d for (a, b), (c, d) in itertools.permutations(arcs, 2))


def test_are_trees_agrees_with_walking_up_on_all_heads_of_four_tokens() -> None:
    every = np.array(list(itertools.product(range(5), repeat=4)))
    found = are_trees(every)
    assert found.tolist() == [is_tree(heads) for heads in every.tolist()]
    assert found.sum() == 4 * 4**2  # Cayley: 4^2 labelled trees, each with any of 4 tokens on top


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5])
def test_projective_trees_are_the_best_of_all(length: int) -> None:
    arcs = np.random.default_rng(length).normal(size=(20, length, length + 1)).astype(np.float32)
    candidates = [
        heads
        for heads in itertools.product(range(length + 1), repeat=length)
        if is_tree(heads) and is_projective(heads)
    ]
    for scores, found in zip(arcs, projective_trees(arcs).tolist(), strict=True):
        totals = {heads: sum(scores[i, head] for i, head in enumerate(heads)) for heads in candidates}
        assert tuple(found) == max(totals, key=lambda heads: totals[heads])


def test_best_trees_keep_greedy_heads_where_they_form_a_tree() -> None:
    arcs = np.random.default_rng(3).normal(size=(400, 6, 7)).astype(np.float32)
    arcs[:, np.arange(6), np.arange(1, 7)] = 50.0  # a token is never its own head, however good it looks
    heads = best_trees(arcs.copy())
    assert all(is_tree(row) for row in heads.tolist())
    arcs[:, np.arange(6), np.arange(1, 7)] = -np.inf
    greedy = arcs.argmax(axis=2)
    kept = are_trees(greedy)
    assert 0 < kept.sum() < 400
    assert (heads[kept] == greedy[kept]).all()


def test_affixes_are_of_fixed_number_and_skip_whole_words() -> None:
    assert affixes("dogs") == ["-s", "-gs", "-ogs", "", "d-", "do-", "dog-"]
    assert affixes("1970s")[3] == "-000s"[0] + "000s"
    assert all(len(affixes(word)) == AFFIXES_PER_WORD for word in ("", "a", "crackling"))


def test_pairs_that_are_not_known_share_one_id() -> None:
    words = ["<unknown>", "<edge>", "a", "dog"]
    codes = np.array(sorted([1 * 4 + 2, 2 * 4 + 3]))
    vocabulary = Vocabulary(words, [""], ["NN"], ["root"], codes)
    ids, _ = vocabulary.describe_types(["a", "dog", "cat", "<edge>"])
    assert ids.tolist() == [2, 3, 0, 0]  # the edge's name is no word
    assert vocabulary.describe_types(["sheep-dog", "-", "dog-"])[0].tolist() == [3, 0, 0]
    assert vocabulary.pair_ids(np.array([[2, 3], [3, 2]])).tolist() == [[1, 2, 0], [0, 0, 0]]
    empty = Vocabulary(words, [""], ["NN"], ["root"], codes[:0])
    assert empty.pair_ids(np.array([[2, 3]])).tolist() == [[0, 0, 0]]


def test_parse_of_a_plain_caption() -> None:
    (parse,) = load_parser().parse([["a", "loud", "engine", "runs", "on", "gravel"]])
    assert parse.tags == ("DT", "JJ", "NN", "VBZ", "IN", "NN")
    assert parse.heads == (3, 3, 4, 0, 6, 4)
    assert parse.relations == ("det", "amod", "nsubj", "root", "case", "nmod")
    assert parse.lemmas == ("a", "loud", "engine", "run", "on", "gravel")
    assert parse.words == ("a", "loud", "engine", "runs", "on", "gravel")


def test_any_sentence_gives_a_tree() -> None:
    rng = random.Random(0)
    pool = ["a", "dog", "barks", "zzyzx", "and", "", "’", "1990s", "naïve", "of", "to", "犬", "<edge>"]
    sentences = [rng.choices(pool, k=length) for length in (*range(40), 130, 300)]
    parses = load_parser().parse(sentences)
    for sentence, parse in zip(sentences, parses, strict=True):
        assert parse.words == tuple(sentence)
        columns = (parse.tags, parse.lemmas, parse.heads, parse.relations)
        assert {len(column) for column in columns} == {len(sentence)}
        assert not sentence or is_tree(parse.heads)
    assert parses[0] == Parse((), (), (), (), ())
    assert load_parser().parse([]) == []


def test_a_parse_does_not_depend_on_its_company() -> None:
    parser = load_parser()
    together = parser.parse(CAPTIONS * 3)
    assert together == [parser.parse([caption])[0] for caption in CAPTIONS] * 3
    assert parser.parse(CAPTIONS[::-1]) == together[: len(CAPTIONS)][::-1]
    assert parser.parse(CAPTIONS * 1000)[-5:] == together[:5]  # many batches, in threads


def test_the_root_relation_goes_with_the_root() -> None:
    for parse in load_parser().parse(CAPTIONS):
        assert [relation == "root" for relation in parse.relations] == [head == 0 for head in parse.heads]


def test_shipped_files_are_small_and_version_names_them(tmp_path: Path) -> None:
    folder = Path(sys.modules[Parser.__module__].__file__ or "").parent / "data"
    files = list(folder.iterdir())
    assert sum(file.stat().st_size for file in files) <= 10_000_000
    for file in files:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert Parser(tmp_path).version == load_parser().version
    tables = tmp_path / "tables.json"
    tables.write_text(tables.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert Parser(tmp_path).version != load_parser().version


def test_torch_is_not_loaded() -> None:
    code = (
        "import sys; from aacbench.text.parser import load_parser;"
        "load_parser().parse([['a', 'dog']]); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_parses_of_reference_captions_come_out_as_trained(test_data: Path) -> None:
    path = test_data / "parses" / "captions.ud.jsonl.gz"
    if not path.exists():
        pytest.skip(f"no parsed captions at {path}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in itertools.islice(lines, 0, None, 200)]
    parses = load_parser().parse([[token[0] for token in row["tok"]] for row in rows])
    right = total = 0
    for row, parse in zip(rows, parses, strict=True):
        gold = {(child, head, relation) for head, child, relation in row["basic"]}
        children = range(1, len(parse.heads) + 1)
        right += len(gold & set(zip(children, parse.heads, parse.relations, strict=True)))
        total += len(gold)
    assert len(rows) > 400
    assert right / total > REFERENCE_LAS


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The training script's modules."""
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import importlib

    names = ("corpus", "network", "export", "training", "augment")
    return {name: importlib.import_module(f"spice_parser.{name}") for name in names}


def write_parses(path: Path) -> None:
    """A few parses as the shared file holds them, one of them without a head for its first token."""
    parses = load_parser().parse(CAPTIONS)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for parse in parses:
            tokens = [list(token) for token in zip(parse.words, parse.tags, parse.lemmas, strict=True)]
            edges = [
                [head, child, relation]
                for child, (head, relation) in enumerate(zip(parse.heads, parse.relations, strict=True), 1)
            ]
            lines.write(json.dumps({"tok": tokens, "basic": edges}) + "\n")
        lines.write(json.dumps({"tok": tokens, "basic": edges[1:]}) + "\n")


def random_network(training: dict[str, Any], sentences: Any) -> tuple[Any, Any, Any]:
    """An untrained network of small odd sizes with large weights, its vocabulary and its corpus."""
    import torch

    torch.manual_seed(0)
    vocabulary = training["corpus"].build_vocabulary(sentences, word_count=2, affix_types=2, pair_count=1)
    sizes = training["network"].Sizes(
        words=len(vocabulary.words),
        affixes=len(vocabulary.affixes),
        pairs=len(vocabulary.pairs) + 1,
        tags=len(vocabulary.tags),
        relations=len(vocabulary.relations),
        word=7, affix=5, pair=3, hidden=6, layers=3, arc=9, relation=4,
    )  # fmt: skip
    network = training["network"].ParserNetwork(sizes)
    with torch.no_grad():
        for name, value in network.named_parameters():  # what half precision can hold, biases not summed
            value.copy_(torch.randn_like(value).mul(0.0 if "bias_hh" in name else 0.4).half())
    return network, vocabulary, training["corpus"].build_corpus(sentences, vocabulary)


def test_numpy_gives_the_scores_of_torch(training: dict[str, Any], tmp_path: Path) -> None:
    import torch

    write_parses(tmp_path / "parses.jsonl.gz")
    sentences = list(training["corpus"].read(tmp_path / "parses.jsonl.gz"))
    assert [sentence.words for sentence in sentences] == [tuple(caption) for caption in CAPTIONS]
    network, vocabulary, corpus = random_network(training, sentences)
    training["export"].export(network, vocabulary, sentences, tmp_path)
    parser = Parser(tmp_path)
    prepared = parser.network.prepare(corpus.type_words.numpy(), corpus.type_affixes.numpy())
    for block in corpus.blocks.values():
        inputs = training["training"].look_up(corpus, block, training["network"].NO_DROPOUT)
        with torch.no_grad():
            expected = network(*inputs)
            relations = network.relations(expected, block.heads).argmax(2)
        found = parser.network.score(prepared, block.types.numpy(), block.pairs.numpy())
        np.testing.assert_allclose(found.arcs, expected.arcs.numpy(), rtol=1e-4, atol=1e-4)
        assert (found.tags == expected.tags.argmax(2).numpy()).all()
        assert (parser.network.relations(found, block.heads.numpy()) == relations.numpy()).all()


def test_training_learns_stops_on_time_and_resumes(
    training: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_parses(tmp_path / "parses.jsonl.gz")
    sentences = list(training["corpus"].read(tmp_path / "parses.jsonl.gz"))
    network, _, corpus = random_network(training, sentences)
    evaluate, blocks = training["training"].evaluate, corpus.blocks
    ticks = itertools.count(step=0.01)
    monkeypatch.setattr(training["training"].time, "process_time", lambda: next(ticks))
    plan = training["training"].Plan(minutes=2 / 60, average=0.9, learning_rate=0.03)
    trainer = training["training"].Trainer(network.sizes, plan, tmp_path)
    before = evaluate(trainer.averaged, corpus, blocks)
    many = training["training"].merge(blocks, blocks, copies=3)
    trainer.train(corpus, (many, many), blocks)
    after = evaluate(trainer.averaged, corpus, blocks)
    assert after["las"] > before["las"] + 0.3
    assert trainer.fraction == 1.0
    assert 150 < trainer.step < 210  # 2 seconds at 10 ms a step, and 10 ms an epoch
    again = training["training"].Trainer(network.sizes, plan, tmp_path)
    assert again.resume()
    assert (again.step, again.epoch, again.fraction) == (trainer.step, trainer.epoch, 1.0)
    assert evaluate(again.averaged, corpus, blocks) == after


def test_an_export_is_taken_over(training: dict[str, Any], tmp_path: Path) -> None:
    write_parses(tmp_path / "parses.jsonl.gz")
    sentences = list(training["corpus"].read(tmp_path / "parses.jsonl.gz"))
    network, vocabulary, _ = random_network(training, sentences)
    training["export"].export(network, vocabulary, sentences, tmp_path)
    trainer = training["training"].Trainer(network.sizes, training["training"].Plan(), tmp_path)
    trainer.start(tmp_path)
    for one in (trainer.network, trainer.averaged):
        taken = one.state_dict()
        assert all((taken[name] == value).all() for name, value in network.state_dict().items())
    other = training["network"].ParserNetwork(training["network"].Sizes(9, 9, 9, 9, 9))
    with pytest.raises(SystemExit, match="other sizes"):
        training["export"].take_over(other, tmp_path)


def exchangeable(training: dict[str, Any]) -> list[Any]:
    """Sentences of two patterns, with nouns, verbs and adjectives that take one tag each."""
    sentence = training["corpus"].Sentence
    made = []
    for noun, adjective, verb in itertools.product(("dog", "bell", "car"), ("loud", "old"), ("barks", "rings")):
        words = ("a", adjective, noun, verb, "with", "a", noun)
        tags = ("DT", "JJ", "NN", "VBZ", "IN", "DT", "NN")
        heads, relations = (3, 3, 4, 0, 7, 7, 4), ("det", "amod", "nsubj", "root", "case", "det", "nmod")
        made.append(sentence(words, tags, words, heads, relations))
        made.append(sentence((noun, verb), ("NN", "VBZ"), (noun, verb), (2, 0), ("nsubj", "root")))
    return made


def test_exchanged_words_and_phrases_keep_the_tree(training: dict[str, Any]) -> None:
    sentences = exchangeable(training)
    shapes = {(s.tags[-4:], s.relations[-4:]) for s in sentences}
    known, exchange = {s.words for s in sentences}, training["augment"].Exchange(sentences, seed=1)
    made = [s for _ in range(5) for s in exchange]
    assert {len(s.words) for s in made} > {2, 7}  # phrases of other lengths stand in
    assert any(s.words not in known for s in made)
    for s in made:
        assert training["corpus"].is_tree(s.heads)
        assert {len(column) for column in (s.words, s.tags, s.heads, s.relations)} == {len(s.words)}
        assert (s.tags[-4:], s.relations[-4:]) in shapes or len(s.words) not in (2, 7)
        for word, tag, head, relation in zip(s.words, s.tags, s.heads, s.relations, strict=True):
            assert tag == ("NN" if word in ("dog", "bell", "car") else tag)
            if relation in ("det", "amod"):
                assert s.tags[head - 1] == "NN"
    again = training["augment"].Exchange(sentences, seed=1)
    assert [s.words for _ in range(5) for s in again] == [s.words for s in made]


def test_words_of_like_tags_form_a_class(training: dict[str, Any]) -> None:
    class_of = training["augment"].class_of
    assert class_of(Counter(NN=99, VB=1)) == "NN"
    assert class_of(Counter(NNS=50, VBZ=50)) == class_of(Counter(NNS=40, VBZ=45)) != class_of(Counter(NNS=5, VBZ=95))
    assert class_of(Counter(NN=5)) == class_of(Counter(IN=50)) == class_of(Counter(NN=10, IN=10)) == ""


def test_a_text_of_thousands_of_words_is_one_tree() -> None:
    words = ["a", "dog", "barks", "and", "birds", "sing", "'s"] * 300
    parse = load_parser().parse([words, ["a", "dog"]])[0]
    assert parse.words == tuple(words) and len(parse.heads) == len(parse.relations) == len(parse.tags) == len(words)
    assert parse.heads.count(0) == 1 and parse.relations.count("parataxis") >= len(words) // 200
    for start in range(len(words)):
        at, steps = start, 0
        while (head := parse.heads[at]) and steps <= len(words):
            at, steps = head - 1, steps + 1
        assert head == 0
