"""Audio tagging: mean average precision against its definition, and that a run learns and hands its encoder over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from aacbench.audio import feature_settings
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.models.encoders.crnn5 import Crnn5, LinearSoftmaxHead
from aacbench.pretraining.audio_tagging import AudioTagging
from aacbench.pretraining.average_precision import mean_average_precision
from aacbench.training.loop import Loop
from aacbench.training.settings import TrainSettings
from aacbench.types import Clip


def by_definition(scores: list[float], wanted: list[int]) -> float:
    """Mean over positives of the precision at their rank."""
    ranked = [wanted[place] for place in sorted(range(len(scores)), key=lambda place: -scores[place])]
    hits = [rank for rank, good in enumerate(ranked, 1) if good]
    return sum(sum(ranked[:rank]) / rank for rank in hits) / len(hits)


def test_mean_average_precision_is_its_definition() -> None:
    random = np.random.default_rng(0)
    scores, wanted = random.random((50, 6)), (random.random((50, 6)) < 0.2).astype(int)
    wanted[:, 4] = 0  # a label that never occurs is left out
    columns = [column for column in range(6) if wanted[:, column].any()]
    mean = np.mean([by_definition(scores[:, c].tolist(), wanted[:, c].tolist()) for c in columns])
    assert mean_average_precision(scores, wanted) == pytest.approx(float(mean))
    assert mean_average_precision(wanted.astype(float), wanted) == 1.0
    assert mean_average_precision(scores, np.zeros((50, 6))) == 0.0


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Clip]:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    made, random = [], np.random.default_rng(1)
    for index in range(24):
        tag = ("low", "high")[index % 2]
        time = np.arange(8000 + 400 * (index % 3)) / 8000
        tone = np.sin(2 * np.pi * {"low": 200, "high": 2500}[tag] * random.uniform(0.9, 1.1) * time)
        path = tmp_path / f"{index}.wav"
        soundfile.write(path, 0.3 * tone + 0.01 * random.standard_normal(len(time)), 8000)
        made.append(Clip(path.name, path, tags=(tag,)))
    return made


def test_tagging_learns_and_trains_the_encoder_in_place(clips: list[Clip], tmp_path: Path) -> None:
    torch.manual_seed(0)
    features = feature_settings(
        {"front_end": "panns", "sample_rate": 8000, "window": 256, "n_fft": 256, "hop": 128, "f_max": 4000.0}
        | {"mel_bins": 32}
    )
    encoder = Cnn10(32, 0.125, dropout=0.0, clip_dropout=0.0)
    before = encoder.conv_block1.conv1.weight.detach().clone()
    objective = AudioTagging(batch_size=6, dropout=0.0, mixup_alpha=0.3, mask_width=4)
    task = objective.task(encoder, features, clips[:16], clips[16:], 0)
    done = Loop(task, TrainSettings(epochs=10, lr=3e-3, monitor="map"), tmp_path / "stage", 0, "cpu").run()
    assert done.best == pytest.approx(1.0)
    assert not torch.equal(before, encoder.conv_block1.conv1.weight)


def test_labels_are_those_of_training_and_targets_are_multi_hot(clips: list[Clip]) -> None:
    features = feature_settings({"front_end": "panns-16k"})
    task = AudioTagging(batch_size=4).task(Cnn10(64, 0.125), features, clips[:8], clips[8:], 0)
    assert task.labels == ["high", "low"]
    _, lengths, targets = task.load([0, 1, 2])
    assert targets.tolist() == [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    assert sorted(place for batch in task.batches(3) for place in batch) == list(range(8))
    assert task.batches(3) == task.batches(3) != task.batches(4)
    assert lengths.min() > 0


def test_crnn5_brings_its_own_head_and_balanced_sampling_draws_rare_tags(clips: list[Clip]) -> None:
    features = feature_settings({"front_end": "panns-16k"})
    few = [*(clip for clip in clips if clip.tags == ("low",)), clips[1]]
    objective = AudioTagging(batch_size=4, balanced=True, epoch_clips=16)
    task = objective.task(Crnn5(64, 0.125), features, few, clips[:3], 0)
    assert isinstance(task.model.head, LinearSoftmaxHead)
    drawn = [place for batch in task.batches(0) for place in batch]
    assert len(drawn) == 16
    assert drawn.count(len(few) - 1) == 8
    losses = task.losses(task.load([0, 1, 12]))
    assert torch.isfinite(losses["bce"])
    task.model.eval()
    with torch.no_grad():
        assert 0.0 <= task.validate()["map"] <= 1.0
