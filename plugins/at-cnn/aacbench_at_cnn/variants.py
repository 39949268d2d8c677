"""The rows of the paper's Table 1: two encoders, each with four kinds of pretraining; the paper's best comes first."""

from __future__ import annotations

from aacbench.contracts import Variant

_SOURCES = (
    ("at-unbalanced", "AT (unbalanced)", "tagging of all of AudioSet"),
    ("at-balanced", "AT (balanced)", "tagging of AudioSet's balanced set"),
    ("asc", "ASC", "scene classification"),
    (None, "from scratch", "no pretraining"),
)

VARIANTS: tuple[Variant, ...] = tuple(
    Variant(
        name=f"{encoder}+{source or 'scratch'}",
        summary=f"{encoder.upper()}, {summary}",
        settings={"encoder": encoder, "source": source},
        table="1",
        row=f"{encoder.upper()}, {row}",
    )
    for encoder in ("cnn10", "crnn5")
    for source, row, summary in _SOURCES
)
