"""Specs of the datasets that aacbench generates or reads."""

from __future__ import annotations

from aacbench.contracts import DatasetSpec

SPECS: tuple[DatasetSpec, ...] = (
    DatasetSpec(
        name="soundscapes",
        summary="procedural sound scenes with known events: no download, generated on first use",
        factory="aacbench.datasets.soundscapes.dataset:from_options",
        licence="MIT, as aacbench",
        versions=("1.0",),
        options=("preset", "seed", "development", "validation", "evaluation", "min_seconds", "max_seconds"),
        smoke={"preset": "tiny"},
        embedded=True,
    ),
    DatasetSpec(
        name="clotho",
        summary="Freesound clips of 15 to 30 s with five crowd-sourced captions each",
        factory="aacbench.datasets.clotho.dataset:open_dataset",
        licence="captions: Tampere University, non-commercial research; clips: a Creative Commons one each",
        citation="Drossos, Lipping, Virtanen: Clotho: an Audio Captioning Dataset. ICASSP 2020",
        versions=("v2.1", "v2", "v1"),
        fetch="aacbench.datasets.clotho.fetch:fetch",
        options=("tags",),
    ),
)
