"""The rows of the paper's Table 2, and the proposed system after self-critical training (Table 1)."""

from __future__ import annotations

from typing import Any

from aacbench.contracts import Variant


def _variant(name: str, summary: str, row: str, table: str = "2", scst: bool = False, **decoder: Any) -> Variant:
    return Variant(name, summary, {"decoder": decoder, "self_critical": scst}, table, row)


VARIANTS: tuple[Variant, ...] = (
    _variant(
        "proposed+scst", "keywords and words said, one shared attention, then SCST", "MAAC (Ours), CIDEr-D", "1", True
    ),
    _variant("proposed", "keywords and words said, one shared attention", "proposed MAAC", "1, 2"),
    _variant("not-shared", "an attention of its own for each", "+ Both (w/o sharing SAM)", shared=False),
    _variant("keywords", "keywords alone, which did not converge for the authors", "+ Keywords", previous=False),
    _variant("previous-words", "words said alone", "+ Previously predicted words", keywords=False),
    _variant("base", "acoustic attention alone", "Base", keywords=False, previous=False),
)
