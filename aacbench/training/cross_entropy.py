"""The cross-entropy stage: trains a captioning network on (clip, caption) pairs under teacher forcing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from aacbench.contracts import CaptioningModel, Stage, TeacherForced
from aacbench.contracts.context import RunContext
from aacbench.contracts.renamed import accepts_renamed
from aacbench.errors import UserError
from aacbench.models.published import weights_key
from aacbench.text.vocabulary import Vocabulary
from aacbench.training.caption_task import (
    ARTIFACTS,
    Batch,
    Build,
    CaptionTask,
    caption_inputs,
    load_trained,
    train_captions,
)
from aacbench.training.settings import CaptionTrainSettings, TrainSettings

__all__ = ["CaptionTrainSettings", "CrossEntropy", "CrossEntropyTask", "load_trained"]


class CrossEntropyTask(CaptionTask):
    """Cross-entropy over the training clips' captions, with what the model's own losses add to it."""

    name = "cross-entropy"

    def __init__(
        self, model: CaptioningModel, vocabulary: Vocabulary, settings: CaptionTrainSettings, context: RunContext
    ) -> None:
        super().__init__(model, vocabulary, settings, context)
        self.settings = settings
        self._teach(model)

    def on_step_start(self, progress: float) -> None:
        """Lower the chance of the reference's word, where scheduled sampling is asked for."""
        if self.settings.final_teacher_forcing_ratio < 1.0:
            cast(TeacherForced, self.model).teacher_forcing_ratio = 1.0 - progress * (
                1.0 - self.settings.final_teacher_forcing_ratio
            )

    def _teach(self, model: CaptioningModel) -> None:
        """Hand the settings of teaching over to the network, if there are any."""
        if not self.settings.label_smoothing and self.settings.final_teacher_forcing_ratio == 1.0:
            return
        if not isinstance(model, TeacherForced):
            raise UserError(
                f"{type(model).__name__} knows no label smoothing or scheduled sampling; leave "
                "captions.label_smoothing and captions.final_teacher_forcing_ratio at their defaults"
            )
        if self.settings.label_smoothing:
            model.label_smoothing = self.settings.label_smoothing

    def losses(self, loaded: Batch) -> Mapping[str, Tensor]:
        """Augment on the way in; the model names its losses."""
        batch = self.augmented(loaded)
        return self.captioning.losses(batch.features, batch.lengths, batch.tokens, batch.clip_of)


@accepts_renamed(needs="depends_on")
@dataclass(frozen=True)
class CrossEntropy(Stage):
    """The stage. `build(context)` makes the untrained network, with pretrained weights where the method wants them.

    `method_inputs` is everything in the method's settings that decides what `build` makes. `weights` are published
    weights that it loads: the encoder's name and theirs; the content of their file is an input, too. `shared` keeps the
    trained network in the cache too, for variants that go on from the same one. `seed` and `depends_on` are those of
    `contracts.Stage`: a member of an ensemble has a seed of its own, and builds upon no other.
    """

    build: Build
    settings: CaptionTrainSettings
    method_inputs: Mapping[str, Any]
    weights: tuple[str, str] | None = None
    name: str = "cross-entropy"
    shared: bool = False
    seed: int | None = None
    depends_on: tuple[str, ...] | None = None
    artifacts = ARTIFACTS
    distributed = True

    def label(self, context: RunContext) -> str:
        """Return how tables call it."""
        return "XE"

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        """Return the method, its settings, the weights it loads, and the training and validation data."""
        loaded = self.weights and weights_key(context.registries.encoders[self.weights[0]], self.weights[1])
        return {**caption_inputs(context, self.settings, self.method_inputs), "weights": loaded}

    def rehearsal(self, context: RunContext, waiting: bool) -> tuple[CrossEntropyTask, TrainSettings] | None:
        """Return the task of a network that starts from published weights, or from none."""
        return None if waiting else (self._task(context), self.settings.train)

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        """Train in `folder`; the best weights are left in `best.safetensors`."""
        return train_captions(self._task(context), context, folder, self.name)

    def _task(self, context: RunContext) -> CrossEntropyTask:
        torch.manual_seed(context.seed)
        return CrossEntropyTask(*self.build(context), self.settings, context)
