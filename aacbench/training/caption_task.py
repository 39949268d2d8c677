"""What every stage that trains captions shares: its samples and batches, validation, and the numbers it reports."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import torch
from torch import Tensor, nn

from aacbench.audio.augment import SpecAugment
from aacbench.audio.batch import pad
from aacbench.audio.cache import feature_source, load_all, prepare_ahead
from aacbench.contracts import CaptioningModel, MaskableSource, Task
from aacbench.contracts.context import RunContext
from aacbench.contracts.previous import is_data_parallel
from aacbench.contracts.settings import key_of
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.inference.settings import SearchSettings
from aacbench.models.frozen import FrozenEncoder
from aacbench.runtime.distributed.collectives import map_ranks, on_rank_zero, only_rank_zero
from aacbench.runtime.distributed.shards import gather_rows, max_over_ranks, pad_to, shard, shared_generator
from aacbench.runtime.seeds import shuffled
from aacbench.scoring.scorer import Scorer
from aacbench.scoring.tokens import reference_set
from aacbench.text.vocabulary import PAD, Vocabulary
from aacbench.training import checkpoint
from aacbench.training.augment import InputMasks, augmentation
from aacbench.training.batches import cut_batches
from aacbench.training.loop import FINAL, Loop
from aacbench.training.settings import CaptionDataSettings
from aacbench.types import Clip, Score

FROZEN_FILE = "frozen.safetensors"
ARTIFACTS = ("best.safetensors", "log.jsonl", FROZEN_FILE, FINAL)
Build = Callable[[RunContext], tuple[CaptioningModel, Vocabulary]]


class Sample(NamedTuple):
    """A clip and its captions, by index, and the version of the clip where its input is masked (`InputMasks`)."""

    clip: int
    captions: tuple[int, ...]
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Features (B, T, F), lengths (B,), tokens (N, L), the sample of each token row (N,), and the clips' places (B)."""

    features: Tensor
    lengths: Tensor
    tokens: Tensor
    clip_of: Tensor
    clips: tuple[int, ...]

    def to(self, device: str) -> Batch:
        """Return the batch on `device`; a GPU copies from page-locked memory while the processor goes on."""
        inputs = (self.features, self.lengths, self.tokens, self.clip_of)
        features, lengths, tokens, clip_of = (tensor.to(device, non_blocking=True) for tensor in inputs)
        return Batch(features, lengths, tokens, clip_of, self.clips)


