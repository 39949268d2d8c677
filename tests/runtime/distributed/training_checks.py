"""Checks of training by two processes: losses, gradients and weights are those of one, wherever it is cut and gone on.

Dropout is 0: its masks are drawn anew for each part of a batch.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aacbench.contracts import DatasetOptions, Task
from aacbench.contracts.context import RunContext
from aacbench.host import manager
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.inference.settings import SearchSettings
from aacbench.pretraining.audio_tagging import AudioTagging
from aacbench.pretraining.audio_text_retrieval import AudioTextRetrieval
from aacbench.pretraining.keywords import Keywords
from aacbench.pretraining.scene_classification import SceneClassification
from aacbench.runtime.distributed.batch_norm import share_batch_norm
from aacbench.runtime.distributed.collectives import map_ranks, mean_ranks, on_rank_zero
from aacbench.runtime.distributed.gradients import average_gradients
from aacbench.runtime.distributed.process_group import group, single_process, world
from aacbench.runtime.distributed.shards import ShardRange, SharedGenerators, bounds, sharded, shared_mean
from aacbench.runtime.seeds import derive, seed_everything, shuffled
from aacbench.training.cross_entropy import CrossEntropyTask
from aacbench.training.loop import Loop
from aacbench.training.self_critical.scst import ScstTask
from aacbench.training.settings import AugmentSettings, CaptionTrainSettings, ScstSettings, TrainSettings
from aacbench.types import Clip

SPEC = importlib.util.spec_from_file_location("tones", Path(__file__).parents[2] / "training/conftest.py")
assert SPEC and SPEC.loader
TONES: Any = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(TONES)
TEXT = {"source": "captions", "dim": 16, "layers": 1, "heads": 2, "dropout": 0.0, "max_tokens": 12}
AUGMENT = AugmentSettings(time_width=5, mel_width=3, probability=0.8)


def clips(folder: Path) -> dict[str, list[Clip]]:
    """Return training, validation and evaluation clips with tags and scenes; only the first process writes them."""

    def made() -> dict[str, list[Clip]]:
        sizes, pitches = {"training": 11, "validation": 5, "evaluation": 3}, list(TONES.PITCHES)
        return {
            part: [
                replace(TONES._clip(folder, part, place), tags=(pitches[place % 3],), scene=pitches[place % 2])
                for place in range(size)
            ]
            for part, size in sizes.items()
        }

    return on_rank_zero(made)()


def context(folder: Path) -> RunContext:
    parts = clips(folder)
    where = ("tones", "default", None, 0, "cpu", "tones", DatasetOptions(), folder)
    return RunContext(*where, manager.load([]).registries, parts, {part: part for part in parts})


def quiet(model: nn.Module) -> Any:
    """Return a network without dropout."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model


def cross_entropy(run: RunContext, **settings: Any) -> CrossEntropyTask:
    model, vocabulary = TONES.build(run)
    train = TrainSettings(batch_size=4, monitor="cider_d")
    how = CaptionTrainSettings(**{"train": train, "augment": AUGMENT, **settings})
    return CrossEntropyTask(quiet(model), vocabulary, how, run)


def scst(run: RunContext, **settings: Any) -> ScstTask:
    model, vocabulary = TONES.build(run)
    how = ScstSettings(**{"train": TrainSettings(batch_size=5), "samples": 2, "max_words": 6, **settings})
    return ScstTask(quiet(model), vocabulary, how, run)


def pretraining(run: RunContext, objective: Any) -> Any:
    parts = run.clips
    return objective.task(quiet(TONES.PooledEncoder()), TONES.FEATURES, parts["training"], parts["validation"], 0)


