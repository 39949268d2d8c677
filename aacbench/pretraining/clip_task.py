"""What objectives over whole clips share: an encoder with a head, features, batches, augmentation, mixup.

An objective adds its labels, its targets (B, classes), its loss and what it reports.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aacbench.audio import FeatureSettings
from aacbench.audio.augment import SpecAugment, mixup
from aacbench.audio.batch import pad
from aacbench.audio.cache import FeatureCache, prepare_ahead
from aacbench.contracts import Pretraining, Task
from aacbench.models.layers.dropout import dropout
from aacbench.models.layers.recompute import in_parts
from aacbench.runtime.distributed.collectives import map_ranks
from aacbench.runtime.distributed.shards import (
    gather_rows,
    max_over_ranks,
    pad_to,
    shard,
    shared_generator,
    shared_mean,
)
from aacbench.training.batches import cut_batches
from aacbench.training.sampling import stream
from aacbench.types import Clip, Encoded


@dataclass(frozen=True)
class ClipObjective(Pretraining):
    """Settings. `dropout` is before the head; 0 for `mixup_alpha` or `mask_width` switches that one off.

    `epoch_clips` is how many clips an epoch draws; None is each training clip once.
    """

    batch_size: int = 32
    dropout: float = 0.5
    mixup_alpha: float = 1.0
    mask_width: int = 32
    epoch_clips: int | None = None


class ClipHead(nn.Module):
    """One linear layer on the encoder's clip vector, with dropout before it."""

    def __init__(self, encoder: nn.Module, classes: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.linear = nn.Linear(int(encoder.clip_dim), classes)  # type: ignore[arg-type]

    def forward(self, encoded: Encoded) -> Tensor:
        """Return logits (B, classes)."""
        logits: Tensor = self.linear(dropout(encoded.clip, self.dropout, self.training))
        return logits


class ClipClassifier(nn.Module):
    """An encoder with a head."""

    def __init__(self, encoder: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.encoder, self.head = encoder, head
        self.micro_batch: int | None = None

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Features (B, T, F) and lengths (B,) give logits (B, classes)."""
        return torch.cat(in_parts(self, self._logits, self.micro_batch, features, lengths))

    def _logits(self, features: Tensor, lengths: Tensor) -> Tensor:
        logits: Tensor = self.head(self.encoder(features, lengths))
        return logits


class ClipTask(Task):
    """Trains a `ClipClassifier` in place."""

    name: str
    data_parallel = True

    def __init__(
        self,
        objective: ClipObjective,
        model: nn.Module,
        labels: Sequence[str],
        features: FeatureSettings,
        training: list[Clip],
        validation: list[Clip],
        seed: int,
    ) -> None:
        self.model, self.labels = model, list(labels)
        self.objective, self.training, self.validation, self.seed = objective, training, validation, seed
        self.features = FeatureCache(features)
        prepare_ahead(self.features, training, validation)
        width = objective.mask_width
        self.augment = SpecAugment(time_width=width, mel_width=8) if width else None

    @abstractmethod
    def targets(self, clips: Sequence[Clip]) -> Tensor:
        """Return the clips' targets (B, classes)."""

    @abstractmethod
    def loss(self, logits: Tensor, targets: Tensor) -> Mapping[str, Tensor]:
        """Return the one loss by its name; targets may be mixed."""

    @abstractmethod
    def scores(self, logits: Tensor, targets: Tensor) -> Mapping[str, float]:
        """Return what is reported besides the loss."""

    def order(self, epoch: int) -> list[int]:
        """Return which training clips the epoch draws: passes over all, shuffled by the seed."""
        count = self.objective.epoch_clips or len(self.training)
        return stream(len(self.training), epoch * count, count, self.seed, self.name, "epoch")

    def batches(self, epoch: int) -> list[list[int]]:
        """Return the epoch's clips by index, cut into batches."""
        return cut_batches(self.order(epoch), self.objective.batch_size)

    def load(self, batch: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Return features (B, T, F), lengths (B,) and targets (B, classes)."""
        return self._load([self.training[index] for index in batch])

    def _load(self, clips: Sequence[Clip]) -> tuple[Tensor, Tensor, Tensor]:
        features, lengths = pad(self.features.load_all(clips))
        return features, lengths, self.targets(clips)

    def losses(self, loaded: tuple[Tensor, Tensor, Tensor]) -> Mapping[str, Tensor]:
        """Augment and mix on the way in; the loss over clips.

        Processes that share a batch mix the whole of it, for a clip may be mixed with any other, and go on with theirs.
        """
        device, mine = next(self.model.parameters()).device, shard()
        features, lengths, targets = (tensor.to(device, non_blocking=True) for tensor in loaded)
        features = pad_to(features, *max_over_ranks(features.shape[1]))
        mixes = bool(self.augment or self.objective.mixup_alpha)
        if mixes:
            features, lengths, targets = gather_rows(features), gather_rows(lengths), gather_rows(targets)
        if self.augment:
            features = self.augment(features, lengths, shared_generator())
        if self.objective.mixup_alpha:
            features, targets = self.mixed(features, targets, lengths)
        if mine and mixes:
            features, lengths, targets = (whole[mine.first : mine.last] for whole in (features, lengths, targets))
        losses = self.loss(self.model(features, lengths), targets)
        return {name: shared_mean(value, len(targets)) for name, value in losses.items()}

    def mixed(self, features: Tensor, targets: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return features and targets after mixup."""
        return mixup(features, targets, self.objective.mixup_alpha, shared_generator(), lengths)

    def _logits(self, first: int) -> tuple[Tensor, Tensor]:
        """Return logits and targets (B, classes) of a batch of validation clips from `first` on."""
        device = next(self.model.parameters()).device
        features, lengths, targets = self._load(self.validation[first : first + self.objective.batch_size])
        return self.model(features.to(device), lengths.to(device)).float().cpu(), targets

    def validate(self) -> Mapping[str, float]:
        """Return the loss and the scores over the validation clips."""
        collected = map_ranks(range(0, len(self.validation), self.objective.batch_size), self._logits)
        logits, targets = (torch.cat(parts) for parts in zip(*collected, strict=True))
        (loss,) = self.loss(logits, targets).values()
        return {"loss": float(loss), **self.scores(logits, targets)}
