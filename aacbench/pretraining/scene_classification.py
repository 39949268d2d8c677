"""Acoustic scene classification: in which of the scenes a clip was recorded (Xu et al. 2021, section 3.2).

One linear layer on the encoder's clip vector, softmax over the scenes, cross-entropy. Reported: accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.audio import FeatureSettings
from aacbench.errors import UserError, first_few
from aacbench.pretraining.clip_task import ClipClassifier, ClipHead, ClipObjective, ClipTask
from aacbench.types import Clip


@dataclass(frozen=True)
class SceneClassification(ClipObjective):
    """The objective."""

    def task(
        self,
        encoder: nn.Module,
        features: FeatureSettings,
        training: list[Clip],
        validation: list[Clip],
        seed: int,
    ) -> SceneTask:
        """Return the task; the classes are the scenes of the training clips, in alphabetical order.

        Raises:
            UserError: a validation clip has a scene that no training clip has, or none.
        """
        labels = sorted({clip.scene for clip in training if clip.scene})
        odd = [f"{clip.id} ({clip.scene})" for clip in [*training, *validation] if clip.scene not in labels]
        if odd:
            raise UserError(f"every clip wants one of the training clips' scenes; without one: {first_few(odd)}")
        model = ClipClassifier(encoder, ClipHead(encoder, len(labels), self.dropout))
        return SceneTask(self, model, labels, features, training, validation, seed)


class SceneTask(ClipTask):
    """Trains the scene classifier in place."""

    name = "scene-classification"

    def targets(self, clips: Sequence[Clip]) -> Tensor:
        """Return 1 at a clip's scene."""
        return torch.tensor([[float(label == clip.scene) for label in self.labels] for clip in clips])

    def loss(self, logits: Tensor, targets: Tensor) -> Mapping[str, Tensor]:
        """Cross-entropy averaged over clips."""
        return {"cross_entropy": F.cross_entropy(logits.float(), targets)}

    def scores(self, logits: Tensor, targets: Tensor) -> Mapping[str, float]:
        """Return the share of clips whose scene has the highest logit."""
        return {"accuracy": float((logits.argmax(1) == targets.argmax(1)).float().mean())}
