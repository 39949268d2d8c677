"""Captioners of the hub, tiny and random: they say what transformers used plainly says; code runs only if trusted."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from aacbench_hub.captioning.loading import load_answerer
from aacbench_hub.captioning.settings import PROMPT, HubSettings
from packaging.version import Version

from aacbench.cli.run import run as run_command
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.execute import RunRequest, open_run, run
from aacbench.runs.record import RunRecord
from aacbench.testing import check_method, check_method_run

RATE = 16_000


def beside(name: str) -> ModuleType:
    """Return a module that lies beside this one."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = beside("tiny")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    return {name: make(folder / name) for name, make in {**tiny.CHATS, **tiny.SPEECH}.items()}


@pytest.fixture
def registries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registries:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    return manager.load().registries


def waves() -> list[np.ndarray[Any, np.dtype[np.float32]]]:
    draw = np.random.default_rng(0)
    return [draw.normal(0.0, 0.02 + 0.1 * n, RATE * (2 + 3 * n)).astype(np.float32) for n in range(4)]


def answerer(folder: Path, **changes: object) -> Any:
    settings = {"model": str(folder), "max_new_tokens": 10, "generation": {"repetition_penalty": 1.7}, **changes}
    return load_answerer(folder, HubSettings.model_validate(settings), "cpu")


NEW = Version(version("transformers")) >= Version("5.24")  # with older ones padding moves what qwen2_audio says
PADS_EXACTLY = ("audio_flamingo", "whisper", *(["qwen2_audio"] if NEW else []))  # others' convolutions hear padding


def answers(loaded: Any, name: str) -> list[list[int]]:
    """Return the tokens said of each clip: in one batch where that changes nothing, by the network's own making."""
    if name in PADS_EXACTLY:
        return [bare(row) for row in loaded.answer_tokens(waves())]
    return [bare(loaded.answer_tokens([wave])[0]) for wave in waves()]


def bare(row: torch.Tensor) -> list[int]:
    """Return tokens without what pads a batch."""
    return [int(token) for token in row if token not in (0, 2)]


@pytest.mark.parametrize("name", [*tiny.CHATS])
def test_audio_language_models_say_what_a_direct_call_says(models: Mapping[str, Path], name: str) -> None:
    transformers: Any = importlib.import_module("transformers")
    loaded = answerer(models[name], system="wind blows")
    said = answers(loaded, name)
    model = type(loaded.model).from_pretrained(models[name]).eval()
    processor = transformers.AutoProcessor.from_pretrained(models[name])
    direct, texts = [], []
    for wave in waves():
        conversation = [
            {"role": "system", "content": [{"type": "text", "text": "wind blows"}]},
            {"role": "user", "content": [{"type": "audio"}, {"type": "text", "text": PROMPT}]},
        ]
        text = processor.apply_chat_template(conversation, tokenize=False, add_generation_prompt=True)
        inputs = processor(text=[text], audio=[wave], return_tensors="pt")
        whole = model.generate(**inputs, max_new_tokens=10, do_sample=False, repetition_penalty=1.7)
        direct.append(bare(whole[0, inputs["input_ids"].shape[1] :]))
        texts.append(processor.tokenizer.decode(direct[-1], skip_special_tokens=True).strip())
    assert said == direct and any(direct)
    assert [loaded.answer([wave])[0] for wave in waves()] == texts


@pytest.mark.parametrize("name", [*tiny.SPEECH])
def test_speech_models_say_what_a_direct_call_says(models: Mapping[str, Path], name: str) -> None:
    transformers: Any = importlib.import_module("transformers")
    loaded = answerer(models[name])
    said = answers(loaded, name)
    model = type(loaded.model).from_pretrained(models[name]).eval()
    extractor = transformers.AutoFeatureExtractor.from_pretrained(models[name])
    direct = []
    for wave in waves():
        inputs = extractor(wave, sampling_rate=RATE, return_tensors="pt")
        direct.append(bare(model.generate(**inputs, max_new_tokens=10, do_sample=False, repetition_penalty=1.7)[0]))
    assert said == direct and any(direct)


def test_an_answer_begins_as_the_prompt_says(models: Mapping[str, Path]) -> None:
    """As a greedy loop over the network itself does that starts from the same tokens."""
    loaded = answerer(models["whisper"], prompt="clotho > caption: ", generation={})
    words = loaded.processor.tokenizer
    given = words.convert_tokens_to_ids(["<|startoftranscript|>", "clotho", ">", "caption:"])
    for wave, row in zip(waves(), loaded.answer_tokens(waves()), strict=True):
        features = loaded.processor.feature_extractor(wave, sampling_rate=RATE, return_tensors="pt")["input_features"]
        tokens = list(given)
        with torch.no_grad():
            while len(tokens) < len(given) + 10 and (len(tokens) == len(given) or tokens[-1] != 2):
                logits = loaded.model(input_features=features, decoder_input_ids=torch.tensor([tokens])).logits
                tokens.append(int(logits[0, -1].argmax()))
        assert bare(row) == bare(torch.tensor(tokens[len(given) :]))
    assert all("caption:" not in text for text in loaded.answer(waves()))


def scored(registries: Registries, tmp_path: Path, **changes: object) -> tuple[RunRecord, Path]:
    return run(
        RunRequest("hub", "soundscapes", preset="smoke", changes=changes, output=tmp_path, metrics=["bleu"]), registries
    )


