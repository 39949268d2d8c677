"""The pretraining stage: trains an encoder by a registered objective, once for all runs that ask for the same."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from aacbench.contracts import (
    CompositeDataset,
    Dataset,
    DatasetOptions,
    EncoderChoice,
    HasPools,
    Pretraining,
    Stage,
    Task,
    make,
)
from aacbench.contracts.context import RunContext
from aacbench.contracts.previous import as_task, cache_key
from aacbench.contracts.renamed import accepts_renamed
from aacbench.contracts.settings import key_of
from aacbench.datasets.fingerprint import identity, provenance
from aacbench.datasets.splits import development_parts
from aacbench.datasets.unheard import unheard
from aacbench.errors import UserError, counted
from aacbench.models.published import ENCODER_FILE, load_published, weights_key
from aacbench.runs.rehearsal import few
from aacbench.runtime.distributed.collectives import on_rank_zero, only_rank_zero
from aacbench.runtime.progress import status
from aacbench.runtime.seeds import shuffled
from aacbench.training import checkpoint
from aacbench.training.loop import Loop
from aacbench.training.sampling import class_floor
from aacbench.training.settings import DEFAULT_BATCH, TrainSettings
from aacbench.types import Clip


@accepts_renamed(label="suffix")
@dataclass(frozen=True)
class Pretrain(Stage):
    """The stage. `dataset` None means the run's own where its clips carry the labels, else the embedded one.

    A dataset that keeps clips for pretraining (`HasPools`) gives those in place of the captioned ones.

    Another dataset than the run's validates on its validation split, or on a tenth of development; clips of recordings
    in the evaluation set of the run's dataset are left out.
    """

    objective: str
    encoder: EncoderChoice
    train: TrainSettings
    dataset: str | None = None
    objective_settings: Mapping[str, Any] = field(default_factory=dict)
    options: DatasetOptions = field(default_factory=DatasetOptions)
    """How `dataset` is asked for where it is not the run's own."""
    max_clips: int | None = None
    """Keep this many of the clips, training and validation together, drawn at random."""
    per_class: int | None = None
    """Train on a small set in which every label has this many clips, or all it has (`sampling.class_floor`)."""
    weights: str | None = None
    """Published weights, or a path, that the encoder starts from; None is from scratch."""
    after: Pretrain | None = None
    """An earlier stage of the recipe with the same objective and network, from whose best weights this one goes on."""
    suffix: str = ""
    """Tells stages of one recipe apart that have the same objective."""
    seed: int | None = None
    """As in `contracts.Seeded`: where a recipe trains one network several times."""
    shared: bool = True
    name: str = field(init=False)
    """The stage is called after its objective."""
    depends_on: tuple[str, ...] = field(init=False)
    """The stage it goes on from, if any."""
    distributed = True

    def __post_init__(self) -> None:
        suffix = f"-{self.suffix}" if self.suffix else ""
        object.__setattr__(self, "name", f"pretrain-{self.objective}{suffix}")
        object.__setattr__(self, "depends_on", () if self.after is None else (self.after.name,))

    def label(self, context: RunContext) -> str:
        """Return what the encoder learns, in a word."""
        return context.registries.pretraining[self.objective].label or self.objective

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        """Return objective, encoder, training settings and the data's fingerprint."""
        name, clips, _ = self._clips(context)
        objective = self._objective(context)
        return {
            "objective": self.objective,
            "objective_settings": dict(self.objective_settings),
            "encoder": self.encoder.name,
            "encoder_settings": dict(self.encoder.settings),
            "features": self.encoder.features.key(),
            "train": key_of(self.train),
            "dataset": name,
            "data": [identity(clips[part]) for part in ("training", "validation")],
            "weights": self.weights and weights_key(context.registries.encoders[self.encoder.name], self.weights),
            "identity": cache_key(objective),
        }

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        """Train; leave the encoder alone in `encoder.safetensors`."""
        name, clips, dataset, heard = self._chosen(context)
        if heard:
            which = f"{counted(heard, 'clip')} of {name} left out"
            status(f"{self.name}: {which}, of recordings in the evaluation set of {context.dataset}")
        if not all(clips.values()):
            raise UserError(f"{name} has no clips to pretrain on that {context.dataset} does not evaluate on")
        start = {} if self.after is None else {"start": context.stages[self.after.name]}
        encoder, task = self._task(context, clips["training"], clips["validation"], **start)
        title = f"pretraining {self.name.removeprefix('pretrain-')}"
        done = Loop(task, self.train, folder, context.seed, context.device, title, context.tracker, self.name).run()
        self._keep(encoder, task, folder)
        best = {self.train.monitor: done.best, "best_epoch": done.best_epoch}
        parts: dict[str, Any] = {"parts": provenance(dataset, clips)} if isinstance(dataset, CompositeDataset) else {}
        numbers = {"epochs": done.epoch, "seconds": done.seconds, **best, "history": done.history}
        left_out = {"left_out": heard} if heard else {}
        return {"dataset": name, **parts, **numbers, **left_out}

    def rehearsal(self, context: RunContext, waiting: bool) -> tuple[Task, TrainSettings]:
        """Return the task on a few clips, from where the recipe starts: the network is the same after other stages."""
        _, clips, _ = self._source(context)
        heard = few(clips["training"])
        return self._task(context, heard, heard)[1], self.train

    def _task(
        self, context: RunContext, training: list[Clip], validation: list[Clip], **start: Path
    ) -> tuple[nn.Module, Task]:
        """Return the encoder, with published weights where there are some, and the task that trains it."""
        torch.manual_seed(context.seed)
        encoder = context.encoder(self.encoder)
        if self.weights is not None:
            load_published(context.registries.encoders[self.encoder.name], encoder, self.weights)
        objective: Pretraining = self._objective(context, **start)
        return encoder, as_task(objective.task(encoder, self.encoder.features, training, validation, context.seed))

    @only_rank_zero
    def _keep(self, encoder: nn.Module, task: Task, folder: Path) -> None:
        checkpoint.save(folder / ENCODER_FILE, checkpoint.model_tensors(encoder), {"stage": self.name})
        task.save_artifacts(folder)

    def _objective(self, context: RunContext, **more: Any) -> Any:
        settings = dict(self.objective_settings)
        if self.train.batch_size != DEFAULT_BATCH:
            settings["batch_size"] = self.train.batch_size
        return make(context.registries.pretraining[self.objective], **settings, **more)

    def _clips(self, context: RunContext) -> tuple[str, dict[str, list[Clip]], Dataset | None]:
        return self._chosen(context)[:3]

    def _chosen(self, context: RunContext) -> tuple[str, dict[str, list[Clip]], Dataset | None, int]:
        """Return the dataset's name, its clips, the dataset where it is not the run's own, how many were left out."""
        name, clips, dataset = self._source(context)
        before = sum(map(len, clips.values()))
        if dataset is not None:
            clips = self._unheard(clips, context)
        heard = before - sum(map(len, clips.values()))
        clips = self._drawn(clips, context)
        return name, {**clips, "training": self._small(clips["training"], context)}, dataset, heard

    def _unheard(self, clips: dict[str, list[Clip]], context: RunContext) -> dict[str, list[Clip]]:
        """Return the clips without those that the run's dataset evaluates on."""
        evaluated = context.clips.get("evaluation")
        if evaluated is None:  # another split is scored
            with suppress(UserError):
                evaluated = context.registries.dataset(context.dataset, context.options).clips("evaluation")
        return {part: unheard(listed, evaluated or ()) for part, listed in clips.items()}

    def _drawn(self, clips: dict[str, list[Clip]], context: RunContext) -> dict[str, list[Clip]]:
        """Return what `max_clips` leaves of training and validation clips, as if drawn before they were parted."""
        together = [(part, clip) for part in ("training", "validation") for clip in clips[part]]
        if self.max_clips is None or self.max_clips >= len(together):
            return clips
        chosen = sorted(shuffled(len(together), context.seed, self.name, "drawn")[: self.max_clips])
        parts: dict[str, list[Clip]] = {"training": [], "validation": []}
        for index in chosen:
            parts[together[index][0]].append(together[index][1])
        return {**clips, **parts}

    def _small(self, clips: list[Clip], context: RunContext) -> list[Clip]:
        """Return the training clips that `per_class` leaves."""
        if self.per_class is not None:
            label = context.registries.pretraining[self.objective].labels
            if not label:
                raise UserError(f"{self.objective} learns from no labels, so there are no classes for per_class")
            values = [getattr(clip, label) for clip in clips]
            labels = [(one,) if isinstance(one, str) else one for one in values]
            clips = [clips[index] for index in class_floor(labels, self.per_class, context.seed, self.name, "floor")]
        return clips

    def _source(self, context: RunContext) -> tuple[str, dict[str, list[Clip]], Dataset | None]:
        """Return the dataset's name, its clips, and the dataset where it is not the run's own."""
        label = context.registries.pretraining[self.objective].labels
        own = context.clips
        labelled = not label or all(getattr(clip, label) for clip in own["training"])
        asked = self.dataset is not None and (self.options.version is not None or bool(self.options.settings))
        if self.dataset in (None, context.dataset) and not asked and (pool := _own_pool(context, label)) is not None:
            return context.dataset, pool, None
        if self.dataset in (None, context.dataset) and labelled and not asked:
            return context.dataset, {part: own[part] for part in ("training", "validation")}, None
        if self.dataset == context.dataset and not asked:
            raise UserError(f"the clips of {context.dataset} carry no {label}, which {self.objective} learns from")
        name = self.dataset or context.registries.default_dataset
        own_options = self.options if self.dataset else DatasetOptions()
        if context.preset == "smoke" and not own_options.settings:
            own_options = replace(own_options, settings=context.registries.datasets[name].smoke)
        inherited = context.options.inherited_by(own_options, context.dataset)
        if name != context.dataset:
            options = inherited
        elif asked:
            options = replace(context.options, version=own_options.version, settings=own_options.settings)
        else:
            options = context.options
        dataset = context.registries.dataset(name, options)
        return name, _pool(dataset, label) or development_parts(dataset, context.seed), dataset


def _own_pool(context: RunContext, label: str) -> dict[str, list[Clip]] | None:
    """Return what the run's dataset keeps for pretraining on the label, None where it keeps nothing."""
    if not label or context.dataset not in context.registries.datasets:  # clips that came from no dataset
        return None
    return _pool(context.registries.dataset(context.dataset, context.options), label)


@on_rank_zero
def _pool(dataset: Dataset, label: str) -> dict[str, list[Clip]] | None:
    """Return what a dataset keeps for pretraining on the label, None where it keeps nothing."""
    pool = dataset.pool(label) if label and isinstance(dataset, HasPools) else None
    return None if pool is None else dict(pool)


def load_encoder(encoder: torch.nn.Module, folder: Path) -> None:
    """Put the weights that a `Pretrain` stage left in `folder` into `encoder`."""
    tensors, _ = checkpoint.load(folder / ENCODER_FILE)
    checkpoint.load_model(encoder, tensors)
