"""What a setting changes, seen without training: networks, batches, the first step's losses, and what is decoded.

A run goes through its stages as ever, but for `Loop.run`, which looks at the task in place of training it and keeps the
weights that the network begins with. That each setting of training, once the loop has it, has its effect is tested
beside the loop (tests/training/test_every_setting.py); of search, beside search.
"""

from __future__ import annotations

import hashlib
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from pydantic import BaseModel
from safetensors.torch import load_file

from aacbench.contracts import DatasetOptions, outline
from aacbench.contracts.context import RunContext
from aacbench.contracts.settings import nested_model
from aacbench.errors import AacbenchError
from aacbench.host import manager
from aacbench.inference import captioner, ensemble
from aacbench.inference.search import search
from aacbench.inference.settings import SearchSettings
from aacbench.runs.dry_pass import dry_pass
from aacbench.runs.execute import RunRequest
from aacbench.runs.prepare import Prepared, prepare
from aacbench.runs.resolve import find_variant, method_settings
from aacbench.runs.settings import merge
from aacbench.runs.stages import run_stages
from aacbench.runs.tasks import captioning, retrieval
from aacbench.runtime.seeds import seed_everything
from aacbench.training import caption_task, pretrain
from aacbench.training.loop import Loop, Progress

CLIPS = {
    **{"preset": "tiny", "development": "10", "validation": "3", "evaluation": "3"},
    **{"min_seconds": "4", "max_seconds": "5"},
}


GIVEN: list[str] = []
"""What searches and vocabularies were given since the last step of a run."""


