"""Weight averaging: the mean over the last epochs' ends, the same after a kill, absent from keys where unused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from aacbench.training import checkpoint
from aacbench.training.loop import Loop
from tests.training.test_loop import Regression, Stopped, settings, weights


def test_the_average_is_the_mean_of_the_last_epochs(tmp_path: Path) -> None:
    """Runs of 1 to 6 epochs at a constant rate are one run cut off after each of its epochs."""
    for epochs in (4, 5, 6):
        weights(tmp_path / str(epochs), epochs=epochs)
    ends = [checkpoint.load(tmp_path / str(epochs) / "last.safetensors")[0] for epochs in (4, 5, 6)]
    averaged = weights(tmp_path / "averaged", average_from=4)
    for name, value in averaged.items():
        each = torch.stack([end[f"model/{name}"] for end in ends])
        wanted = each.mean(0) if value.is_floating_point() else each[-1]
        torch.testing.assert_close(value, wanted)
    kept, state = checkpoint.load(tmp_path / "averaged/best.safetensors")
    assert torch.equal(kept["model/2.weight"], averaged["2.weight"])
    assert state["epoch"] == 6


@pytest.mark.parametrize("stop_at", [13, 22, 29])
def test_a_killed_run_has_the_same_average(tmp_path: Path, stop_at: int) -> None:
    whole = weights(tmp_path / "whole", average_from=3)
    with pytest.raises(Stopped):
        Loop(Regression(stop_at), settings(average_from=3), tmp_path / "cut", 7, "cpu").run()
    cut = weights(tmp_path / "cut", average_from=3)
    for name, value in whole.items():
        assert torch.equal(value, cut[name]), name


def test_the_record_says_what_was_averaged(tmp_path: Path) -> None:
    done = Loop(Regression(), settings(average_from=5), tmp_path, 7, "cpu").run()
    assert (done.averaged, done.best_epoch) == (2, 6)
    assert done.history[-1]["averaged"] == 2
    assert done.best == done.history[-1]["validation_loss"]


def test_training_that_ends_before_keeps_the_best(tmp_path: Path) -> None:
    done = Loop(Regression(), settings(average_from=7), tmp_path, 7, "cpu").run()
    assert done.averaged == 0
    assert done.best == min(entry["validation_loss"] for entry in done.history)


def test_keys_of_stages_without_averaging_know_nothing_of_it() -> None:
    assert "average_from" not in settings().model_dump(mode="json")
    assert settings(average_from=3).model_dump(mode="json")["average_from"] == 3
    assert type(settings()).model_validate(settings().model_dump()) == settings()