def test_a_record_says_which_model_it_was(models: Mapping[str, Path], tmp_path: Path, registries: Registries) -> None:
    record, _ = scored(registries, tmp_path, model=str(models["audio_flamingo"]), max_seconds=3)
    assert record.variant == "audio_flamingo" and record.settings["revision"].startswith("sha256-")
    assert any("of which the first 3 s were heard" in note for note in record.data.notes)
    assert record.network is not None and record.network.trained_parameters == 0
    assert record.network.parameters == sum(
        one.numel() for one in answerer(models["audio_flamingo"]).model.parameters()
    )
    assert record.network.clip_macs and record.network.words_macs
    assert record.network.clip_macs > record.network.words_macs > 0
    again, _ = scored(registries, tmp_path, model=str(models["audio_flamingo"]), max_seconds=3)
    assert again == record
    other = tiny.audio_flamingo(tmp_path / "moved")
    settings = {**record.settings, "model": str(other), "revision": "sha256-0"}
    with pytest.raises(UserError, match="holds another model than sha256-0"):
        scored(registries, tmp_path / "b", **settings)


def test_drawn_captions_are_the_seeds_own(models: Mapping[str, Path], tmp_path: Path, registries: Registries) -> None:
    drawn = {"model": str(models["qwen2_audio"]), "do_sample": True, "generation": {"temperature": 5.0}}
    texts = []
    for output in ("a", "b"):
        _, folder = scored(registries, tmp_path / output, **drawn)
        texts.append((folder / "predictions.csv").read_text())
    assert texts[0] == texts[1] and len({line.split(",")[1] for line in texts[0].splitlines()}) > 4


@pytest.mark.parametrize("way", [*tiny.WAYS])
def test_code_of_a_repository_runs_only_where_it_is_trusted(
    tmp_path: Path, registries: Registries, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder = tiny.own_code(tmp_path / "ear", way)
    with pytest.raises(UserError, match=r"runs code of its own; read it, then add --trust-remote-code") as refused:
        scored(registries, tmp_path, model=str(folder))
    assert "\n" not in str(refused.value) and not (tmp_path / "ran").exists()
    record, _ = scored(registries, tmp_path, model=str(folder), trust_remote_code=True)
    assert (tmp_path / "ran").exists()
    (lines,) = (path.read_text().splitlines() for path in tmp_path.rglob("predictions.csv"))
    said = [line.split(",")[1] for line in lines[1:]]
    assert all(text.endswith(" s") for text in said) if way == "list" else all(len(text.split()) > 1 for text in said)
    assert record.settings["trust_remote_code"] is True


def test_code_is_run_at_a_commit_alone(tmp_path: Path, registries: Registries) -> None:
    for revision in (None, "main"):
        with pytest.raises(UserError, match="at one commit only"):
            scored(registries, tmp_path, model="org/ear", trust_remote_code=True, revision=revision)


def test_what_cannot_be_loaded_is_one_line(
    models: Mapping[str, Path], tmp_path: Path, registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    (tmp_path / "empty").mkdir()
    for changes, said in [
        ({}, "hub wants a model of the hub"),
        ({"model": "org/no-such-model"}, "cannot load the captioner 'org/no-such-model'"),
        ({"model": str(tmp_path / "empty")}, "holds no model of transformers"),
        ({"model": str(models["whisper"]), "kind": "chat"}, "takes no chat with audio"),
        ({"model": str(models["whisper"]), "kind": "own"}, "runs code of its own"),
    ]:
        with pytest.raises(UserError, match=said):
            scored(registries, tmp_path, **changes)
    if importlib.util.find_spec("bitsandbytes") is None:
        with pytest.raises(UserError, match="bits=4 needs bitsandbytes, which is not installed"):
            scored(registries, tmp_path, model=str(models["qwen2_audio"]), bits=4)


def test_types_and_device_maps(models: Mapping[str, Path]) -> None:
    loaded = answerer(models["qwen2_audio"], dtype="bfloat16", device_map="auto")
    assert loaded.model.dtype == torch.bfloat16 and len(loaded.answer(waves()[:1])) == 1


def test_one_file_is_captioned_by_a_finished_run(
    models: Mapping[str, Path], tmp_path: Path, registries: Registries
) -> None:
    from aacbench.types import Clip

    _, folder = scored(registries, tmp_path, model=str(models["audio_flamingo"]), postprocess="strip")
    soundfile.write(tmp_path / "a.wav", waves()[1], RATE)
    assert len(open_run(folder, registries, "cpu").caption([Clip("a.wav", tmp_path / "a.wav")])) == 1


def test_the_command_line_says_that_code_is_trusted(tmp_path: Path) -> None:
    from click.testing import CliRunner

    done = CliRunner().invoke(
        run_command, ["hub", "--set", "model=org/ear", "--trust-remote-code", "-o", str(tmp_path)]
    )
    assert "at one commit only" in str(done.exception)
    done = CliRunner().invoke(run_command, ["floor", "--trust-remote-code", "-o", str(tmp_path)])
    assert "runs no code of a repository" in str(done.exception)


def test_the_method_keeps_its_contract() -> None:
    check_method("hub")


@pytest.mark.slow
def test_a_run_keeps_the_contract(models: Mapping[str, Path], tmp_path: Path) -> None:
    check_method_run("hub", tmp_path, model=str(models["audio_flamingo"]))
