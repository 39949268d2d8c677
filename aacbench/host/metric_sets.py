"""Sets of metrics by name: what a challenge ranked and reported by, and all that can be computed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aacbench.contracts import MetricSpec


@dataclass(frozen=True)
class MetricSet:
    """Metrics that a challenge reported, by name."""

    summary: str
    names: tuple[str, ...]


_WORDS = ("meteor", "cider_d", "spice", "spider")
SETS: Mapping[str, MetricSet] = {
    "dcase2020": MetricSet("ranked by SPIDEr (2020 to 2022)", ("bleu", "rouge_l", *_WORDS)),
    "dcase2023": MetricSet("ranked by SPIDEr-FL", (*_WORDS, "spider_fl")),
    "dcase2024": MetricSet("ranked by FENSE", (*_WORDS, "spider_fl", "fense", "vocabulary")),
}
ALL = "all"
ALL_SUMMARY = "all that needs captions and references alone; stops where a model is not here"


def described_sets() -> list[tuple[str, str]]:
    """Return each set with what it is and holds, for people."""
    named = [(name, f"{one.summary}: {', '.join(one.names)}") for name, one in SETS.items()]
    return [*named, (ALL, ALL_SUMMARY)]


def expanded(names: Iterable[str], specs: Mapping[str, MetricSpec]) -> list[str]:
    """Return the names with those of sets, in any case, replaced by their metrics."""
    chosen: dict[str, None] = {}
    for name in names:
        plain = name.strip().casefold().replace("-", "").replace("_", "")
        if plain == ALL and ALL not in specs:
            chosen |= dict.fromkeys(spec.name for spec in specs.values() if is_plain(spec))
        elif plain in SETS and plain not in specs:
            chosen |= dict.fromkeys(SETS[plain].names)
        else:
            chosen[name] = None
    return [*chosen]


def is_plain(spec: MetricSpec) -> bool:
    """Whether a metric needs captions and references alone."""
    needs_more = spec.needs_audio or spec.needs_server or spec.needs_candidates
    return not (needs_more or spec.needs_known_sounds or spec.needs_word_seconds)
