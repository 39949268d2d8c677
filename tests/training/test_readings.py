"""Losses are read together on a GPU, at once on a processor; one that is no number stops training either way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from aacbench.errors import AacbenchError
from aacbench.training import readings
from aacbench.training.loop import Loop
from aacbench.training.readings import Reading, Readings
from aacbench.training.settings import TrainSettings
from tests.training.test_every_setting import Lines


class Late(Readings):
    """Reads four steps together on any device, as a GPU's are."""

    def __init__(self, device: str) -> None:
        super().__init__(device)
        self.together = 3


class Broken(Lines):
    """A loss that is no number in the sixth step, which does not wait to be read."""

    steps = 0

    def losses(self, loaded: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        self.steps += 1
        lost = super().losses(loaded)["mse"]
        return {"mse": lost * float("nan") if self.steps == 6 else lost}


def test_a_processors_losses_are_due_at_once_and_a_gpus_after_some_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    on_cpu, on_gpu = Readings("cpu"), Readings("cuda:0")
    assert not on_cpu.due()
    due = []
    for step in range(readings.TOGETHER):
        on_cpu.add(step, 0.1, {"loss": torch.tensor(1.0)})
        on_gpu.add(step, 0.1, {"loss": torch.tensor(float(step)), "kl": torch.tensor(2.0)})
        due.append((on_cpu.due(), on_gpu.due()))
    assert due == [(True, False)] * (readings.TOGETHER - 1) + [(True, True)]
    read = on_gpu.read()
    assert read[3] == Reading(3, 0.1, {"loss": 3.0, "kl": 2.0}) and len(read) == readings.TOGETHER
    assert not on_gpu.waiting and on_gpu.read() == []


def test_one_process_reads_old_losses_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Readings("cuda")
    waiting.add(0, 0.1, {"loss": torch.tensor(1.0)})
    assert not waiting.due()
    monkeypatch.setattr(readings, "OLDEST", -1.0)
    assert waiting.due()


def test_a_run_is_the_same_however_many_are_read_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = TrainSettings(epochs=3, lr=0.05, accumulation=2, checkpoint_seconds=0.0)
    at_once = Loop(Lines(), settings, tmp_path / "once", 0, "cpu").run()
    monkeypatch.setattr("aacbench.training.loop.Readings", Late)
    together = Loop(Lines(), settings, tmp_path / "together", 0, "cpu").run()
    assert at_once.history == together.history and at_once.best == together.best


@pytest.mark.parametrize("kind", [Readings, Late])
def test_no_number_stops_training_and_is_in_no_checkpoint(
    kind: type[Readings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aacbench.training.loop.Readings", kind)
    settings = TrainSettings(epochs=3, checkpoint_seconds=0.0)
    with pytest.raises(AacbenchError, match="the loss became nan at step 5"):
        Loop(Broken(), settings, tmp_path, 0, "cpu").run()
    from aacbench.training import checkpoint

    tensors, state = checkpoint.load(tmp_path / "last.safetensors")
    assert state["step"] <= 5 and all(bool(torch.isfinite(value).all()) for value in tensors.values())
