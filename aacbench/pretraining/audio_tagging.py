"""Audio tagging: which sound events a clip holds. Binary cross-entropy over all labels (Kong et al. 2020, section III).

The head is the encoder's own (`tags(encoded) -> logits (B, classes)`) where its class count fits, else one linear layer
on the clip vector. Reported: mean average precision over the labels that occur in the validation clips.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.features import FeatureSettings
from aacbench.features.augment import SpecAugment, mixup
from aacbench.features.batch import pad
from aacbench.features.cache import FeatureCache
from aacbench.pretraining.average_precision import mean_average_precision
from aacbench.seeds import shuffled
from aacbench.types import Clip


@dataclass(frozen=True)
class AudioTagging:
    """The objective. `dropout` is before the head; 0 for `mixup_alpha` or `mask_width` switches that one off."""

    batch_size: int = 32
    dropout: float = 0.5
    mixup_alpha: float = 1.0
    mask_width: int = 32

    def task(
        self,
        encoder: nn.Module,
        features: FeatureSettings,
        training: list[Clip],
        validation: list[Clip],
        seed: int,
    ) -> TaggingTask:
        """Return the task; the labels are the tags of the training clips, in alphabetical order."""
        return TaggingTask(self, encoder, features, training, validation, seed)


class Tagger(nn.Module):
    """An encoder with a tagging head."""

    def __init__(self, encoder: nn.Module, classes: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.encoder = encoder
        self.head = nn.Linear(int(encoder.clip_dim), classes)  # type: ignore[arg-type]

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Features (B, T, F) and lengths (B,) give logits (B, classes)."""
        logits: Tensor = self.head(F.dropout(self.encoder(features, lengths).clip, self.dropout, self.training))
        return logits


class TaggingTask:
    """Trains a `Tagger` in place."""

    name = "audio-tagging"

    def __init__(
        self,
        objective: AudioTagging,
        encoder: nn.Module,
        features: FeatureSettings,
        training: list[Clip],
        validation: list[Clip],
        seed: int,
    ) -> None:
        self.objective, self.training, self.validation, self.seed = objective, training, validation, seed
        self.labels = sorted({tag for clip in training for tag in clip.tags})
        self.model: nn.Module = Tagger(encoder, len(self.labels), objective.dropout)
        self.features = FeatureCache(features)
        self.features.prepare([*training, *validation])
        width = objective.mask_width
        self.augment = SpecAugment(time_width=width, mel_width=8) if width else None

    def batches(self, epoch: int) -> list[list[int]]:
        """Return the clips' indices, shuffled by seed and epoch."""
        order = shuffled(len(self.training), self.seed, self.name, "epoch", epoch)
        size = self.objective.batch_size
        return [order[first : first + size] for first in range(0, len(order), size)]

    def load(self, batch: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Return features (B, T, F), lengths (B,) and targets (B, classes)."""
        return self._load([self.training[place] for place in batch])

    def _load(self, clips: Sequence[Clip]) -> tuple[Tensor, Tensor, Tensor]:
        features, lengths = pad([self.features.load(clip) for clip in clips])
        targets = torch.tensor([[float(label in clip.tags) for label in self.labels] for clip in clips])
        return features, lengths, targets

    def losses(self, loaded: tuple[Tensor, Tensor, Tensor]) -> Mapping[str, Tensor]:
        """Binary cross-entropy averaged over clips and labels."""
        device = next(self.model.parameters()).device
        features, lengths, targets = (part.to(device) for part in loaded)
        if self.augment:
            features = self.augment(features, lengths)
        if self.objective.mixup_alpha:
            features, targets = mixup(features, targets, self.objective.mixup_alpha, lengths=lengths)
        return {"bce": F.binary_cross_entropy_with_logits(self.model(features, lengths), targets)}

    def validate(self) -> Mapping[str, float]:
        """Return the loss and the mean average precision."""
        device = next(self.model.parameters()).device
        scores, targets = [], []
        for first in range(0, len(self.validation), self.objective.batch_size):
            features, lengths, target = self._load(self.validation[first : first + self.objective.batch_size])
            scores.append(self.model(features.to(device), lengths.to(device)).float().cpu())
            targets.append(target)
        logits, wanted = torch.cat(scores), torch.cat(targets)
        loss = F.binary_cross_entropy_with_logits(logits, wanted)
        return {"loss": float(loss), "map": mean_average_precision(logits.numpy(), wanted.numpy())}
