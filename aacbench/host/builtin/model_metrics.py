"""Metrics that need a model, a server, the audio or several candidates, and how varied captions are."""

from __future__ import annotations

from functools import partial
from typing import Any

from aacbench.contracts import MetricSpec, load


def best_of(spec: MetricSpec, output: str) -> MetricSpec:
    """Return the spec of the best of several candidates by the score `output` of a metric: `OUTPUT_max`."""
    return MetricSpec(
        name=f"{output}_max",
        summary=f"best of a clip's candidates by {spec.label_of(output)} (columns caption_predicted_1..K)",
        factory=partial(_best_of, output),
        requires=(output,),
        range=spec.range,
        engines=spec.engines[:1],
        default=False,
        label=f"{spec.label_of(output)}-max",
        needs_candidates=True,
    )


def _best_of(output: str) -> Any:
    return load("aacbench.metrics.best_of:BestOf")(of=output)


SPECS: tuple[MetricSpec, ...] = (
    MetricSpec(
        name="bert_score",
        summary="BERTScore: word pieces matched by a language model's vectors, best reference",
        factory="aacbench.metrics.bert_score:BertScore",
        outputs=("bert_score", "bert_score_precision", "bert_score_recall"),
        labels=("BERTScore", "BERTScore P", "BERTScore R"),
        default=False,
        label="BERTScore",
        headline=("bert_score",),
    ),
    MetricSpec(
        name="clap_sim",
        summary="cosine similarity of CLAP's text embeddings, candidate to references",
        factory="aacbench.metrics.clap_sim:ClapSimilarity",
        range=(-1.0, 1.0),
        default=False,
        label="CLAP-sim",
    ),
    MetricSpec(
        name="clap_score",
        summary="CLAPScore: cosine similarity of the caption and the audio (--audio)",
        factory="aacbench.metrics.clap_score:ClapScore",
        range=(-1.0, 1.0),
        default=False,
        label="CLAPScore",
        needs_audio=True,
    ),
    MetricSpec(
        name="mace",
        summary="MACE: CLAP similarity to references and audio, with a penalty on fluency errors (--audio)",
        factory="aacbench.metrics.mace:Mace",
        outputs=("mace", "mace_text", "mace_audio"),
        labels=("MACE", "MACE text", "MACE audio"),
        range=(-1.0, 1.0),
        default=False,
        label="MACE",
        headline=("mace",),
        needs_audio=True,
    ),
    MetricSpec(
        name="spider_max",
        summary="SPIDEr-max: best of a clip's candidates by SPIDEr (columns caption_predicted_1..K)",
        factory=partial(_best_of, "spider"),
        requires=("spider",),
        range=(0.0, 5.5),
        default=False,
        label="SPIDEr-max",
        needs_candidates=True,
    ),
    MetricSpec(
        name="diversity",
        summary="how varied captions are: Self-BLEU, distinct-1 and -2, share that no reference is",
        factory="aacbench.metrics.diversity:Diversity",
        outputs=("self_bleu", "distinct_1", "distinct_2", "novelty"),
        labels=("Self-BLEU", "distinct-1", "distinct-2", "novel captions"),
        default=False,
        ranked=False,
        label="diversity",
        aggregate="summed",
    ),
    MetricSpec(
        name="judge",
        summary="a language model's judgement by a prompt (settings: base_url, model, prompt)",
        factory="aacbench.metrics.judge:Judge",
        default=False,
        label="judge",
        needs_server=True,
    ),
    MetricSpec(
        name="clair_a",
        summary="CLAIR-A: a language model's judgement of content and style (settings: base_url, model)",
        factory="aacbench.metrics.clair_a:ClairA",
        default=False,
        label="CLAIR-A",
        needs_server=True,
    ),
)
