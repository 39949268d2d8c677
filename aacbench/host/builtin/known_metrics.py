"""Metrics for clips of which it is known what is heard in them."""

from __future__ import annotations

from aacbench.contracts import MetricSpec

SPECS: tuple[MetricSpec, ...] = (
    MetricSpec(
        name="known_sounds",
        summary="sounds, order, counts and properties that captions get right, where these are known (soundscapes)",
        factory="aacbench.metrics.known_sounds:KnownSounds",
        outputs=("event_recall", "event_precision", "order_accuracy", "count_accuracy", "property_accuracy"),
        labels=("event recall", "event precision", "order", "counts", "properties"),
        default=False,
        label="known sounds",
        aggregate="summed",
        needs_known_sounds=True,
    ),
    MetricSpec(
        name="hallucination",
        summary="sounds named that are not there, after CHAIR, where these are known (soundscapes)",
        factory="aacbench.metrics.known_sounds:Hallucination",
        outputs=("hallucination_rate", "hallucinating_captions"),
        labels=("sounds not there", "captions with such"),
        default=False,
        label="hallucination",
        aggregate="summed",
        higher_is_better=False,
        needs_known_sounds=True,
    ),
    MetricSpec(
        name="localisation",
        summary="attention at words for sounds that lies where these are heard, and chance (soundscapes, word_seconds)",
        factory="aacbench.metrics.localisation:Localisation",
        outputs=("localisation", "localisation_chance"),
        labels=("localised", "by chance"),
        default=False,
        ranked=False,
        label="localisation",
        aggregate="summed",
        needs_known_sounds=True,
        needs_word_seconds=True,
    ),
)