TASKS: Mapping[str, Callable[[RunContext], Any]] = {
    "cross-entropy": cross_entropy,
    "all captions": lambda run: cross_entropy(run, captions_per_sample="all", label_smoothing=0.1, augment=None),
    "scheduled sampling": lambda run: cross_entropy(run, final_teacher_forcing_ratio=0.3),
    "scst": lambda run: scst(run, frequencies="batch", limit="max_words"),
    "scst, encoder in training": lambda run: scst(run, dropout="encoder", reduction="words"),
    "scst, sampled": lambda run: scst(run, dropout="sampled", augment=AUGMENT, captions_per_sample="all"),
    "tagging": lambda run: pretraining(run, AudioTagging(4, 0.0, 1.0, 6)),
    "tagging alone": lambda run: pretraining(run, AudioTagging(4, 0.0, 0.0, 0)),
    "keywords": lambda run: pretraining(run, Keywords(batch_size=5, dropout=0.0, mask_width=4, hidden=8)),
    "scenes": lambda run: pretraining(run, SceneClassification(3, 0.0, 1.0, 6)),
    "retrieval": lambda run: pretraining(run, AudioTextRetrieval(4, 8, captions="all", text=TEXT)),
    "retrieval, negatives": lambda run: pretraining(
        run, AudioTextRetrieval(5, 8, crop_seconds=0.2, other_captions="negatives", reduction="mean", text=TEXT)
    ),
}


def task(name: str, run: RunContext) -> Any:
    torch.manual_seed(0)
    made = TASKS[name](run)
    made.model.train()
    if name == "scheduled sampling":
        made.on_step_start(1.0)
    return made


def stepped(made: Any, batch: Sequence[Any]) -> tuple[dict[str, float], dict[str, Tensor]]:
    """Return losses and gradients of a batch, the mean over processes where they share it."""
    seed_everything("step", len(batch))
    made.model.zero_grad()
    rows = bounds(len(batch))
    part = None if rows is None else ShardRange(*rows, len(batch), SharedGenerators(derive("step", len(batch))))
    with sharded(part):
        losses = made.losses(made.load(batch if rows is None else batch[slice(*rows)]))
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
    if group().count > 1:
        average_gradients(made.model)
    found = {name: parameter.grad for name, parameter in made.model.named_parameters() if parameter.grad is not None}
    return mean_ranks({name: float(value.detach()) for name, value in losses.items()}), found


def check_every_task_steps_as_one_process_does(folder: Path) -> None:
    run = context(folder)
    for name in TASKS:
        with single_process():
            single = task(name, run)
        several = task(name, run)
        assert several.data_parallel
        share_batch_norm(several.model)
        for batch in several.batches(0)[:2]:
            with single_process():
                wanted, slopes = stepped(single, batch)
            losses, found = stepped(several, batch)
            assert losses.keys() == wanted.keys() and found.keys() == slopes.keys(), name
            for loss, value in losses.items():
                assert abs(value - wanted[loss]) < 1e-5, (name, loss, value, wanted[loss])
            for weight, slope in found.items():
                size = float(slopes[weight].abs().max())
                assert torch.allclose(slope, slopes[weight], rtol=1e-3, atol=1e-5 + 1e-4 * size), (name, weight)
            for buffer, value in several.model.named_buffers():
                other = single.model.get_buffer(buffer)
                assert torch.allclose(value, other, rtol=1e-5, atol=1e-6), (name, buffer)


def check_validation_is_that_of_one_process(folder: Path) -> None:
    run = context(folder)
    for name in ("cross-entropy", "tagging", "retrieval"):
        made = task(name, run)
        made.model.eval()
        with torch.no_grad():
            together = made.validate()
            with single_process():
                assert made.validate() == together, name  # to the bit
    made = task("cross-entropy", run)
    captioner = NetworkCaptioner(made.model, made.vocabulary, SearchSettings(batch_size=2, max_words=6))
    everything = [clip for part in run.clips.values() for clip in part]
    captions = captioner.caption(everything)
    with single_process():
        assert captioner.caption(everything) == captions and len(set(captions)) > 1


class Stopped(Exception):
    """Stands for a kill."""


