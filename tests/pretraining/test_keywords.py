"""Keyword prediction: the head, what is frozen, two stages, and that a run learns and keeps what others need."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from aacbench.audio import feature_settings
from aacbench.contracts import DatasetOptions, EncoderChoice
from aacbench.contracts.context import RunContext
from aacbench.datasets.fingerprint import fingerprint
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.models.encoders.resnet38 import ResNet38
from aacbench.models.keywords import KeywordEncoder, KeywordHead, TopWords
from aacbench.models.published import ENCODER_FILE
from aacbench.pretraining.keywords import TABLE_FILE, Keywords, load_keyword_network
from aacbench.runs.stages import run_stages
from aacbench.text.keywords import KeywordTable
from aacbench.training.pretrain import Pretrain
from aacbench.training.settings import TrainSettings
from aacbench.types import Clip, Encoded

FEATURES = feature_settings(
    {
        "front_end": "panns",
        "sample_rate": 8000,
        "window": 256,
        "n_fft": 256,
        "hop": 128,
        "f_max": 4000.0,
        "mel_bins": 32,
    }
)
SAID = {"low": "A truck is rumbling.", "high": "Birds are chirping."}


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Clip]:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    made, random = [], np.random.default_rng(1)
    for index in range(24):
        kind = ("low", "high")[index % 2]
        time = np.arange(8000 + 400 * (index % 3)) / 8000
        tone = np.sin(2 * np.pi * {"low": 200, "high": 2500}[kind] * random.uniform(0.9, 1.1) * time)
        path = tmp_path / f"{index}.wav"
        soundfile.write(path, 0.3 * tone + 0.01 * random.standard_normal(len(time)), 8000)
        made.append(Clip(path.name, path, (SAID[kind], "A sound.")))
    return made


def state(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


@torch.no_grad()
def test_the_head_is_equation_1_over_three_levels() -> None:
    torch.manual_seed(0)
    network = KeywordEncoder(ResNet38(32, 0.0625), classes=7, hidden=5).eval()
    features, lengths = torch.randn(2, 96, 32), torch.tensor([96, 64])
    encoded = network(features, lengths)
    levels = network.encoder.levels(features, lengths)  # type: ignore[operator]
    parts = []
    for linear, level in zip(network.head.levels, levels, strict=True):
        steps = int(level.lengths[1])
        parts.append(torch.relu(linear(level.frames[1, :steps].mean(0))))
    torch.testing.assert_close(encoded.clip[1], network.head.classifier(torch.cat(parts)))
    torch.testing.assert_close(encoded.frames, levels[-1].frames)
    assert (network.dim, network.clip_dim, network.reduction) == (128, 7, 32)
    both = KeywordHead([4], 3, hidden=5, pooling="max+mean").eval()
    frames = torch.randn(1, 6, 4)
    pooled = frames[0].mean(0) + frames[0].amax(0)
    wanted = both.classifier(torch.relu(both.levels[0](pooled)))
    torch.testing.assert_close(both([Encoded(frames, torch.tensor([6]), torch.zeros(1, 1))])[0], wanted)


def test_top_words_are_the_likeliest_keywords_as_words() -> None:
    logits = torch.tensor([[0.1, 2.0, -1.0, 1.0], [3.0, 0.0, 4.0, 5.0]])
    encoded = TopWords([9, 8, 7, 6], 3)(Encoded(torch.zeros(2, 1, 1), torch.ones(2), logits))
    assert encoded.words is not None
    assert encoded.words.tolist() == [[8, 6, 9], [6, 7, 9]]
    assert encoded.select(torch.tensor([1, 1, 0])).words.tolist() == [[6, 7, 9], [6, 7, 9], [8, 6, 9]]
    assert TopWords([9, 8], 5).count == 2


@pytest.mark.parametrize("frozen", ["no", "weights", "all"])
def test_what_is_frozen_stays(clips: list[Clip], frozen: str) -> None:
    torch.manual_seed(0)
    encoder = Cnn10(32, 0.125)
    objective = Keywords(batch_size=6, hidden=8, size=20, frozen=frozen)  # type: ignore[arg-type]
    task = objective.task(encoder, FEATURES, clips[:16], clips[16:], 0)
    before = state(task.model)
    task.model.train()
    trained = [parameter for parameter in task.model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=0.1)
    sum(task.losses(task.load([0, 1, 2, 3])).values()).backward()  # type: ignore[union-attr]
    optimizer.step()
    after = state(task.model)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert any(name.startswith("encoder.head.") for name in changed)
    moved = {name for name in changed if name.startswith("encoder.encoder.")}
    assert any(name.endswith("conv1.weight") for name in moved) == (frozen == "no")
    assert any(name.endswith("running_mean") for name in moved) == (frozen != "all")
    assert encoder.training == (frozen != "all")


def test_labels_of_training_and_captions_that_count_besides(clips: list[Clip]) -> None:
    task = Keywords(hidden=8).task(Cnn10(32, 0.125), FEATURES, clips[:4], clips[4:6], 0)
    assert task.labels == ["sound", "birds", "chirp", "rumble", "truck"]
    assert task.targets(clips[:2]).tolist() == [[1, 0, 0, 1, 1], [1, 1, 1, 0, 0]]
    more = Keywords(hidden=8, also=["A car passes."]).task(Cnn10(32, 0.125), FEATURES, clips[:4], clips[4:6], 0)
    assert "car" in more.labels
    with pytest.raises(UserError, match="nouns and verbs"):
        Keywords().task(Cnn10(32, 0.125), FEATURES, [Clip("a", clips[0].audio, ("Softly.",))], clips[:1], 0)


def test_two_stages_learn_and_leave_encoder_head_and_table(clips: list[Clip], tmp_path: Path) -> None:
    registries = manager.load([]).registries
    parts = {"training": clips[:16], "validation": clips[16:]}
    prints = {name: fingerprint(part) for name, part in parts.items()}
    run = RunContext("m", "v", None, 0, "cpu", "tones", DatasetOptions(), tmp_path, registries, parts, prints)
    choice = EncoderChoice("cnn10", FEATURES, {"width": 0.125, "dropout": 0.0, "clip_dropout": 0.0})
    how = {"batch_size": 6, "hidden": 16, "dropout": 0.0, "mixup_alpha": 0.3, "mask_width": 4}
    train = TrainSettings(epochs=3, lr=3e-3, monitor="map")
    head = Pretrain("keywords", choice, train, objective_settings={**how, "frozen": "all"}, suffix="head")
    whole = Pretrain("keywords", choice, train.model_copy(update={"epochs": 8}), objective_settings=how, after=head)
    first, second = run_stages(run, [head, whole])
    assert (first.name, second.name) == ("pretrain-keywords-head", "pretrain-keywords")
    assert second.summary["map"] == pytest.approx(1.0)
    assert second.summary["map"] >= first.summary["map"]
    folder = run.stages["pretrain-keywords"]
    assert (folder / ENCODER_FILE).is_file()
    table = KeywordTable.load(folder / TABLE_FILE)
    network = KeywordEncoder(run.encoder(choice), len(table.words), 16)
    load_keyword_network(network, folder)
    with pytest.raises(UserError, match="has other shapes"):
        load_keyword_network(KeywordEncoder(run.encoder(choice), len(table.words), 8), folder)
