"""Scene classification: cross-entropy and accuracy, that it learns, and clips without a scene."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from aacbench.audio import feature_settings
from aacbench.errors import UserError
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.pretraining.scene_classification import SceneClassification
from aacbench.training.loop import Loop
from aacbench.training.settings import TrainSettings
from aacbench.types import Clip

FEATURES = feature_settings(
    {"front_end": "panns", "sample_rate": 8000, "window": 256, "n_fft": 256, "hop": 128, "f_max": 4000.0}
    | {"mel_bins": 32}
)


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Clip]:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    made, random = [], np.random.default_rng(1)
    for index in range(20):
        scene = ("park", "bus")[index % 2]
        noise = random.standard_normal(6000 + 400 * (index % 3))
        audio = np.cumsum(noise) / 50 if scene == "bus" else 0.2 * noise
        path = tmp_path / f"{index}.wav"
        soundfile.write(path, np.clip(audio, -1, 1), 8000)
        made.append(Clip(path.name, path, scene=scene))
    return made


def test_scenes_are_learnt(clips: list[Clip], tmp_path: Path) -> None:
    torch.manual_seed(0)
    encoder = Cnn10(32, 0.125, dropout=0.0, clip_dropout=0.0)
    objective = SceneClassification(batch_size=6, dropout=0.0, mixup_alpha=0.3, mask_width=4)
    task = objective.task(encoder, FEATURES, clips[:12], clips[12:], 0)
    assert task.labels == ["bus", "park"]
    assert task.load([0, 1])[2].tolist() == [[0.0, 1.0], [1.0, 0.0]]
    done = Loop(task, TrainSettings(epochs=8, lr=3e-3, monitor="accuracy"), tmp_path / "stage", 0, "cpu").run()
    assert done.best == 1.0


def test_loss_and_accuracy_are_their_definitions(clips: list[Clip]) -> None:
    task = SceneClassification().task(Cnn10(32, 0.125), FEATURES, clips[:4], clips[4:6], 0)
    logits, targets = torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 1.0]]), torch.tensor([[1.0, 0], [1, 0], [0.5, 0.5]])
    log = torch.log_softmax(logits, 1)
    wanted = -(log[0, 0] + log[1, 0] + 0.5 * log[2].sum()) / 3
    assert float(task.loss(logits, targets)["cross_entropy"]) == pytest.approx(float(wanted), rel=1e-6)
    assert task.scores(logits[:2], targets[:2])["accuracy"] == pytest.approx(0.5)


def test_unknown_scenes_are_named(clips: list[Clip]) -> None:
    odd = [replace(clips[0], scene="moon")]
    with pytest.raises(UserError, match=r"0.wav \(moon\)"):
        SceneClassification().task(Cnn10(32, 0.125), FEATURES, clips[:4], odd, 0)
