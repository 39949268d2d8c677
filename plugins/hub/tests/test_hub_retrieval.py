"""CLAP as a retriever: similarities are transformers' own, embeddings are kept by model and content, runs search."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from aacbench_hub.retrieval.method import ClapRetriever
from click.testing import CliRunner

from aacbench.audio.io import read
from aacbench.contracts import DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.execute import RunRequest, run
from aacbench.runs.record import RunRecord
from aacbench.testing import check_method, check_method_run


def beside(name: str) -> ModuleType:
    """Return a module that lies beside this one."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = beside("tiny")


@pytest.fixture(scope="module")
def clap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tiny.clap(tmp_path_factory.mktemp("models") / "Tiny-CLAP")
    return folder


@pytest.fixture
def registries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registries:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    return manager.load().registries


def scored(registries: Registries, output: Path, model: Path) -> tuple[RunRecord, Path]:
    request = RunRequest("hub-retrieval", "soundscapes", preset="smoke", changes={"model": str(model)}, output=output)
    return run(request, registries)


def test_similarities_are_those_of_transformers(clap: Path, tmp_path: Path, registries: Registries) -> None:
    transformers: Any = importlib.import_module("transformers")
    record, folder = scored(registries, tmp_path, clap)
    assert (record.task, record.variant) == ("retrieval", "tiny-clap")
    assert record.network is not None and record.network.clip_macs and record.network.words_macs
    options = DatasetOptions(settings=registries.datasets["soundscapes"].smoke)
    clips = registries.dataset("soundscapes", options).clips("evaluation")
    texts = [*dict.fromkeys(caption for clip in clips for caption in clip.captions)]
    model = transformers.ClapModel.from_pretrained(clap).eval()
    processor = transformers.ClapProcessor.from_pretrained(clap)
    words = processor.tokenizer(texts, padding=True, return_tensors="pt")
    rows = []
    for clip in clips:
        wave = read(clip.audio, 48_000)
        assert len(wave) <= 480_000
        heard = processor.feature_extractor([wave], sampling_rate=48_000, return_tensors="pt")
        with torch.no_grad():
            both = model(**words, **heard)
            rows.append((both.logits_per_audio / model.logit_scale_a.exp())[0].numpy())
    np.testing.assert_allclose(np.load(folder / "similarity.npy"), np.stack(rows).T, atol=1e-6)


def test_both_directions_are_scored(clap: Path, tmp_path: Path, test_data: Path, registries: Registries) -> None:
    names = [f"{way}{name}" for way in ("", "audio_to_text_") for name in ("recall_at_1", "map_at_10", "map_at_16")]
    options = DatasetOptions(data_dir=test_data / "clotho-mini")
    changes = {"model": str(clap)}
    request = RunRequest("hub-retrieval", "clotho", changes=changes, options=options, output=tmp_path, metrics=names)
    record, _ = run(request, registries)
    assert [*record.scores] == names and record.data.clips == {"evaluation": 20}
    assert all(0 < score.value < 0.5 for score in record.scores.values())


def test_embeddings_are_kept_by_model_and_content(
    clap: Path, tmp_path: Path, registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    embed = ClapRetriever.embed_clips

    def counted(self: ClapRetriever, clips: list[object]) -> object:
        heard.append(len(clips))
        return embed(self, clips)  # type: ignore[arg-type]

    monkeypatch.setattr(ClapRetriever, "embed_clips", counted)
    one, _ = scored(registries, tmp_path / "a", clap)
    first = sum(heard)
    two, _ = scored(registries, tmp_path / "b", clap)
    assert sum(heard) == first + 1 and one.scores == two.scores  # the clip that costs are counted with
    other = tiny.clap(tmp_path / "other" / "Tiny-CLAP")
    config = (other / "preprocessor_config.json", other / "processor_config.json")
    (path,) = (one for one in config if one.is_file())
    path.write_text(path.read_text().replace('"rand_trunc"', '"rand_trunc" '))  # the same model, written otherwise
    three, _ = scored(registries, tmp_path / "a", other)
    assert sum(heard) > first + 2 and three.settings["revision"] != one.settings["revision"]


def test_a_run_searches(clap: Path, tmp_path: Path, registries: Registries) -> None:
    from aacbench.cli.search import search

    _, folder = scored(registries, tmp_path, clap)
    done = CliRunner().invoke(search, ["rain falls on roof", "--run", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0 and "evaluation-" in done.output


def test_a_model_has_to_be_named(tmp_path: Path, registries: Registries) -> None:
    with pytest.raises(UserError, match="hub-retrieval wants a model of the hub"):
        run(RunRequest("hub-retrieval", "soundscapes", preset="smoke", output=tmp_path), registries)
    with pytest.raises(UserError, match=r"unknown variant of hub-retrieval 'clap-htsat-unfuse'.*Did you mean"):
        run(RunRequest("hub-retrieval", "soundscapes", "clap-htsat-unfuse", "smoke", output=tmp_path), registries)


def test_the_method_keeps_its_contract() -> None:
    check_method("hub-retrieval")


@pytest.mark.slow
def test_a_run_keeps_the_contract(clap: Path, tmp_path: Path) -> None:
    check_method_run("hub-retrieval", tmp_path, model=str(clap))
