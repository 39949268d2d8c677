"""Keywords from audio (Ye et al. 2021, section 2.1): a head over an encoder's levels, its best words for a decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.contracts import Encoder, MultiLevelEncoder
from aacbench.models.layers.dropout import dropout
from aacbench.models.layers.masks import masked_max, masked_mean
from aacbench.types import Encoded

Pooling = Literal["mean", "max+mean"]


class KeywordHead(nn.Module):
    """Equation 1: each level pooled over its valid frames, dropout, linear, ReLU; all of them, linear.

    `dims` are the levels' widths, `hidden` the width of each level's linear layer. `pooling` "mean" is the paper's,
    "max+mean" the released code's.
    """

    def __init__(
        self, dims: Sequence[int], classes: int, hidden: int = 2048, dropout: float = 0.2, pooling: Pooling = "mean"
    ) -> None:
        super().__init__()
        self.dropout, self.pooling = dropout, pooling
        self.levels = nn.ModuleList(nn.Linear(dim, hidden) for dim in dims)
        self.classifier = nn.Linear(len(dims) * hidden, classes)
        for linear in (*self.levels, self.classifier):
            assert isinstance(linear, nn.Linear)
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, levels: Sequence[Encoded]) -> Tensor:
        """Return logits (B, classes)."""
        hidden = []
        for linear, level in zip(self.levels, levels, strict=True):
            pooled = masked_mean(level.frames, level.lengths)
            if self.pooling == "max+mean":
                pooled = pooled + masked_max(level.frames, level.lengths)
            hidden.append(F.relu(linear(dropout(pooled, self.dropout, self.training))))
        logits: Tensor = self.classifier(torch.cat(hidden, 1))
        return logits


class KeywordEncoder(nn.Module):
    """An encoder with a keyword head, itself an encoder: its clip vector is the keywords' logits (B, classes).

    An encoder without levels of its own (`contracts.MultiLevelEncoder`) has one, its frames.
    """

    def __init__(
        self, encoder: nn.Module, classes: int, hidden: int = 2048, dropout: float = 0.2, pooling: Pooling = "mean"
    ) -> None:
        super().__init__()
        inner = cast(Encoder, encoder)
        self.dim, self.clip_dim, self.reduction = inner.dim, classes, inner.reduction
        if hasattr(encoder, "frame_hop"):
            self.frame_hop, self.frame_span = encoder.frame_hop, encoder.frame_span
        self.encoder = encoder
        dims = encoder.level_dims if isinstance(encoder, MultiLevelEncoder) else (inner.dim,)
        self.head = KeywordHead(dims, classes, hidden, dropout, pooling)
        self.still: tuple[nn.Module, ...] = ()

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode features (B, T, F) with valid lengths (B,)."""
        levels = (
            self.encoder.levels(features, lengths)
            if isinstance(self.encoder, MultiLevelEncoder)
            else (self.encoder(features, lengths),)
        )
        return replace(levels[-1], clip=self.head(levels))

    def freeze(self, part: nn.Module, statistics: Literal["kept", "moving"] = "kept") -> None:
        """Train the weights of `part` no more; "moving" leaves its dropout and its batch-norm statistics in training.

        That is what the released code does by taking the gradients away.
        """
        part.requires_grad_(False)
        if statistics == "kept":
            self.still = (*self.still, part)
            self.train(self.training)

    def train(self, mode: bool = True) -> KeywordEncoder:
        """Set the mode; what is frozen with its statistics stays in evaluation mode."""
        super().train(mode)
        for part in self.still:
            part.train(False)
        return self


class TopWords(nn.Module):
    """The bridge from keyword logits to a decoder: the `count` likeliest keywords as words, best first.

    `ids` are the keywords' ids in the decoder's vocabulary.
    """

    ids: Tensor

    def __init__(self, ids: Sequence[int], count: int) -> None:
        super().__init__()
        self.count = min(count, len(ids))
        self.register_buffer("ids", torch.tensor(ids), persistent=False)

    def forward(self, encoded: Encoded) -> Encoded:
        """Add `words` (B, count) to what has the logits (B, keywords) as its clip vector."""
        return replace(encoded, words=self.ids[encoded.clip.topk(self.count, dim=1).indices])
