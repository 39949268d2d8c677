"""The cross-entropy stage: trains a captioning network on (clip, caption) pairs under teacher forcing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import torch
from pydantic import Field
from torch import Tensor, nn

from aacbench.context import RunContext
from aacbench.contracts import CaptioningModel, MetricSpec, Taught
from aacbench.decoding.captioner import NetworkCaptioner
from aacbench.decoding.settings import SearchSettings
from aacbench.errors import UserError
from aacbench.features.augment import SpecAugment
from aacbench.features.batch import pad
from aacbench.features.cache import FeatureCache
from aacbench.scoring import score_items
from aacbench.seeds import shuffled
from aacbench.text.vocabulary import PAD, Vocabulary
from aacbench.training import checkpoint
from aacbench.training.augment import augmentation
from aacbench.training.loop import Loop
from aacbench.training.settings import AugmentSettings, Frozen, TrainSettings
from aacbench.types import Clip
from aacbench.weights import weights_key


class CaptionTrainSettings(Frozen):
    """Cross-entropy training of captions."""

    train: TrainSettings = TrainSettings()
    captions_per_sample: Literal["one", "all"] = "one"
    """`one`: each (clip, caption) pair is a sample. `all`: a clip with all its captions is, and is encoded once."""
    max_words: int = 30
    """Training captions are cut to this many words."""
    augment: AugmentSettings | None = AugmentSettings()
    label_smoothing: float = Field(0.0, ge=0.0, lt=1.0)
    """Share of the target that is spread over all words."""
    last_teaching: float = Field(1.0, ge=0.0, le=1.0)
    """Scheduled sampling (Bengio et al. 2015): the chance that a step is fed the reference's word, which falls linearly
    from 1 to this; otherwise it is fed the network's own best word. One coin a step for the whole batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Features (B, T, F), lengths (B,), tokens (N, L) and the clip of each token row (N,)."""

    features: Tensor
    lengths: Tensor
    tokens: Tensor
    clip_of: Tensor

    def to(self, device: str) -> Batch:
        """Return the batch on `device`."""
        return Batch(*(part.to(device) for part in (self.features, self.lengths, self.tokens, self.clip_of)))


