"""Learning rates against their closed forms."""

from __future__ import annotations

import itertools

import pytest

from aacbench.inference.settings import SearchSettings
from aacbench.training.schedule import learning_rate
from aacbench.training.settings import ScheduleSettings, ScstSettings, TrainSettings


def rates(kind: str, steps: int = 100, **changes: float) -> list[float]:
    schedule = ScheduleSettings.model_validate({"kind": kind, **changes})
    settings = TrainSettings(lr=0.1, epochs=10, schedule=schedule)
    return [learning_rate(settings, step, 10) for step in range(steps)]


def test_constant() -> None:
    assert set(rates("constant")) == {0.1}


def test_exponential_falls_once_an_epoch() -> None:
    found = rates("exponential", factor=0.5)
    assert found[:10] == [0.1] * 10
    assert found[10:20] == [0.05] * 10
    assert found[99] == pytest.approx(0.1 * 0.5**9)


def test_warm_up_is_linear_and_decay_ends_at_the_final_rate() -> None:
    found = rates("warmup-exponential", warmup_steps=20, final_lr=1e-4)
    assert found[:20] == pytest.approx([0.1 * (step + 1) / 20 for step in range(20)])
    ratios = [after / before for before, after in itertools.pairwise(found[20:])]
    assert ratios == pytest.approx([(1e-4 / 0.1) ** (1 / 80)] * len(ratios))
    assert found[20] == pytest.approx(0.1)


def test_cosine_ends_near_zero() -> None:
    found = rates("warmup-cosine", warmup_steps=10)
    assert found[10] == pytest.approx(0.1)
    assert found[55] == pytest.approx(0.05)
    assert found[99] < 1e-4


def test_plateau_counts_reductions() -> None:
    settings = TrainSettings(lr=0.1, schedule=ScheduleSettings(kind="plateau", factor=0.1))
    assert learning_rate(settings, 5, 10, reductions=2) == pytest.approx(1e-3)


def test_warm_up_may_be_told_in_epochs() -> None:
    assert rates("warmup-cosine", warmup_epochs=1.0) == rates("warmup-cosine", warmup_steps=10)


def test_steps_fall_after_their_epochs() -> None:
    schedule = ScheduleSettings(kind="steps", factor=0.1, milestones=(8, 14, 20))
    settings = TrainSettings(lr=5e-4, epochs=25, schedule=schedule)
    rates = [learning_rate(settings, 10 * epoch, 10) for epoch in range(25)]
    assert rates == pytest.approx([5e-4] * 8 + [5e-5] * 6 + [5e-6] * 6 + [5e-7] * 5)


def test_settings_that_came_later_leave_keys_as_they_were() -> None:
    plain = TrainSettings().model_dump(mode="json")
    assert not {"average_from", "gradient_checkpointing", "micro_batch", "keep_final"} & set(plain)
    assert "milestones" not in plain["schedule"]
    assert TrainSettings(micro_batch=8).model_dump()["micro_batch"] == 8
    assert "start" not in ScstSettings().model_dump() and ScstSettings(start="final").model_dump()["start"] == "final"
    assert "say_unknown" not in SearchSettings().model_dump()


def test_a_number_of_steps_ends_with_an_epoch() -> None:
    settings = TrainSettings(epochs=2, steps=25, lr=0.1, schedule=ScheduleSettings(kind="warmup-cosine"))
    assert [settings.epochs_of(count) for count in (1, 10, 25, 40)] == [25, 3, 1, 1]
    assert learning_rate(settings, 15, 10) == pytest.approx(0.05)
    assert learning_rate(settings, 29, 10) < 1e-3
