"""Keyword prediction: which of the captions' commonest nouns and verbs a clip's captions use (Ye et al. 2021, 2.1).

Binary cross-entropy over all keywords (equation 2), on a head over the encoder's levels. The table comes from the
training captions alone; the labels are those of all captions of a clip (`text.keywords`). Reported: mean average
precision over the keywords that occur in the validation clips.

The paper trains in two stages: the head on a frozen encoder, then both (`start` is the folder of the stage before).
Augmentation is mixup and the mixing of SpecAugment++.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.audio import FeatureSettings
from aacbench.audio.augment import SpecAugment, mixup
from aacbench.models.checkpoint import load_strictly, read_tensors
from aacbench.models.keywords import KeywordEncoder, Pooling
from aacbench.models.layers.recompute import in_parts
from aacbench.pretraining.average_precision import mean_average_precision
from aacbench.pretraining.clip_task import ClipObjective, ClipTask
from aacbench.runtime.distributed.shards import shared_generator
from aacbench.text.keywords import Forms, KeywordTable, Tagger, build_table
from aacbench.types import Clip

TABLE_FILE, NETWORK_FILE = "keywords.json", "best.safetensors"


@dataclass(frozen=True)
class Keywords(ClipObjective):
    """The objective; `dropout` is that of the head.

    `frozen` says what of the encoder stays as it is: `no`thing; its `weights`, while dropout and batch-norm statistics
    go on as in training (the released code); or `all`, in evaluation mode. `also` are captions that the table counts
    besides those of the training clips: the public code takes in validation and evaluation. `mask_width` stripes of
    frames at most are mixed with another clip, `time_masks` of them, and `mel_masks` of mel bins.
    """

    batch_size: int = 32
    dropout: float = 0.2
    mask_width: int = 64
    time_masks: int = 3
    mel_masks: int = 2
    mel_width: int = 5
    separate_mixup: bool = False
    """Draw other weights for the labels than for the features, as the released code does."""
    size: int = 300
    forms: Forms = "lemma"
    also: Sequence[str] = field(default=(), repr=False)
    frozen: Literal["no", "weights", "all"] = "no"
    hidden: int = 2048
    pooling: Pooling = "mean"
    start: Path | None = None

    def task(
        self,
        encoder: nn.Module,
        features: FeatureSettings,
        training: list[Clip],
        validation: list[Clip],
        seed: int,
    ) -> KeywordTask:
        """Return the task, its network that of the stage before where there was one.

        Raises:
            UserError: the captions have no noun and no verb.
        """
        tagger = Tagger()
        captions = [caption for clip in training for caption in clip.captions]
        table = build_table([*captions, *self.also], self.size, self.forms, tagger)
        model = KeywordNetwork(KeywordEncoder(encoder, len(table.words), self.hidden, self.dropout, self.pooling))
        if self.start is not None:
            load_keyword_network(model.encoder, self.start)
        if self.frozen != "no":
            model.encoder.freeze(encoder, "kept" if self.frozen == "all" else "moving")
        return KeywordTask(self, model, table, tagger, features, training, validation, seed)


class KeywordNetwork(nn.Module):
    """A keyword encoder that gives its logits alone."""

    def __init__(self, encoder: KeywordEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.micro_batch: int | None = None

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Features (B, T, F) and lengths (B,) give logits (B, keywords)."""
        parts = in_parts(self, self.encoder, self.micro_batch, features, lengths)
        return torch.cat([part.clip for part in parts])


class KeywordTask(ClipTask):
    """Trains the keyword encoder in place."""

    name = "keywords"

    def __init__(
        self,
        objective: Keywords,
        model: KeywordNetwork,
        table: KeywordTable,
        tagger: Tagger,
        features: FeatureSettings,
        training: list[Clip],
        validation: list[Clip],
        seed: int,
    ) -> None:
        super().__init__(objective, model, table.words, features, training, validation, seed)
        self.table, self.how = table, objective
        clips = [*training, *validation]
        labels = table.labels([clip.captions for clip in clips], tagger)
        self.own = {clip.audio: sorted(numbers) for clip, numbers in zip(clips, labels, strict=True)}
        stripes = {"time_masks": objective.time_masks, "mel_masks": objective.mel_masks}
        width = objective.mask_width
        self.augment = (
            SpecAugment(time_width=width, mel_width=objective.mel_width, fill="mix", **stripes) if width else None
        )

    def targets(self, clips: Sequence[Clip]) -> Tensor:
        """Return 1 at each of a clip's keywords."""
        wanted = torch.zeros(len(clips), len(self.labels))
        for row, clip in zip(wanted, clips, strict=True):
            row[self.own[clip.audio]] = 1.0
        return wanted

    def mixed(self, features: Tensor, targets: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return features and targets after mixup."""
        alpha = self.objective.mixup_alpha
        return mixup(features, targets, alpha, shared_generator(), lengths, self.how.separate_mixup)

    def loss(self, logits: Tensor, targets: Tensor) -> Mapping[str, Tensor]:
        """Binary cross-entropy averaged over clips and keywords."""
        return {"bce": F.binary_cross_entropy_with_logits(logits.float(), targets)}

    def scores(self, logits: Tensor, targets: Tensor) -> Mapping[str, float]:
        """Return the mean average precision."""
        return {"map": mean_average_precision(logits.numpy(), targets.numpy())}

    def save_artifacts(self, folder: Path) -> None:
        """Write the table, without which the head's outputs mean nothing."""
        self.table.save(folder / TABLE_FILE)


def load_keyword_network(encoder: KeywordEncoder, folder: Path) -> None:
    """Put the best weights that a stage with this objective left in `folder` into a keyword encoder.

    Raises:
        UserError: they are missing, or belong to another encoder, size or table.
    """
    path = folder / NETWORK_FILE
    prefix = "model/encoder."
    tensors: dict[str, Any] = {name.removeprefix(prefix): value for name, value in read_tensors(path).items()}
    load_strictly(encoder, tensors, path)