@contextmanager
def looking(home: Path) -> Iterator[None]:
    """Have stages look in place of training, and note how captions are searched for."""

    def noted(decoder: Any, encoded: Any, settings: SearchSettings) -> Any:
        GIVEN.append(repr(settings))
        return search(decoder, encoded, settings)

    make = RunContext.vocabulary

    def counted(context: RunContext, *rule: Any) -> Any:
        GIVEN.append(repr(rule))
        return make(context, *rule)

    begin = ensemble.EnsembleCaptioner.__init__

    def averaged(self: Any, members: Any, *how: Any) -> None:
        GIVEN.append(repr(how))
        begin(self, members, *how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AACBENCH_HOME", str(home))
        patch.setenv("AACBENCH_OFFLINE", "1")
        patch.setattr(pretrain, "Loop", Looked)
        patch.setattr(caption_task, "Loop", Looked)
        patch.setattr(captioner, "search", noted)
        patch.setattr(RunContext, "vocabulary", counted)
        patch.setattr(ensemble.EnsembleCaptioner, "__init__", averaged)
        yield


class Looked(Loop):
    """A loop that looks at what it would train: its batches in two epochs, and the first step's losses."""

    def run(self) -> Progress:
        """Return the counters of a training that was none; weights and what was seen are left in the folder."""
        self._begun(self.folder / "last.safetensors")
        epochs = [[*map(repr, self.task.batches(epoch))] for epoch in (0, 1)]
        seed_everything(self.seed, "looked")
        self.model.train()
        self.task.on_step_start(1.0)
        losses = [self._seen(batch) for batch in self.task.batches(0)[:1]]
        self.model.eval()
        with torch.no_grad():
            validated = dict(self.task.validate())
        self.progress.best, self.progress.finished = validated.get(self.settings.monitor), True
        self._save_best(float(self.progress.best or 0.0))
        if self.settings.keep_final:
            self.optimizer.step()  # so that the final weights are not the best ones
            self._save_final()
        entry: Any = {
            "settings": self.settings.model_dump(exclude={"batch_size"}),
            "batches": epochs,
            "losses": losses,
            "validated": validated,
            "network": repr(self.model),
        }
        self.progress.history.append(entry)
        return self.progress

    def _seen(self, batch: Any) -> dict[str, Any]:
        losses = self.task.losses(self.task.load(batch))
        torch.stack([value.float() for value in losses.values()]).sum().backward()  # type: ignore[no-untyped-call]
        slopes = [one.grad.norm() for one in self.model.parameters() if one.grad is not None]
        losses_by_name = {name: float(value.detach()) for name, value in losses.items()}
        losses_by_name["gradient"] = float(torch.stack(slopes).norm())
        rewards = {name: value for name, value in self.task.step_metrics(1.0).items() if name != "reward_share"}
        return {**losses_by_name, **rewards}


def settings_of(method: str, variant: str | None, changes: Mapping[str, Any]) -> BaseModel:
    """Return a method's settings in the preset `smoke`."""
    spec = manager.load().registries.methods[method]
    made: BaseModel = method_settings(outline(spec), spec, "smoke", find_variant(spec, variant), changes)
    return made


def nested_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by dotted name as nested ones."""
    changes: dict[str, Any] = {}
    for name, value in values.items():
        *above, last = name.split(".")
        change = {last: value}
        for part in reversed(above):
            change = {part: change}
        changes = merge(changes, change)
    return changes


def models_of(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield every setting by its dotted name, with the model that it is a field of; of nested ones, first the whole."""
    for name, one in model.model_fields.items():
        inner = nested_model(model, name)
        if inner is None or type(None) in typing.get_args(one.annotation):
            yield prefix + name, model
        if inner is not None:
            yield from models_of(inner, f"{prefix}{name}.")


def other_value(model: Any, setting: str) -> Any:
    """Return another value of a setting than the model's, by its type."""
    first, _, rest = setting.partition(".")
    value = getattr(model, first)
    if rest:
        return other_value(value, rest)
    annotation = type(model).model_fields[first].annotation
    for option in (annotation, *typing.get_args(annotation)):
        if typing.get_origin(option) is Literal:
            return next(one for one in typing.get_args(option) if one != value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value / 2 if value else 0.3
    raise LookupError(f"{setting} of {type(model).__name__} is {value!r}: say which other value to try")


def steps(method: str, changes: Mapping[str, Any], folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what each stage of a run leaves, then what is decoded; an error ends it."""
    registries = manager.load().registries
    captions = registries.methods[method].task == "captioning"
    request = RunRequest(
        method,
        "soundscapes",
        preset="smoke",
        changes=changes,
        options=DatasetOptions(settings=CLIPS),
        output=folder,
        device="cpu",
        metrics=["rouge_l"] if captions else None,
    )
    try:
        prepared = prepare(request, registries)
        dry_pass(prepared)
    except AacbenchError as error:
        yield {"error": str(error)}
        return
    prepared.context.folder.mkdir(parents=True, exist_ok=True)
    prepared.take_fingerprints()
    yield {part: [clip.id for clip in clips] for part, clips in prepared.context.clips.items()}
    results: list[Any] = []
    stages = (partial(_stage, prepared, results, number + 1) for number in range(len(prepared.recipe)))
    for step in (*stages, partial(_decoded, prepared, results)):
        GIVEN.clear()
        try:
            outcome = {**step(), "given": sorted(GIVEN)}
        except AacbenchError as error:
            outcome = {"error": str(error)}
        yield outcome
        if "error" in outcome:
            return


def _stage(prepared: Prepared, results: list[Any], number: int) -> dict[str, Any]:
    context = prepared.context
    results[:] = run_stages(context, prepared.recipe[:number])
    last = results[-1]
    return {"stage": last.name, **_plain(last.summary), **_files(context.stages[last.name])}


def _decoded(prepared: Prepared, results: list[Any]) -> dict[str, Any]:
    task: Any = captioning if prepared.task == "captioning" else retrieval
    keys = [one.key for one in results]
    outcome = task.evaluate(prepared.scored(), prepared.method, keys, prepared.request.metrics)
    scores = {name: [score.corpus, *map(float, score.items or ())] for name, score in outcome.scores.items()}
    said = prepared.context.outputs / "predictions.csv"
    captions = said.read_text(encoding="utf-8") if said.exists() else ""
    return {**scores, "captions": captions}


def _plain(summary: Any) -> Any:
    """Return a stage's numbers without the times."""
    if isinstance(summary, Mapping):
        return {key: _plain(value) for key, value in summary.items() if not key.endswith("seconds")}
    return [_plain(one) for one in summary] if isinstance(summary, list | tuple) else summary


def _files(folder: Path) -> dict[str, str]:
    """Return the files that a stage leaves, with a hash of what they hold: of weights, without the stage's key."""
    unread = ("last.safetensors", "stage.json", "started.json", "log.jsonl")
    kept = sorted(path for path in folder.iterdir() if path.is_file() and path.name not in unread)
    return {path.name: hashlib.sha256(_content(path)).hexdigest() for path in kept if path.name[0] != "."}


def _content(path: Path) -> bytes:
    if path.suffix != ".safetensors":
        return path.read_bytes()
    return b"".join(name.encode() + value.numpy().tobytes() for name, value in sorted(load_file(path).items()))
