"""Seconds of one training step of `rlssr` at the size of `quick`: 16 clips of 6 s with five captions each."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from aacbench_rlssr.method import Rlssr
from aacbench_rlssr.settings import PRESETS, RlssrSettings
from pytest_benchmark.fixture import BenchmarkFixture

from aacbench.contracts import DatasetOptions
from aacbench.contracts.context import RunContext
from aacbench.host import manager
from aacbench.runs.settings import build
from aacbench.types import Clip

WORDS = [f"word{number}" for number in range(330)]


@pytest.mark.benchmark(group="one training step, 16 clips x 5 captions")
@pytest.mark.parametrize("captions", ["one encoding a clip", "one encoding a caption"])
def test_training_step(benchmark: BenchmarkFixture, tmp_path: Path, captions: str) -> None:
    settings = build(RlssrSettings, [PRESETS["quick"]])
    clip = Clip("a.wav", tmp_path / "a.wav", (" ".join(WORDS),))
    registries = manager.load([]).registries
    context = RunContext(
        "rlssr", "base", settings, 0, "cpu", "none", DatasetOptions(), tmp_path, registries, {"training": [clip]}
    )
    torch.manual_seed(0)
    model, vocabulary = Rlssr().network(context)
    optimizer = torch.optim.Adam(model.parameters())
    features, lengths = torch.randn(16, 188, 32), torch.full((16,), 188)
    tokens = torch.randint(4, len(vocabulary), (80, 16))
    clip_of = torch.arange(16).repeat_interleave(5)
    if captions == "one encoding a caption":
        features, lengths, clip_of = features[clip_of], lengths[clip_of], torch.arange(80)

    def step() -> float:
        optimizer.zero_grad()
        loss = torch.stack(list(model.losses(features, lengths, tokens, clip_of).values())).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return float(loss.detach())

    assert benchmark(step) > 0
