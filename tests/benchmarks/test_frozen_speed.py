"""Features of a frozen encoder: the first epoch, which encodes, against later ones, which read what is kept.

Four clips of ten seconds, CNN10 at an eighth of its width, one thread, in seconds of processor time.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from aacbench.audio import front_end
from aacbench.contracts import EncoderChoice
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.models.frozen import FrozenEncoder
from aacbench.types import Clip

CLIPS = 4
CHOICE = EncoderChoice("cnn10", front_end("panns-16k"), {"width": 0.125})


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.benchmark(group="an epoch over a frozen encoder, 4 clips of 10 s", timer=time.process_time)
@pytest.mark.parametrize("epoch", ["second", "first"])
def test_epoch(benchmark: Any, epoch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = []
    for number in range(CLIPS):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, 0.1 * np.random.default_rng(number).standard_normal(160_000), 16000)
        clips.append(Clip(path.name, path))
    homes = iter(range(1_000_000))
    torch.manual_seed(0)
    encoder = Cnn10(width=0.125)

    def fresh() -> tuple[tuple[FrozenEncoder], dict[str, Any]]:
        monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / ("kept" if epoch == "second" else f"home{next(homes)}")))
        return (FrozenEncoder(CHOICE, encoder),), {}

    def run(source: FrozenEncoder) -> list[torch.Tensor]:
        source.prepare(clips, progress=False)
        return [source.load(clip) for clip in clips]

    if epoch == "second":
        run(fresh()[0][0])
    found = benchmark.pedantic(run, setup=fresh, rounds=8)
    assert [len(one) for one in found] == [1 + 62] * CLIPS
