"""The metrics that come with aacbench. Factories are named, not imported: listing them loads nothing."""

from __future__ import annotations

from aacbench.contracts import MetricSpec

_BOTH = ("native", "reference")

SPECS: tuple[MetricSpec, ...] = (
    MetricSpec(
        name="bleu",
        summary="BLEU-1 to BLEU-4: clipped n-gram precision with brevity penalty",
        factory="aacbench.metrics.bleu:Bleu",
        outputs=("bleu_1", "bleu_2", "bleu_3", "bleu_4"),
        engines=_BOTH,
    ),
    MetricSpec(
        name="rouge_l",
        summary="ROUGE-L: F-score of the longest common subsequence",
        factory="aacbench.metrics.rouge_l:RougeL",
        engines=_BOTH,
    ),
    MetricSpec(
        name="meteor",
        summary="METEOR 1.5: alignment by words, stems, synonyms and paraphrases",
        factory="aacbench.metrics.meteor.metric:MeteorMetric",
        engines=_BOTH,
    ),
    MetricSpec(
        name="cider_d",
        summary="CIDEr-D: tf-idf n-gram consensus with the references (0 to 10)",
        factory="aacbench.metrics.cider_d:CiderD",
        range=(0.0, 10.0),
        engines=_BOTH,
    ),
    MetricSpec(
        name="spice",
        summary="SPICE: F-score of objects, attributes and relations",
        factory="aacbench.metrics.spice.metric:SpiceMetric",
        engines=_BOTH,
    ),
    MetricSpec(
        name="spider",
        summary="SPIDEr: mean of CIDEr-D and SPICE (0 to 5.5)",
        factory="aacbench.metrics.spider:Spider",
        needs=("cider_d", "spice"),
        range=(0.0, 5.5),
        engines=_BOTH,
    ),
    MetricSpec(
        name="vocabulary",
        summary="distinct words of the candidates, and relative to the references",
        factory="aacbench.metrics.vocabulary:Vocabulary",
        outputs=("vocabulary", "vocabulary_share"),
        range=(0.0, float("inf")),
        descriptive=True,
    ),
    MetricSpec(
        name="length",
        summary="mean words a caption, of candidates and of references",
        factory="aacbench.metrics.length:Length",
        outputs=("length", "reference_length"),
        range=(0.0, float("inf")),
        descriptive=True,
    ),
    MetricSpec(
        name="sbert_sim",
        summary="cosine similarity of sentence embeddings (settings: model, revision, device)",
        factory="aacbench.metrics.sbert_sim:SbertSimilarity",
        range=(-1.0, 1.0),
        default=False,
    ),
    MetricSpec(
        name="fer",
        summary="share of candidates with a fluency error (`aacbench fetch fense`)",
        factory="aacbench.metrics.fer:FluencyErrorRate",
        default=False,
        descriptive=True,
    ),
    MetricSpec(
        name="fense",
        summary="FENSE: sentence similarity with a penalty on fluency errors",
        factory="aacbench.metrics.fense:Fense",
        needs=("sbert_sim", "fer"),
        range=(-1.0, 1.0),
        default=False,
    ),
    MetricSpec(
        name="spider_fl",
        summary="SPIDEr-FL: SPIDEr with a penalty on fluency errors",
        factory="aacbench.metrics.spider_fl:SpiderFl",
        needs=("spider", "fer"),
        range=(0.0, 5.5),
        default=False,
    ),
)
