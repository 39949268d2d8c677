"""The learning rate as a function of where training stands: no hidden state, so a resumed run needs none."""

from __future__ import annotations

import math

from aacbench.training.settings import TrainSettings


def learning_rate(settings: TrainSettings, step: int, steps_per_epoch: int, reductions: int = 0) -> float:
    """Return the rate of optimiser step `step` (from 0); `reductions` counts the plateaus met so far."""
    schedule, base = settings.schedule, settings.lr
    total = max(1, settings.epochs_of(steps_per_epoch) * steps_per_epoch)
    if schedule.kind == "constant":
        return base
    if schedule.kind == "exponential":
        return base * schedule.factor ** (step // steps_per_epoch)
    if schedule.kind == "steps":
        return base * schedule.factor ** sum(step >= epoch * steps_per_epoch for epoch in schedule.milestones)
    if schedule.kind == "plateau":
        return base * schedule.factor**reductions
    warm = min(max(schedule.warmup_steps, round(schedule.warmup_epochs * steps_per_epoch)), total - 1)
    if step < warm:
        return base * (step + 1) / warm
    progress = (step - warm) / max(1, total - warm)
    if schedule.kind == "warmup-cosine":
        return schedule.final_lr + (base - schedule.final_lr) * 0.5 * (1 + math.cos(math.pi * progress))
    final = schedule.final_lr or base * 1e-3
    return float(base * (final / base) ** progress)
