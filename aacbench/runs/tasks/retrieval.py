"""Retrieval: every distinct reference searches the evaluation clips, and every clip the references.

`predictions.csv` has DCASE's form: caption,file_name_1..10, best first; equal similarities keep the clips' order.
Scores of text searching audio carry the names of `aacbench.scoring.retrieval` and are those of the lists (median and
mean rank: of the whole matrix); `chance_map_at_10` is what a random order has on average. Those of audio searching text
begin with `audio_to_text_`. A caption of several clips is one query, and all of them are right. `items.csv` has the
scores of each query.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacbench.audio.source import audio_location
from aacbench.contracts import MetricSpec, NetworkCosts, RetrievalMethod, Retriever
from aacbench.contracts.context import RunContext
from aacbench.contracts.settings import key_of
from aacbench.datasets.fingerprint import require_unchanged
from aacbench.errors import unknown_name
from aacbench.files.atomic import atomic_path, atomic_write
from aacbench.files.checksums import digest
from aacbench.files.safe_read import load_json
from aacbench.host.builtin.retrieval_metrics import CUTS, RANKS, at_any_depth
from aacbench.host.builtin.retrieval_metrics import specs as usual
from aacbench.inference.embeddings import embed, retriever_key
from aacbench.inference.resumable import network_costs
from aacbench.runs.energy import metered
from aacbench.runs.tasks.outcome import TaskOutcome
from aacbench.runtime.distributed.collectives import on_rank_zero
from aacbench.runtime.distributed.process_group import is_rank_zero
from aacbench.scoring.report import write_rows
from aacbench.scoring.retrieval import by_rows, chance, matrix_items, ranked_items, score_ranks
from aacbench.types import Clip, Score

DEPTH = 10
BACK = "audio_to_text_"
MATRIX = "similarity.npy"
CLIPS = "clips.json"  # where the run's clips lie, for `aacbench search`
SPECS = usual()
Matrix = NDArray[np.float32]


def evaluate(
    context: RunContext, method: RetrievalMethod, keys: Sequence[str], metrics: Sequence[str] | None
) -> TaskOutcome:
    """Rank the evaluation clips for each reference, and the other way round; `keys` are those of the run's stages.

    Raises:
        UserError: one of `metrics` is no retrieval score.
    """
    queries = relevant_clips(context.clips["evaluation"])
    with metered(context.energy and is_rank_zero()) as meter:
        similarity, seconds, anew, network = _similarity(context, method, keys, list(queries))
    return TaskOutcome(_scored(context, queries, similarity, metrics), seconds, anew, kwh=meter.kwh, network=network)


@on_rank_zero
def _scored(
    context: RunContext,
    queries: Mapping[str, Sequence[int]],
    similarity: Matrix,
    metrics: Sequence[str] | None,
) -> Mapping[str, Score]:
    clips = context.clips["evaluation"]
    where = {clip.id: audio_location(clip.audio) for clip in clips}
    atomic_write(context.outputs / CLIPS, json.dumps(where, indent=0, ensure_ascii=False))
    lists = ranked(similarity, [clip.id for clip in clips])
    header = ["caption", *(f"file_name_{rank}" for rank in range(1, len(lists[0]) + 1))]
    rows = [[query, *names] for query, names in zip(queries, lists, strict=True)]
    write_rows(context.outputs / "predictions.csv", header, rows)
    scores = score(similarity, clips, queries, lists, _specs(context, metrics), context.metric_settings, metrics or ())
    chosen = {name: scores[name] for name in _chosen(scores, metrics)}
    _write_items(context, queries, chosen)
    return chosen


def relevant_clips(clips: Sequence[Clip]) -> dict[str, list[int]]:
    """Return each distinct reference with the places of the clips that it describes."""
    relevant: dict[str, list[int]] = {}
    for index, clip in enumerate(clips):
        for caption in dict.fromkeys(clip.captions):
            relevant.setdefault(caption, []).append(index)
    return relevant


def ranked(similarity: Matrix, names: Sequence[str], depth: int = DEPTH) -> list[list[str]]:
    """Return the names of each row's best columns, the best first."""
    orders = (np.argsort(-similarity[some], axis=1, kind="stable")[:, :depth] for some in by_rows(similarity))
    return [[names[column] for column in row] for order in orders for row in order]


def _specs(context: RunContext, names: Sequence[str] | None) -> list[MetricSpec]:
    """Return the retrieval metrics that are computed unasked, and those that are asked for."""
    asked = {name.removeprefix(BACK) for name in names or ()}
    known = [spec for spec in context.registries.metrics if spec.task == "retrieval"]
    chosen = {spec.name: spec for spec in known if spec.default or asked & {spec.name, *spec.outputs}}
    return [*({spec.name: spec for name in sorted(asked) if (spec := at_any_depth(name))} | chosen).values()]


