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
    DatasetSpec(
        name="audiocaps",
        summary="ten-second YouTube clips with one or five captions each; bring the clips",
        factory="aacbench.datasets.audiocaps.dataset:open_dataset",
        licence="captions: for academic, non-commercial use; clips: their videos' own",
        citation="Kim, Kim, Lee, Kim: AudioCaps: Generating Captions for Audios in the Wild. NAACL 2019",
        versions=("v1", "v2"),
        fetch="aacbench.datasets.audiocaps.fetch:fetch",
        options=("audio",),
    ),
    DatasetSpec(
        name="macs",
        summary="ten-second urban scenes with two to five captions each, over recordings of tau-scenes 2019",
        factory="aacbench.datasets.macs.dataset:open_dataset",
        licence="Tampere University, non-commercial research",
        citation="Martin-Morato, Mesaros: What is the Ground Truth? Reliability of Multi-Annotator Data for Audio "
        "Tagging. EUSIPCO 2021",
        versions=("v1",),
        fetch="aacbench.datasets.macs.fetch:fetch",
        options=("audio", "validation", "evaluation", "seed"),
    ),
    DatasetSpec(
        name="csv-captions",
        summary="your own: a folder of audio with one CSV file of captions",
        factory="aacbench.datasets.csv_folder.dataset:open_captions",
        licence="your own",
        options=("csv", "audio", "split_column", "validation", "evaluation", "seed"),
    ),
    DatasetSpec(
        name="audioset",
        summary="ten-second YouTube clips with 527 labels, for pretraining; bring the clips",
        factory="aacbench.datasets.audioset.dataset:open_dataset",
        licence="labels: CC BY 4.0; clips: their videos' own",
        citation="Gemmeke et al.: Audio Set: An Ontology and Human-Labeled Dataset for Audio Events. ICASSP 2017",
        versions=("v1",),
        fetch="aacbench.datasets.audioset.fetch:fetch",
        options=("training", "validation", "seed", "audio"),
    ),
    DatasetSpec(
        name="tau-scenes",
        summary="ten-second recordings of ten urban scenes, for pretraining",
        factory="aacbench.datasets.tau_scenes.dataset:open_dataset",
        licence="Tampere University, non-commercial research",
        citation="Mesaros, Heittola, Virtanen: A Multi-Device Dataset for Urban Acoustic Scene Classification. "
        "DCASE 2018",
        versions=("2020", "2019"),
        fetch="aacbench.datasets.tau_scenes.fetch:fetch",
        options=("validation", "seed"),
    ),
    DatasetSpec(
        name="esc50",
        summary="five-second clips of 50 (or ESC-10's ten) environmental sounds, for pretraining",
        factory="aacbench.datasets.esc50.dataset:open_dataset",
        licence="ESC-50: CC BY-NC 3.0; ESC-10: CC BY 3.0; a Creative Commons one for each clip",
        citation="Piczak: ESC: Dataset for Environmental Sound Classification. ACM Multimedia 2015",
        versions=("esc50", "esc10"),
        options=("fold", "validation", "seed"),
    ),
    DatasetSpec(
        name="csv-labels",
        summary="your own: a folder of audio with one CSV file of labels, for pretraining",
        factory="aacbench.datasets.csv_folder.dataset:open_labels",
        licence="your own",
        options=("csv", "audio", "split_column", "validation", "evaluation", "seed", "column", "kind"),
    ),
    DatasetSpec(
        name="mix",
        summary="several datasets as one: --dataset-set parts=clotho@v2.1,audiocaps,macs",
        factory="aacbench.datasets.mix.dataset:open_dataset",
        licence="its parts' own",
        options=("parts", "PART.version", "PART.data-dir", "PART.SETTING"),
        composed=True,
    ),
)