class CaptionTask(Task):
    """Training on the training clips' captions; validates by cross-entropy and, if asked, by a greedy score."""

    name: str

    def __init__(
        self, model: CaptioningModel, vocabulary: Vocabulary, settings: CaptionDataSettings, context: RunContext
    ) -> None:
        self.model = cast(nn.Module, model)
        self.captioning, self.vocabulary, self.how = model, vocabulary, settings
        self.clips, self.seed, self.device = context.clips, context.seed, context.device
        self.data_parallel = is_data_parallel(model)
        monitor = settings.train.monitor
        self.monitor = None if monitor == "loss" else _monitor(context, monitor)  # kept: a model is loaded once
        self.features = feature_source(model.features)
        prepare_ahead(self.features, self.clips["training"], self.clips["validation"])
        self.augment: SpecAugment | None = augmentation(settings.augment)
        self.masks: InputMasks | None = None
        if settings.augment and isinstance(self.features, MaskableSource):
            self.masks, self.augment = InputMasks(self.features, settings.augment), None
        self.samples = self._samples(self.clips["training"])
        search = getattr(context.settings, "search", None)
        self.greedy = SearchSettings(
            beam_size=1,
            max_words=settings.max_words,
            stop="beam-finished",
            say_unknown=isinstance(search, SearchSettings) and search.say_unknown,
        )

    @abstractmethod
    def losses(self, loaded: Batch) -> Mapping[str, Tensor]:
        """Return named scalar losses of a loaded batch; their sum is minimised."""

    def _samples(self, clips: Sequence[Clip]) -> list[Sample]:
        if self.how.captions_per_sample == "all":
            return [Sample(index, tuple(range(len(clip.captions)))) for index, clip in enumerate(clips)]
        return [Sample(index, (caption,)) for index, clip in enumerate(clips) for caption in range(len(clip.captions))]

    def batches(self, epoch: int) -> list[list[Sample]]:
        """Return the samples in an order that depends on seed and epoch, cut into batches."""
        chosen = [self.samples[index] for index in shuffled(len(self.samples), self.seed, self.name, "epoch", epoch)]
        if self.masks:
            versions = self.masks.draw(len(chosen), self.seed, self.name, "masks", epoch)
            chosen = [sample._replace(version=version) for sample, version in zip(chosen, versions, strict=True)]
        return cut_batches(chosen, self.how.train.batch_size)

    def load(self, batch: Sequence[Sample]) -> Batch:
        """Read the clips' features and encode their captions."""
        return self._load(self.clips["training"], batch)

    def _load(self, clips: Sequence[Clip], batch: Sequence[Sample]) -> Batch:
        features, lengths = pad(self._features([clips[sample.clip] for sample in batch], batch))
        rows, owners = [], []
        for owner, sample in enumerate(batch):
            for caption in sample.captions:
                rows.append(self.vocabulary.encode(clips[sample.clip].captions[caption], self.how.max_words))
                owners.append(owner)
        tokens = torch.full((len(rows), max(map(len, rows))), PAD)
        for index, row in enumerate(rows):
            tokens[index, : len(row)] = torch.tensor(row)
        return Batch(features, lengths, tokens, torch.tensor(owners), tuple(sample.clip for sample in batch))

    def _features(self, clips: Sequence[Clip], batch: Sequence[Sample]) -> list[Tensor]:
        if self.masks is None:
            return load_all(self.features, clips)
        versions = [sample.version for sample in batch]
        return [
            self.features.load(clip) if version is None else self.masks.load(clip, version)
            for clip, version in zip(clips, versions, strict=True)
        ]

    def augmented(self, loaded: Batch) -> Batch:
        """Return the batch on the task's device, its features augmented where the settings say so."""
        batch, mine = loaded.to(self.device), shard()
        among: tuple[int, Tensor] | None = None
        if mine:  # padded as the whole batch is
            frames, words = max_over_ranks(batch.features.shape[1], batch.tokens.shape[1])
            features, tokens = pad_to(batch.features, frames), pad_to(batch.tokens, words, PAD)
            batch = replace(batch, features=features, tokens=tokens)
            among = mine.first, gather_rows(loaded.lengths)
        if not self.augment:
            return batch
        return replace(batch, features=self.augment(batch.features, batch.lengths, shared_generator(), among))

    def validate(self) -> Mapping[str, float]:
        """Return the cross-entropy per word over the validation captions, and the monitored score of greedy search."""
        size = self.how.train.batch_size
        sums = map_ranks(range(0, len(self.clips["validation"]), size), lambda first: self._summed(first, size))
        total, words = (sum(column) for column in zip(*sums, strict=True))
        return {"loss": total / words, **self.greedy_scores()}

    def _summed(self, first: int, size: int) -> tuple[float, float]:
        """Return the summed cross-entropy of `size` validation clips from `first` on, and how many words it is of."""
        clips = self.clips["validation"]
        indices = range(len(clips))[first : first + size]
        chosen = [Sample(index, tuple(range(len(clips[index].captions)))) for index in indices]
        batch = self._load(clips, chosen).to(self.device)
        losses = self.captioning.losses(batch.features, batch.lengths, batch.tokens, batch.clip_of)
        count = float((batch.tokens[:, 1:] != PAD).sum())
        return float(losses["cross_entropy"]) * count, count

    def greedy_scores(self) -> dict[str, float]:
        """Return the monitored score of greedy search on the validation clips; nothing where the loss is monitored."""
        if self.monitor is None:
            return {}
        clips = self.clips["validation"]
        greedy = self.greedy
        captions = NetworkCaptioner(self.captioning, self.vocabulary, greedy, self.device).caption(clips)
        scores = self._monitored(clips, captions)
        return {name: score.corpus for name, score in scores.items()}

    @on_rank_zero
    def _monitored(self, clips: Sequence[Clip], captions: Sequence[str]) -> dict[str, Score]:
        assert self.monitor is not None
        if self.monitor.references is None:
            references = reference_set(
                [clip.id for clip in clips], [clip.captions for clip in clips], audio=[clip.audio for clip in clips]
            )
            self.monitor.prepare(references)
        return self.monitor.score(captions)


def _monitor(context: RunContext, name: str) -> Scorer:
    return Scorer(context.metrics([name]), settings=context.metric_settings, known=[*context.registries.metrics])


def caption_inputs(
    context: RunContext, settings: CaptionDataSettings, method_inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what decides such a stage's outcome: the method, settings, and the training and validation data."""
    scored = {"metric_settings": context.metric_settings} if context.metric_settings else {}  # monitors and rewards
    return {
        "method": context.method,
        "settings": key_of(settings),
        "network": dict(method_inputs),
        "training": context.fingerprints["training"],
        "validation": context.fingerprints["validation"],
        **scored,
    }


def train_captions(task: CaptionTask, context: RunContext, folder: Path, title: str = "") -> dict[str, Any]:
    """Train in `folder`, leaving the best weights in `best.safetensors`; return the numbers for the record.

    `title` is the stage's name, which stands before the progress.
    """
    if isinstance(task.captioning.features, FrozenEncoder):
        only_rank_zero(task.captioning.features.save)(folder / FROZEN_FILE)
    done = Loop(task, task.how.train, folder, context.seed, context.device, title, context.tracker, title).run()
    return {
        "epochs": done.epoch,
        "steps": done.step,
        "best_epoch": done.best_epoch,
        task.how.train.monitor: done.best,
        "seconds": done.seconds,
        "parameters": sum(parameter.numel() for parameter in task.model.parameters()),
        "history": done.history,
    }


def load_trained(model: nn.Module, folder: Path, which: Literal["best", "final"] = "best") -> None:
    """Put the weights that a training stage left in `folder` into `model` and its frozen encoder, if it has one."""
    tensors, _ = checkpoint.load(folder / (FINAL if which == "final" else "best.safetensors"))
    checkpoint.load_model(model, tensors)
    features = getattr(model, "features", None)
    if isinstance(features, FrozenEncoder):
        features.load_weights(folder / FROZEN_FILE)
