"""Every built-in and installed part keeps its contract: the checks that plugin authors call, over all of them."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from aacbench.host import manager
from aacbench.testing import (
    check_dataset,
    check_decoder,
    check_encoder,
    check_method,
    check_method_run,
    check_metric,
    check_plugin,
    check_pretraining,
    check_tracker,
)

HOST = manager.load()
REGISTRIES = HOST.registries
MODELS = {  # want a sentence model, a language model, CLAP, a fluency checker or a server; checked beside their tests
    *("known_sounds", "hallucination", "localisation"),  # want clips whose sounds are known
    *("sbert_sim", "fer", "fense", "spider_fl", "bert_score", "clap_sim", "clap_score", "mace", "judge", "clair_a"),
    *(spec.name for spec in REGISTRIES.metrics if spec.task == "retrieval"),
}


def names(kind: str) -> list[Any]:
    return [pytest.param(name, id=name) for name in REGISTRIES.by_hook()[kind].names()]


@pytest.mark.parametrize("name", [plugin.name for plugin in HOST.plugins if plugin.name != manager.CORE])
def test_plugins(name: str) -> None:
    check_plugin(name)


@pytest.mark.parametrize("name", names("encoders"))
def test_encoders(name: str) -> None:
    check_encoder(name)


@pytest.mark.parametrize("name", names("decoders"))
def test_decoders(name: str) -> None:
    check_decoder(name)


@pytest.mark.parametrize("name", names("pretraining"))
def test_pretraining(name: str) -> None:
    check_pretraining(name)


@pytest.mark.parametrize("name", names("trackers"))
def test_trackers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    check_tracker(name)


@pytest.mark.parametrize("name", [name for name in REGISTRIES.metrics.names() if name not in MODELS])
def test_metrics(name: str) -> None:
    check_metric(name)


def test_sentence_similarity(minilm: Path) -> None:
    check_metric("sbert_sim", model=str(minilm))


@pytest.mark.parametrize("name", [spec.name for spec in REGISTRIES.datasets if spec.embedded])
def test_embedded_datasets(name: str) -> None:
    check_dataset(name)


@pytest.mark.parametrize(
    ("name", "folder"), [("clotho", "clotho-mini"), ("esc50", "esc10"), ("tau-scenes", "tau-sample")]
)
def test_datasets_on_real_clips(name: str, folder: str, test_data: Path) -> None:
    check_dataset(name, test_data / folder)


@pytest.mark.parametrize("name", names("methods"))
def test_methods(name: str) -> None:
    check_method(name)


WANTING = {"ensemble", "command", "endpoint", "hub", "hub-retrieval"}  # settings without which they cannot run


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in REGISTRIES.methods.names() if name not in WANTING])
def test_methods_run_resume_and_repeat(name: str, tmp_path: Path) -> None:
    check_method_run(name, tmp_path)


def test_a_third_partys_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = manager.load([EntryPoint("tones", "tests.outsider.aacbench_tones", manager.GROUP)])
    monkeypatch.setattr(manager, "load", lambda: host)
    check_plugin("tones")
    check_encoder("linear-tones", dim=8)
    check_decoder("gru-tones")
    pitches = ("low", "middle", "high")
    check_metric("pitch_accuracy", captions=[f"{start} {pitch} tone" for start in ("a", "one") for pitch in pitches])
    check_dataset("tones", tmp_path)
    check_method("tones")
