"""The metrics that come with aacbench. Factories are named, not imported: listing them loads nothing."""

from __future__ import annotations

from aacbench.contracts import Download, MetricSpec
from aacbench.host.builtin.known_metrics import SPECS as KNOWN
from aacbench.host.builtin.model_metrics import SPECS as MODELS
from aacbench.host.builtin.retrieval_metrics import SPECS as RETRIEVAL

_BOTH = ("native", "reference")

CORENLP = Download(
    name="spice",
    summary="CoreNLP for the reference engine of SPICE",
    fetch="aacbench.metrics.spice.corenlp:fetch",
    find="aacbench.metrics.spice.corenlp:find_corenlp",
    engines=("reference",),
)
FENSE = Download(
    name="fense",
    summary="sentence encoder and error detector of FENSE",
    fetch="aacbench.metrics.fense:fetch",
    find="aacbench.metrics.fense:find",
    engines=("reference",),
)
SENTENCES = Download(
    name="sbert",
    summary="sentence encoder of FENSE alone",
    fetch="aacbench.metrics.sbert_sim:fetch",
    find="aacbench.metrics.sbert_sim:find",
)

SPECS: tuple[MetricSpec, ...] = (
    MetricSpec(
        name="bleu",
        summary="BLEU-1 to BLEU-4: clipped n-gram precision with brevity penalty",
        factory="aacbench.metrics.bleu:Bleu",
        outputs=("bleu_1", "bleu_2", "bleu_3", "bleu_4"),
        engines=_BOTH,
        label="BLEU",
        labels=("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4"),
        aggregate="summed",
    ),
    MetricSpec(
        name="rouge_l",
        summary="ROUGE-L: F-score of the longest common subsequence",
        factory="aacbench.metrics.rouge_l:RougeL",
        engines=_BOTH,
        label="ROUGE-L",
    ),
    MetricSpec(
        name="meteor",
        summary="METEOR 1.5: alignment by words, stems, synonyms and paraphrases",
        factory="aacbench.metrics.meteor.metric:MeteorMetric",
        engines=_BOTH,
        label="METEOR",
        aggregate="summed",
        prominent=20,
    ),
    MetricSpec(
        name="cider_d",
        summary="CIDEr-D: tf-idf n-gram consensus with the references (0 to 10)",
        factory="aacbench.metrics.cider_d:CiderD",
        range=(0.0, 10.0),
        engines=_BOTH,
        label="CIDEr-D",
        prominent=40,
    ),
    MetricSpec(
        name="spice",
        summary="SPICE: F-score of objects, attributes and relations",
        factory="aacbench.metrics.spice.metric:SpiceMetric",
        engines=_BOTH,
        label="SPICE",
        prominent=30,
        downloads=(CORENLP,),
    ),
    MetricSpec(
        name="spider",
        summary="SPIDEr: mean of CIDEr-D and SPICE (0 to 5.5)",
        factory="aacbench.metrics.spider:Spider",
        requires=("cider_d", "spice"),
        range=(0.0, 5.5),
        engines=_BOTH,
        label="SPIDEr",
        prominent=50,
    ),
    MetricSpec(
        name="vocabulary",
        summary="distinct words of the candidates, and relative to the references",
        factory="aacbench.metrics.vocabulary:Vocabulary",
        outputs=("vocabulary", "vocabulary_share"),
        range=(0.0, float("inf")),
        ranked=False,
        labels=("distinct words", "share of the references' words"),
        aggregate="summed",
    ),
    MetricSpec(
        name="length",
        summary="mean words a caption, of candidates and of references",
        factory="aacbench.metrics.length:Length",
        outputs=("length", "reference_length"),
        range=(0.0, float("inf")),
        ranked=False,
        labels=("words a caption", "words a reference"),
        of_references=("reference_length",),
    ),
    MetricSpec(
        name="sbert_sim",
        summary="cosine similarity of sentence embeddings (settings: model, revision, device)",
        factory="aacbench.metrics.sbert_sim:SbertSimilarity",
        range=(-1.0, 1.0),
        default=False,
        engines=_BOTH,
        label="SBERT",
        downloads=(SENTENCES,),
    ),
    MetricSpec(
        name="fer",
        summary="share of candidates with a fluency error, by the embedded checker or (reference) FENSE's BERT",
        factory="aacbench.metrics.fer:FluencyErrorRate",
        default=False,
        engines=_BOTH,
        ranked=False,
        label="FER",
        higher_is_better=False,
        downloads=(FENSE,),
    ),
    MetricSpec(
        name="fense",
        summary="FENSE: sentence similarity with a penalty on fluency errors",
        factory="aacbench.metrics.fense:Fense",
        requires=("sbert_sim", "fer"),
        range=(-1.0, 1.0),
        engines=_BOTH,
        default=False,
        default_if_found=True,
        label="FENSE",
    ),
    MetricSpec(
        name="spider_fl",
        summary="SPIDEr-FL: SPIDEr with a penalty on fluency errors",
        factory="aacbench.metrics.spider_fl:SpiderFl",
        requires=("spider", "fer"),
        range=(0.0, 5.5),
        engines=_BOTH,
        default=False,
        default_if_found=True,
        label="SPIDEr-FL",
    ),
    *KNOWN,
    *MODELS,
    *RETRIEVAL,
)
