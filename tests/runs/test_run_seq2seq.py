"""seq2seq from the command line: parts by name, a third party's too, told apart in record and folder."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aacbench.audio import feature_settings
from aacbench.cli.run import run as run_command
from aacbench.contracts import CompositeMethod, DatasetOptions, EncoderChoice, Variant
from aacbench.contracts.context import RunContext
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.methods.seq2seq.method import ClipWidth, Seq2Seq
from aacbench.methods.seq2seq.settings import PRESETS, Seq2SeqSettings
from aacbench.runs.settings import build
from aacbench.types import Clip

Aacbench = Callable[..., "subprocess.CompletedProcess[str]"]
REGISTRIES = manager.load([]).registries
OUTSIDERS = ("run", "--method", "seq2seq", "--dataset", "tones", "--preset", "smoke", "--metrics", "pitch_accuracy")
FRONT_END = '{"sample_rate": 8000, "window": 256, "n_fft": 256, "hop": 128, "f_max": 4000.0, "mel_bins": 20}'


def settings(preset: str = "quick", **changes: Any) -> Seq2SeqSettings:
    made = build(Seq2SeqSettings, [PRESETS[preset], changes])
    assert isinstance(made, Seq2SeqSettings)
    return made


def context(folder: Path, how: Seq2SeqSettings) -> RunContext:
    clip = Clip("a.wav", folder / "a.wav", ("A dog barks twice.",))
    return RunContext(
        "seq2seq", "default", how, 0, "cpu", "none", DatasetOptions(), folder, REGISTRIES, {"training": [clip]}
    )


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "cnn10+transformer+audio-tagging"),
        ({"encoder": "crnn5", "decoder": "gru-attention", "pretraining": None}, "crnn5+gru-attention"),
        ({"weights": "panns-cnn10"}, "cnn10+transformer+panns-cnn10"),
        ({"weights": "/some where/My Encoder.safetensors"}, "cnn10+transformer+my-encoder"),
    ],
)
def test_a_combination_is_named_after_its_parts(changes: Mapping[str, Any], name: str) -> None:
    assert isinstance(Seq2Seq(), CompositeMethod)
    assert Seq2Seq().combination(settings(**changes), REGISTRIES) == name


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encoder": "crn5"}, r"unknown encoder 'crn5'\. Did you mean 'crnn5'"),
        ({"decoder": "gru"}, r"unknown decoder 'gru'"),
        ({"pretraining": "tagging"}, r"unknown pretraining 'tagging'\. Did you mean 'audio-tagging'"),
    ],
)
def test_unknown_parts_are_named_with_near_matches(changes: Mapping[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Seq2Seq().combination(settings(**changes), REGISTRIES)


@pytest.mark.parametrize(
    "name", ["cnn10+transformer", "crnn5+gru-attention+audio-tagging", "cnn10+transformer+panns-cnn10"]
)
def test_a_variant_may_be_named_by_its_combination(name: str) -> None:
    variant: Variant = Seq2Seq().named(name, REGISTRIES)
    assert Seq2Seq().combination(settings(**variant.settings), REGISTRIES) == name


def test_what_is_no_combination() -> None:
    with pytest.raises(UserError, match=r"encoder\+decoder\+pretraining, such as .*; got 'cnn10'"):
        Seq2Seq().named("cnn10", REGISTRIES)


def test_small_parts_and_changes_to_them(tmp_path: Path) -> None:
    changed = settings(encoder="crnn5", encoder_settings={"dropout": 0.1}, features={"hop": 256})
    run = context(tmp_path, changed)
    spec = REGISTRIES.encoders["crnn5"]
    features = feature_settings({**spec.features, **spec.tiny_features, "hop": 256})
    assert Seq2Seq().encoder(run) == EncoderChoice("crnn5", features, {**spec.tiny, "dropout": 0.1})
    full = context(tmp_path, settings("paper", encoder="crnn5"))
    assert Seq2Seq().encoder(full) == EncoderChoice("crnn5", feature_settings(spec.features), {})
    assert Seq2Seq().decoder(full) == {}
    with pytest.raises(UserError, match=r"setting of the encoder crnn5 'widht'\. Did you mean 'width'"):
        Seq2Seq().network(context(tmp_path, settings(encoder="crnn5", encoder_settings={"widht": 1})))


def test_the_clip_vector_gets_the_width_of_the_frames(tmp_path: Path) -> None:
    run = context(tmp_path, settings(pretraining=None))
    model, _ = Seq2Seq().network(run)
    assert model.bridge is None
    assert ClipWidth(7, 3).linear.out_features == 3


def test_third_party_parts_run_and_are_told_apart(aacbench: Aacbench, tmp_path: Path) -> None:
    parts = ("--encoder", "linear-tones", "--decoder", "gru-tones", "--pretraining", "none")
    for arguments in (parts, (*parts[:2], "--set", "decoder=gru-attention", "--set", "pretraining=audio-tagging")):
        done = aacbench(*OUTSIDERS, *arguments, "--set", f"features={FRONT_END}", "--set", "encoder_settings.dim=12")
        assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs/tones/seq2seq"
    names = ["linear-tones+gru-attention+audio-tagging", "linear-tones+gru-tones"]
    assert sorted(path.name for path in folder.iterdir()) == names
    for name in names:
        record = json.loads((folder / name / "seed0-smoke/record.json").read_text())
        assert record["variant"] == name
        assert record["settings"]["encoder_settings"] == {"dim": 12}
        assert "pitch_accuracy" in record["scores"]
    wav = tmp_path / "tones/evaluation-001.wav"
    assert aacbench("caption", wav, "--run", folder / names[1] / "seed0-smoke").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--method", "seq2seq", "--encoder", "linear-tone"),
            "unknown encoder 'linear-tone'. Did you mean 'linear-tones'",
        ),
        (("--method", "seq2seq", "--set", "decoder=grutones"), "unknown decoder 'grutones'. Did you mean 'gru-tones'"),
        (("--method", "seq2seq", "--variant", "cnn10"), "a variant of seq2seq is encoder+decoder"),
        (("--method", "floor", "--encoder", "cnn10"), "the method floor takes no --encoder: its own is fixed"),
        (("--method", "tones", "--pretraining", "none"), "--method seq2seq --pretraining none"),
        (("--method", "seq2seq", "--set", "decoder_settings.dimm=3", "--pretraining", "none"), "Did you mean 'dim'"),
    ],
)
def test_mistakes_are_named(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = manager.load([EntryPoint("tones", "tests.outsider.aacbench_tones", manager.GROUP)])
    monkeypatch.setattr(manager, "load", lambda: host)
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(run_command, ["--dataset", "tones", "--preset", "smoke", *arguments])
    assert isinstance(result.exception, UserError)
    assert message in str(result.exception)
