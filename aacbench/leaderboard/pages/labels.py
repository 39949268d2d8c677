"""How names and numbers are written on the pages."""

from __future__ import annotations

from collections.abc import Sequence

METRICS = {
    "bleu_1": "BLEU-1",
    "bleu_2": "BLEU-2",
    "bleu_3": "BLEU-3",
    "bleu_4": "BLEU-4",
    "rouge_l": "ROUGE-L",
    "meteor": "METEOR",
    "cider_d": "CIDEr-D",
    "spice": "SPICE",
    "spider": "SPIDEr",
    "recall_at_1": "R@1",
    "recall_at_5": "R@5",
    "recall_at_10": "R@10",
    "map_at_10": "mAP@10",
    "params_millions": "parameters (M)",
}
STAGES = {
    "cross-entropy": "XE",
    "scst": "SCST",
    "pretrain-audio-tagging": "tags",
    "pretrain-scene-classification": "scenes",
    "pretrain-keywords": "keywords",
    "pretrain-audio-text-retrieval": "retrieval",
    "fit": "",
}


def metric(name: str) -> str:
    """Return a metric's name as papers write it."""
    return METRICS.get(name, name)


def stages(names: Sequence[str]) -> str:
    """Return the stages in a few words, `tags, XE`; equal ones once."""
    return ", ".join(dict.fromkeys(word for word in map(_stage, names) if word))


def _stage(name: str) -> str:
    """Return a stage's word; one of several of a kind, such as `scst-gru-1`, has the word of its kind."""
    kind = next((kind for kind in STAGES if name == kind or name.startswith(f"{kind}-")), None)
    return name.removeprefix("pretrain-") if kind is None else STAGES[kind]


def score(value: float | None) -> str:
    """Return a score with three decimals and no leading zero; a dash for none."""
    if value is None:
        return "–"
    text = f"{value:.3f}"
    return text[1:] if text.startswith("0.") else text


def signed(value: float) -> str:
    """Return a difference with its sign, a real minus."""
    return f"{'+' if value >= 0 else '−'}{score(abs(value))}"


def count(value: int | None) -> str:
    """Return a number of weights in thousands or millions."""
    if value is None:
        return "–"
    return f"{value / 1e6:.1f} M" if value >= 1e6 else f"{round(value / 1e3)} k" if value >= 1000 else str(value)


def seconds(value: float) -> str:
    """Return a duration in the largest fitting unit."""
    if value < 0.05:
        return "0 s"
    if value < 9.95:
        return f"{value:.1f} s"
    if value < 120:
        return f"{round(value)} s"
    return f"{round(value / 60)} min" if value < 7200 else f"{value / 3600:.1f} h"


def p_value(p: float) -> str:
    """Return a p-value, `p < .001` at the least."""
    return "p < .001" if p < 0.001 else f"p = {score(p)}"
