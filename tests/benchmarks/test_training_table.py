"""The table of training's speed can be made on any device; on a GPU it is made of `quick`."""

from __future__ import annotations

import pytest
import torch

from tests.benchmarks import training


@pytest.mark.parametrize(
    ("method", "variant", "stage"),
    [("seq2seq", "cnn10+transformer+audio-tagging", "pretrain-audio-tagging"), ("rlssr", "base", "cross-entropy")],
)
def test_a_row_a_stage(method: str, variant: str, stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    training.main([method, "--variant", variant, "--preset", "smoke", "--device", "cpu", "--steps", "3"])
    head, *rows = [line for line in capsys.readouterr().out.splitlines() if line.strip(" -")]
    assert "steps a second" in head and "MFU" in head
    assert [row.split()[0] for row in rows] == [stage]
    for row in rows:
        rate, milliseconds, waiting, used = (float(cell.rstrip("%")) for cell in row.split()[1:])
        assert abs(rate * milliseconds - 1000) < 0.1 * 1000
        assert 0 <= waiting <= 100 and 0 < used < 100


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("change", ["captions.train.compile=false", "captions.train.compile=true"])
def test_on_a_gpu(change: str) -> None:
    training.main(["rlssr", "--variant", "base", "--device", "cuda", "--set", change])
