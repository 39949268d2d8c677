"""The five pairs of Table 2 (results: Table 4), the four submitted ensembles, and five seeds of the best pair (4.2)."""

from __future__ import annotations

from aacbench.contracts import Variant

PAIRS: dict[str, tuple[str, str]] = {
    "wlcnn14+bert-base": ("wavegram-logmel-cnn14", "bert-base"),
    "cnn14+bert-medium": ("cnn14", "bert-medium"),
    "cnn14+bert-base": ("cnn14", "bert-base"),
    "cnn14+roberta-base": ("cnn14", "roberta-base"),
    "ast+bert-base": ("ast", "bert-base"),
}
"""Names of the pairs, in the order of Table 2, with their audio and text encoders."""
_NAMES = tuple(PAIRS)
_ROWS = ("WLCNN14 BERT_B", "CNN14 BERT_M", "CNN14 BERT_B", "CNN14 RoBERTa_B", "AST BERT_B")
ENSEMBLES: dict[str, tuple[str, ...]] = {
    "ensemble-1": _NAMES,
    "ensemble-2": _NAMES[:4],
    "ensemble-3": (_NAMES[0], _NAMES[2], _NAMES[3]),
    "ensemble-4": _NAMES[:3],
}
_SUMMARIES = ("all five pairs", "the first four pairs", "the first, third and fourth pair", "the first three pairs")

VARIANTS: tuple[Variant, ...] = (
    *(
        Variant(name, f"{audio} and {text}", {"pairs": (name,)}, table="4", row=row)
        for (name, (audio, text)), row in zip(PAIRS.items(), _ROWS, strict=True)
    ),
    *(
        Variant(name, f"mean similarity of {summary}", {"pairs": pairs}, table="4", row=f"Ensemble, system {place}")
        for place, ((name, pairs), summary) in enumerate(zip(ENSEMBLES.items(), _SUMMARIES, strict=True), 1)
    ),
    Variant(
        "wlcnn14+bert-base-x5",
        "mean similarity of the first pair, trained from five seeds: what an ensemble gains without other networks",
        {"pairs": (_NAMES[0],) * 5},
        table="text",
        row="Wavegram-Logmel-CNN14 and BERT, five seeds",
    ),
)
