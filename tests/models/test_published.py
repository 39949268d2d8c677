"""Weights by name and by path: published forms, encoders that aacbench pretrained, and files that fit neither."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.models.encoders.cnn10 import AUDIOCAPTION_KEYS, Cnn10
from aacbench.models.encoders.crnn5 import Crnn5
from aacbench.models.published import ENCODER_FILE, load_published, pretrained_setting, weights_key
from aacbench.training import checkpoint

ENCODERS = manager.load([]).registries.encoders


def test_an_encoder_trained_here_loads_by_path(tmp_path: Path) -> None:
    torch.manual_seed(0)
    trained, path = Crnn5(width=0.125), tmp_path / "encoder.safetensors"
    checkpoint.save(path, checkpoint.model_tensors(trained), {"stage": "pretrain-audio-tagging"})
    fresh = Crnn5(width=0.125)
    load_published(ENCODERS["crnn5"], fresh, str(path))
    for name, value in fresh.state_dict().items():
        assert torch.equal(value, trained.state_dict()[name])
    with pytest.raises(UserError, match="does not fit Cnn10: it lacks 'bn0"):
        load_published(ENCODERS["cnn10"], Cnn10(width=0.125), str(path))


def test_a_file_is_read_in_the_published_form_that_fits(tmp_path: Path) -> None:
    torch.manual_seed(0)
    trained, path = Cnn10(width=0.125), tmp_path / "mine.pth"
    renamed = {
        theirs + name.removeprefix(ours): value
        for name, value in trained.state_dict().items()
        for theirs, ours in AUDIOCAPTION_KEYS.items()
        if name.startswith(ours)
    }
    for stored in ({"model": trained.state_dict()}, {"model": renamed}, renamed):
        torch.save(stored, path)
        fresh = Cnn10(width=0.125)
        load_published(ENCODERS["cnn10"], fresh, str(path))
        assert torch.equal(fresh.conv_block4.conv2.weight, trained.conv_block4.conv2.weight)
    with pytest.raises(UserError, match=r"does not fit the encoder cnn10; .*as panns-cnn10: .*as audiocaption-cnn10: "):
        load_published(ENCODERS["cnn10"], Cnn10(width=0.25), str(path))
    with pytest.raises(UserError, match=r"does not fit the encoder crnn5; .* works\. as gpv-teacher1: .*as gpv-f: "):
        load_published(ENCODERS["crnn5"], Crnn5(width=0.125), str(path))
    with pytest.raises(UserError, match=r"does not fit the encoder crnn5; .* only form"):
        load_published(replace(ENCODERS["crnn5"], published=()), Crnn5(width=0.125), str(path))


def test_unknown_and_missing_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    with pytest.raises(UserError, match="Did you mean 'panns-cnn10'"):
        load_published(ENCODERS["cnn10"], Cnn10(), "pans-cnn10")
    with pytest.raises(UserError, match="aacbench fetch audiocaption-cnn10"):
        load_published(ENCODERS["cnn10"], Cnn10(), "audiocaption-cnn10")
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    with pytest.raises(UserError, match=r"OFFLINE is set: put the file from http.* there by hand"):
        load_published(ENCODERS["cnn10"], Cnn10(), "audiocaption-cnn10")


def test_the_key_of_weights_follows_their_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    path = tmp_path / "mine.pth"
    path.write_bytes(b"one")
    first = weights_key(ENCODERS["cnn10"], str(path))
    path.write_bytes(b"two, longer")
    assert weights_key(ENCODERS["cnn10"], str(path)) != first
    with pytest.raises(UserError, match="aacbench fetch panns-cnn10"):
        weights_key(ENCODERS["cnn10"], "panns-cnn10")


def test_a_run_a_file_or_a_name_is_what_pretrained_asks_for(tmp_path: Path) -> None:
    methods = manager.load().registries.methods
    stage, run = tmp_path / "cache" / "pretrain-audio-tagging-0", tmp_path / "run"
    for folder in (stage, run / "stage2-cross-entropy"):
        folder.mkdir(parents=True)
    (stage / ENCODER_FILE).write_bytes(b"")
    (run / "stages.json").write_text(f'{{"pretrain": "{stage}", "cross-entropy": "stage2-cross-entropy"}}')
    file = str(stage / ENCODER_FILE)
    for given in (run, stage, stage / ENCODER_FILE):
        assert pretrained_setting(methods["at-cnn"], str(given)) == {"weights": file}
    assert pretrained_setting(methods["maac"], str(run)) == {"encoder": {"weights": file}}
    assert pretrained_setting(methods["rlssr"], "panns-cnn10") == {"weights": "panns-cnn10"}
    with pytest.raises(UserError, match="holds no pretrained encoder"):
        pretrained_setting(methods["rlssr"], str(tmp_path))
    with pytest.raises(UserError, match="nearest takes no --pretrained"):
        pretrained_setting(methods["nearest"], str(run))
