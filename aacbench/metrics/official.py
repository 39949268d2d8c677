"""The official scorers of the installed `pycocoevalcap` wheel, behind `--engine reference`; imported when
used.

They take dictionaries from item to captions, already tokenised. BLEU, ROUGE-L and CIDEr-D are Python;
METEOR, SPICE and the tokenizer run jars and are driven from their own modules.
"""

from __future__ import annotations

from importlib import metadata

from aacbench.types import ScoringItems


def version() -> str:
    """Return the installed version of pycocoevalcap."""
    return metadata.version("pycocoevalcap")


def _tables(items: ScoringItems) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    references = {row: list(captions) for row, captions in enumerate(items.reference_tokens)}
    return references, {row: [caption] for row, caption in enumerate(items.candidate_tokens)}


def reference_bleu(items: ScoringItems, order: int) -> tuple[list[float], list[list[float]]]:
    """Return corpus BLEU by order, and item values by order."""
    from pycocoevalcap.bleu.bleu import Bleu

    corpus, rows = Bleu(order).compute_score(*_tables(items), verbose=0)
    return [float(value) for value in corpus], [[float(value) for value in row] for row in rows]


def reference_rouge_l(items: ScoringItems) -> tuple[float, list[float]]:
    """Return corpus and item values of ROUGE-L."""
    from pycocoevalcap.rouge.rouge import Rouge

    corpus, rows = Rouge().compute_score(*_tables(items))
    return float(corpus), [float(value) for value in rows]


def reference_cider_d(items: ScoringItems, order: int, sigma: float) -> tuple[float, list[float]]:
    """Return corpus and item values of CIDEr-D, with document frequencies over the items themselves."""
    from pycocoevalcap.cider.cider_scorer import CiderScorer

    scorer = CiderScorer(n=order, sigma=sigma)
    for candidate, captions in zip(items.candidate_tokens, items.reference_tokens, strict=True):
        scorer += (candidate, list(captions))
    corpus, rows = scorer.compute_score()
    return float(corpus), [float(value) for value in rows]