class CaptionTask:
    """Cross-entropy over the training clips' captions; validates by cross-entropy and, if asked, by a greedy score."""

    name = "cross-entropy"

    def __init__(
        self,
        model: CaptioningModel,
        vocabulary: Vocabulary,
        settings: CaptionTrainSettings,
        clips: Mapping[str, list[Clip]],
        seed: int,
        device: str,
        monitor: MetricSpec | None,
    ) -> None:
        self.model = cast(nn.Module, model)
        self.captioning, self.vocabulary, self.settings = model, vocabulary, settings
        self.clips, self.seed, self.device, self.monitor = clips, seed, device, monitor
        self.features = FeatureCache(model.features)
        self.features.prepare([*clips["training"], *clips["validation"]])
        self.augment: SpecAugment | None = augmentation(settings.augment)
        self._teach(model)
        self.samples = self._samples(clips["training"])

    def advance(self, share: float) -> None:
        """Lower the chance of the reference's word, where scheduled sampling is asked for."""
        if self.settings.last_teaching < 1.0:
            cast(Taught, self.model).teaching = 1.0 - share * (1.0 - self.settings.last_teaching)

    def _teach(self, model: CaptioningModel) -> None:
        """Hand the settings of teaching over to the network, if there are any."""
        if not self.settings.label_smoothing and self.settings.last_teaching == 1.0:
            return
        if not isinstance(model, Taught):
            raise UserError(
                f"{type(model).__name__} knows no label smoothing or scheduled sampling; leave "
                "captions.label_smoothing and captions.last_teaching at their defaults"
            )
        if self.settings.label_smoothing:
            model.label_smoothing = self.settings.label_smoothing

    def _samples(self, clips: Sequence[Clip]) -> list[tuple[int, tuple[int, ...]]]:
        """Return (clip, its captions) of every training sample, by index."""
        if self.settings.captions_per_sample == "all":
            return [(place, tuple(range(len(clip.captions)))) for place, clip in enumerate(clips)]
        return [(place, (caption,)) for place, clip in enumerate(clips) for caption in range(len(clip.captions))]

    def batches(self, epoch: int) -> list[list[tuple[int, tuple[int, ...]]]]:
        """Return the samples in an order that depends on seed and epoch, cut into batches."""
        order = shuffled(len(self.samples), self.seed, self.name, "epoch", epoch)
        size = self.settings.train.batch_size
        return [[self.samples[place] for place in order[first : first + size]] for first in range(0, len(order), size)]

    def load(self, batch: Sequence[tuple[int, tuple[int, ...]]]) -> Batch:
        """Read the clips' features and encode their captions."""
        return self._load(self.clips["training"], batch)

    def _load(self, clips: Sequence[Clip], batch: Sequence[tuple[int, tuple[int, ...]]]) -> Batch:
        features, lengths = pad([self.features.load(clips[place]) for place, _ in batch])
        rows, owners = [], []
        for owner, (place, captions) in enumerate(batch):
            for caption in captions:
                rows.append(self.vocabulary.encode(clips[place].captions[caption], self.settings.max_words))
                owners.append(owner)
        tokens = torch.full((len(rows), max(map(len, rows))), PAD)
        for place, row in enumerate(rows):
            tokens[place, : len(row)] = torch.tensor(row)
        return Batch(features, lengths, tokens, torch.tensor(owners))

    def losses(self, loaded: Batch) -> Mapping[str, Tensor]:
        """Augment on the way in; the model names its losses."""
        batch = loaded.to(self.device)
        features = self.augment(batch.features, batch.lengths) if self.augment else batch.features
        return self.captioning.losses(features, batch.lengths, batch.tokens, batch.clip_of)

    def validate(self) -> Mapping[str, float]:
        """Return the cross-entropy per word over the validation captions, and the monitored score of greedy search."""
        total = words = 0.0
        clips = self.clips["validation"]
        size = self.settings.train.batch_size
        for first in range(0, len(clips), size):
            chosen = [
                (place, tuple(range(len(clips[place].captions)))) for place in range(len(clips))[first : first + size]
            ]
            batch = self._load(clips, chosen).to(self.device)
            losses = self.captioning.losses(batch.features, batch.lengths, batch.tokens, batch.clip_of)
            count = float((batch.tokens[:, 1:] != PAD).sum())
            total, words = total + float(losses["cross_entropy"]) * count, words + count
        values = {"loss": total / words}
        if self.monitor is not None:
            values.update(self._greedy_scores(self.monitor))
        return values

    def _greedy_scores(self, spec: MetricSpec) -> dict[str, float]:
        clips = self.clips["validation"]
        greedy = SearchSettings(beam_size=1, max_words=self.settings.max_words)
        captions = NetworkCaptioner(self.captioning, self.vocabulary, greedy, self.device).caption(clips)
        report = score_items([clip.id for clip in clips], captions, [clip.captions for clip in clips], [spec])
        return {name: score.corpus for name, score in report.scores.items()}


@dataclass(frozen=True)
class CrossEntropy:
    """The stage. `build(context)` makes the untrained network, with pretrained weights where the method wants them.

    `method_inputs` is everything in the method's settings that decides what `build` makes. `weights` are published
    weights that it loads: the encoder's name and theirs; the content of their file is an input, too.
    """

    build: Callable[[RunContext], tuple[CaptioningModel, Vocabulary]]
    settings: CaptionTrainSettings
    method_inputs: Mapping[str, Any]
    weights: tuple[str, str] | None = None
    name: str = "cross-entropy"
    shared: bool = False

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        """Return the method, its settings, and the training and validation data."""
        return {
            "method": context.method,
            "settings": self.settings.model_dump(mode="json"),
            "network": dict(self.method_inputs),
            "weights": self.weights and weights_key(context.registries.encoders[self.weights[0]], self.weights[1]),
            "training": context.fingerprints["training"],
            "validation": context.fingerprints["validation"],
        }

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        """Train in `folder`; the best weights are left in `best.safetensors`."""
        torch.manual_seed(context.seed)
        model, vocabulary = self.build(context)
        monitor = self.settings.train.monitor
        spec = None if monitor == "loss" else context.metrics([monitor])[0]
        task = CaptionTask(model, vocabulary, self.settings, context.clips, context.seed, context.device, spec)
        done = Loop(task, self.settings.train, folder, context.seed, context.device).run()
        return {
            "epochs": done.epoch,
            "steps": done.step,
            "best_epoch": done.best_epoch,
            monitor: done.best,
            "seconds": done.seconds,
            "parameters": sum(parameter.numel() for parameter in task.model.parameters()),
            "history": done.history,
        }


def load_trained(model: nn.Module, folder: Path) -> None:
    """Put the weights that a training stage left in `folder` into `model`."""
    tensors, _ = checkpoint.load(folder / "best.safetensors")
    checkpoint.load_model(model, tensors)
