"""Audio tagging: which sound events a clip holds. Binary cross-entropy over all labels (Kong et al. 2020, section III).

The head is the encoder's own where it brings one (`contracts.HasTaggingHead`, with a temporal pooling of its own), else
one linear layer on the clip vector. Reported: mean average precision over the labels that occur in the validation
clips.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.audio import FeatureSettings
from aacbench.contracts import HasTaggingHead
from aacbench.pretraining.average_precision import mean_average_precision
from aacbench.pretraining.clip_task import ClipClassifier, ClipHead, ClipObjective, ClipTask
from aacbench.training.sampling import balanced
from aacbench.types import Clip


@dataclass(frozen=True)
class AudioTagging(ClipObjective):
    """The objective. With `balanced`, clips are drawn class by class, rare labels as often as others."""

    balanced: bool = False

    def task(
        self,
        encoder: nn.Module,
        features: FeatureSettings,
        training: list[Clip],
        validation: list[Clip],
        seed: int,
    ) -> TaggingTask:
        """Return the task; the labels are the tags of the training clips, in alphabetical order."""
        labels = sorted({tag for clip in training for tag in clip.tags})
        own = cast(HasTaggingHead, encoder) if isinstance(encoder, HasTaggingHead) else None
        head = own.tagging_head(len(labels)) if own else ClipHead(encoder, len(labels), self.dropout)
        return TaggingTask(self, ClipClassifier(encoder, head), labels, features, training, validation, seed)


class TaggingTask(ClipTask):
    """Trains the tagger in place."""

    name = "audio-tagging"

    def order(self, epoch: int) -> list[int]:
        """Return which clips the epoch draws."""
        if not getattr(self.objective, "balanced", False):
            return super().order(epoch)
        count = self.objective.epoch_clips or len(self.training)
        return balanced([clip.tags for clip in self.training], count, self.seed, self.name, "balanced", epoch)

    def targets(self, clips: Sequence[Clip]) -> Tensor:
        """Return 1 where a clip has a tag."""
        return torch.tensor([[float(label in clip.tags) for label in self.labels] for clip in clips])

    def loss(self, logits: Tensor, targets: Tensor) -> Mapping[str, Tensor]:
        """Binary cross-entropy averaged over clips and labels."""
        return {"bce": F.binary_cross_entropy_with_logits(logits.float(), targets)}

    def scores(self, logits: Tensor, targets: Tensor) -> Mapping[str, float]:
        """Return the mean average precision."""
        return {"map": mean_average_precision(logits.numpy(), targets.numpy())}