def score(
    similarity: Matrix,
    clips: Sequence[Clip],
    queries: Mapping[str, Sequence[int]],
    lists: Sequence[Sequence[str]],
    specs: Sequence[MetricSpec] = SPECS,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    asked: Sequence[str] = (),
) -> dict[str, Score]:
    """Return the scores of both directions of a matrix (queries, clips) and the ranked lists made of it.

    Those of `asked` that look further than the lists are of the whole matrix.
    """
    names = [clip.id for clip in clips]
    right_names = [[names[position] for position in right] for right in queries.values()]
    listed = score_ranks(ranked_items(lists, right_names), specs, settings)
    more = [spec for spec in specs if asked and spec.name != RANKS.name]
    whole = score_ranks(matrix_items(similarity, [*queries.values()]), [*more, RANKS], settings)
    deeper = [name for name in asked if name in whole and name not in listed]
    ranks = {name: whole[name] for name in ("median_rank", "mean_rank", *deeper)}
    cut = max(k for k in CUTS if k <= min(DEPTH, len(clips)))
    floor = Score(f"chance_map_at_{cut}", chance([*map(len, queries.values())], len(clips), cut))
    right: list[list[int]] = [[] for _ in clips]
    for query, relevant in enumerate(queries.values()):
        for clip in relevant:
            right[clip].append(query)
    back = {BACK + name: one for name, one in score_ranks(matrix_items(similarity.T, right), specs, settings).items()}
    sizes = (len(clips), len(queries))
    to_audio = {name: _named(one, name, *sizes) for name, one in {**listed, floor.name: floor, **ranks}.items()}
    return {**to_audio, **{name: _named(one, name, *reversed(sizes)) for name, one in back.items()}}


def _named(unnamed: Score, name: str, candidates: int, items: int) -> Score:
    return replace(
        unnamed, name=name, signature={"metric": name, **unnamed.signature, "candidates": candidates, "items": items}
    )


def _chosen(scores: Mapping[str, Score], names: Sequence[str] | None) -> Sequence[str]:
    for name in names or ():
        if name not in scores:
            raise unknown_name("retrieval score", name, scores)
    return list(scores) if names is None else names


def _similarity(
    context: RunContext, method: RetrievalMethod, keys: Sequence[str], queries: Sequence[str]
) -> tuple[Matrix, float, bool, NetworkCosts | None]:
    """Return similarities (queries, clips), the seconds they took, whether that was now, and what the network costs.

    They are kept in the folder. Where no stage says what the retriever is, its settings do.
    """
    own = {} if keys else {"settings": json.loads(json.dumps(key_of(context.settings)))}
    head = {"stages": list(keys), "data": context.fingerprints["evaluation"], **own}
    matrix = context.outputs / MATRIX
    kept = _kept(context, head)
    if kept is not None:
        seconds, network = kept
        return np.load(matrix, mmap_mode="r", allow_pickle=False), seconds, False, network
    retriever: Retriever = method.retriever(context)
    network = network_costs(retriever)
    begin = time.monotonic()
    audio = embed(retriever, retriever_key(keys, retriever), context.clips["evaluation"], "embedding clips")
    texts = retriever.embed_texts(queries)
    seconds = time.monotonic() - begin
    require_unchanged({"evaluation": context.clips["evaluation"]}, context.fingerprints)
    _keep(context, texts, audio, {**head, "seconds": seconds, "network": None if network is None else asdict(network)})
    return np.load(matrix, mmap_mode="r", allow_pickle=False), seconds, True, network


@on_rank_zero
def _keep(context: RunContext, texts: Matrix, audio: Matrix, head: Mapping[str, Any]) -> None:
    """Write the products (texts, audio), some rows at a time: memory may not hold all of them."""
    shape, kind = (len(texts), len(audio)), np.result_type(texts, audio)
    with atomic_path(context.outputs / MATRIX) as temporary:
        products = np.lib.format.open_memmap(temporary, mode="w+", dtype=kind, shape=shape)
        for some in by_rows(products):
            products[some] = texts[some] @ audio.T
        products.flush()
    whole = {**head, "sha256": digest(context.outputs / MATRIX, "sha256")}
    atomic_write(context.outputs / "decoding.json", json.dumps(whole))


@on_rank_zero
def _kept(context: RunContext, head: Mapping[str, Any]) -> tuple[float, NetworkCosts | None] | None:
    """Return the seconds that the matrix took which was kept under `head` and is whole, and its network's costs."""
    try:
        stored = load_json(context.outputs / "decoding.json")
        seconds, network = float(stored.pop("seconds")), stored.pop("network", None)
        whole = {**head, "sha256": digest(context.outputs / MATRIX, "sha256")}
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return None
    return (seconds, NetworkCosts(**network) if network else None) if stored == whole else None


def _write_items(context: RunContext, queries: Mapping[str, Sequence[int]], scores: Mapping[str, Score]) -> None:
    """Write one row a query: the caption, its first clip, and the scores of text searching audio."""
    clips = context.clips["evaluation"]
    columns = {
        name: scored.items for name, scored in scores.items() if scored.items is not None and not name.startswith(BACK)
    }
    rows = [
        [query, clips[right[0]].id, *(values[index] for values in columns.values())]
        for index, (query, right) in enumerate(queries.items())
    ]
    write_rows(context.outputs / "items.csv", ["caption", "file_name", *columns], rows)
