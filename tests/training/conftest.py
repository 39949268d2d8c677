"""A captioning problem small enough to solve in seconds: short tones of three pitches, named in three words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from aacbench.audio import feature_settings
from aacbench.contracts import DatasetOptions
from aacbench.contracts.context import RunContext
from aacbench.datasets.fingerprint import fingerprint
from aacbench.host import manager
from aacbench.models.captioning import EncoderDecoder
from aacbench.models.decoders.gru_attention import GruAttentionDecoder
from aacbench.text.vocabulary import Vocabulary
from aacbench.types import Clip, Encoded

PITCHES = {"low": 220.0, "middle": 880.0, "high": 3520.0}
FEATURES = feature_settings(
    {"front_end": "panns", "sample_rate": 8000, "window": 256, "n_fft": 256, "hop": 256, "f_max": 4000.0}
    | {"mel_bins": 12}
)


class PooledEncoder(nn.Module):
    """Linear frames with dropout and batch norm, so that training and evaluation mode differ."""

    reduction, dim, clip_dim = 1, 8, 8

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.linear, self.dropout = nn.BatchNorm1d(12), nn.Linear(12, 8), nn.Dropout(0.2)

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        normed = self.norm(features.transpose(1, 2)).transpose(1, 2)
        frames = self.dropout(torch.tanh(self.linear(normed)))
        return Encoded(frames, lengths, frames.mean(1))


def build(context: RunContext) -> tuple[EncoderDecoder, Vocabulary]:
    vocabulary = context.vocabulary()
    decoder = GruAttentionDecoder(len(vocabulary), 8, dim=16, embedding_dim=8, attention_dim=8, dropout=0.1)
    return EncoderDecoder(FEATURES, PooledEncoder(), decoder), vocabulary


def _clip(folder: Path, part: str, index: int) -> Clip:
    pitch = list(PITCHES)[index % 3]
    path = folder / f"{part}-{index:03d}.wav"
    time = np.arange(2000 + 200 * (index % 4)) / 8000
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * PITCHES[pitch] * time * (1 + index % 7 / 100)), 8000)
    return Clip(path.name, path, (f"a {pitch} tone sounds", f"someone plays a {pitch} tone"))


@pytest.fixture
def make_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], RunContext]:
    """Makes the context of a run in a folder of that name; all share the clips and the cache."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    sizes = {"training": 12, "validation": 6, "evaluation": 3}
    clips = {part: [_clip(tmp_path, part, index) for index in range(size)] for part, size in sizes.items()}

    def make(name: str) -> RunContext:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        return RunContext(
            method="tones",
            variant="default",
            settings=None,
            seed=0,
            device="cpu",
            dataset="tones",
            options=DatasetOptions(),
            folder=folder,
            registries=manager.load([]).registries,
            clips=clips,
            fingerprints={part: fingerprint(found) for part, found in clips.items()},
        )

    return make


@pytest.fixture
def context(make_context: Callable[[str], RunContext]) -> RunContext:
    return make_context("run")