class Regression(Task):
    """Linear regression in double precision, with batch norm; the last batch has one row, too few to divide."""

    name = "regression"
    data_parallel = True

    def __init__(self, stop_at: int | None = None) -> None:
        torch.manual_seed(0)
        self.data, weights = torch.randn(31, 6, dtype=torch.float64), torch.randn(6, 1, dtype=torch.float64)
        self.wanted = self.data @ weights
        layers = (nn.BatchNorm1d(6), nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 1))
        self.model: nn.Module = nn.Sequential(*layers).double()
        self.stop_at, self.calls = stop_at, 0

    def batches(self, epoch: int) -> list[list[int]]:
        order = shuffled(len(self.data), "regression", epoch)
        return [order[first : first + 5] for first in range(0, 30, 5)] + [order[:2], order[:5]]

    def load(self, batch: Sequence[int]) -> tuple[Tensor, Tensor]:
        return self.data[list(batch)], self.wanted[list(batch)]

    def losses(self, loaded: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        self.calls += 1
        if self.calls == self.stop_at:
            raise Stopped
        return {"mse": shared_mean(((self.model(loaded[0]) - loaded[1]) ** 2).mean(), len(loaded[0]))}

    def validate(self) -> Mapping[str, float]:
        return {"loss": float(((self.model(self.data) - self.wanted) ** 2).mean())}


def trained(folder: Path, stop_at: int | None = None, **changes: Any) -> dict[str, Tensor]:
    made = Regression(stop_at)
    how = {"epochs": 5, "lr": 0.02, "checkpoint_seconds": 0.0, "accumulation": 2, "average_from": 4, **changes}
    Loop(made, TrainSettings.model_validate(how), folder, 7, "cpu").run()
    return made.model.state_dict()


@contextmanager
def stopping() -> Iterator[None]:
    try:
        yield
    except Stopped:
        return
    raise AssertionError("it was not stopped")


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def same(one: Mapping[str, Tensor], other: Mapping[str, Tensor], within: float) -> None:
    for name, value in one.items():
        assert torch.allclose(value.double(), other[name].double(), rtol=within, atol=within), (
            name,
            value,
            other[name],
        )


def check_training_ends_as_in_one_process(folder: Path) -> None:
    weights = trained(folder / "two")
    for place in range(2):
        same(map_ranks([0, 1], lambda _: weights)[place], weights, 0.0)  # the same in both
    with single_process():
        single = trained(folder / f"one-{world().rank}")
    same(weights, single, 1e-9)


def check_it_goes_on_with_any_number_of_processes(folder: Path) -> None:
    weights = trained(folder / "whole")
    for stop_at in (1, 5, 11, 24):
        cut = folder / f"cut-{stop_at}"
        with stopping():
            trained(cut, stop_at)
        same(trained(cut), weights, 0.0)
        fewer = folder / f"fewer-{stop_at}"
        with stopping():
            trained(fewer, stop_at)
        on_rank_zero(lambda path: same(trained(path), weights, 1e-9))(fewer)
        more = folder / f"more-{stop_at}"
        on_rank_zero(stopped_alone)(more, stop_at)
        same(trained(more), weights, 1e-9)
    for name in ("cut-5", "fewer-11", "more-24"):
        for one, other in zip(lines(folder / name), lines(folder / "whole"), strict=True):
            assert one.keys() == other.keys()
            for key, value in one.items():
                assert value == other[key] or abs(value - other[key]) < 1e-6, (name, key)  # summed in single precision


def stopped_alone(folder: Path, stop_at: int) -> None:
    with stopping():
        trained(folder, stop_at)


def check_what_cannot_be_divided_is_done_by_all(folder: Path) -> None:
    class Whole(Regression):
        data_parallel = False

        def losses(self, loaded: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
            assert len(loaded[0]) in (5, 2)
            return {"mse": ((self.model(loaded[0]) - loaded[1]) ** 2).mean()}

    made = Whole()
    how = {"epochs": 2, "lr": 0.02, "accumulation": 2}
    Loop(made, TrainSettings.model_validate(how), folder / "whole", 7, "cpu").run()
    same(made.model.state_dict(), map_ranks([0, 1], lambda _: made.model.state_dict())[0], 0.0)
    same(made.model.state_dict(), trained(folder / "shared", epochs=2, average_from=None), 1e-9)


def check_half_precision_trains(folder: Path) -> None:
    for precision in ("bf16", "fp16"):
        run = context(folder)
        made = task("cross-entropy", run)
        how = {"epochs": 3, "lr": 0.01, "precision": precision, "clip_norm": 1.0, "checkpoint_seconds": 0.0}
        done = Loop(made, TrainSettings.model_validate(how), folder / precision, 0, "cpu").run()
        curve = [entry["train_loss"] for entry in done.history]
        assert curve[-1] < curve[0] and all(value == value for value in curve)
        assert (precision == "fp16") == bool(done.scaler)
        weights = made.model.state_dict()
        same(weights, on_rank_zero(made.model.state_dict)(), 0.0)
