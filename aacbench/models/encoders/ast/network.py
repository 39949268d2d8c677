"""AST, the Audio Spectrogram Transformer (Gong, Chung and Glass 2021), on consecutive windows of a clip.

In: the front-end `ast` (B, T, 128), 10 ms a frame. A window is `window` frames, every half a window; each goes through
transformers' `ASTModel` as a clip of that length. Out: one vector a window, frames (B, T', 768) with T' = 1 + ceil((T -
window) / hop); clip (B, 768) is their mean. `pooling` says what the vector is: the output at the class token (`cls`),
at the distillation token (`distillation`), or the mean of both (`mean`, the published clip vector). Published weights
are for windows of 1024 frames at a stride of 10; for other windows their table of positions is cut or interpolated in
time, for another stride it is interpolated in both axes, as the authors do.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from aacbench.errors import UserError
from aacbench.models.layers.masks import masked_mean
from aacbench.models.layers.windows import joined, windows
from aacbench.runtime import libraries
from aacbench.types import Encoded

Pooling = Literal["cls", "distillation", "mean"]
FILL = 4.2677393 / (2 * 4.5689974)  # what the authors' padding, 0 before standardisation, is after it
HEAD_EPSILON = 1e-12  # transformers'; the authors' 1e-5 changes a logit by less than 1e-5


class Ast(nn.Module):
    """The encoder. `fill` is what ends a last window; `frame_seconds` is the front-end's hop.

    `classes` makes the published tagging head `tagger`, which wants windows of 1024 frames and the pooling `mean`.
    """

    def __init__(
        self,
        mel_bins: int = 128,
        window: int = 96,
        hop: int | None = None,
        pooling: Pooling = "cls",
        dim: int = 768,
        layers: int = 12,
        heads: int = 12,
        feed_forward: int = 3072,
        patch: int = 16,
        stride: int = 10,
        dropout: float = 0.0,
        fill: float = FILL,
        frame_seconds: float = 0.01,
        classes: int | None = None,
    ) -> None:
        super().__init__()
        self.window, self.reduction = window, max(1, window // 2) if hop is None else hop
        if not (patch <= min(window, mel_bins) and 1 <= self.reduction <= window):
            raise UserError(
                f"ast wants windows and mel bins of at least a patch, {patch}, and 1 <= hop <= window; got windows of "
                f"{window} frames, {mel_bins} mel bins and a hop of {self.reduction}"
            )
        if pooling not in ("cls", "distillation", "mean"):
            raise UserError(f"ast's pooling must be 'cls', 'distillation' or 'mean', not {pooling!r}")
        self.pooling, self.fill = pooling, fill
        self.frame_hop, self.frame_span = self.reduction * frame_seconds, window * frame_seconds
        self.dim = self.clip_dim = dim
        self.model = _transformer(
            hidden_size=dim,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            intermediate_size=feed_forward,
            patch_size=patch,
            frequency_stride=stride,
            time_stride=stride,
            max_length=window,
            num_mel_bins=mel_bins,
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=dropout,
        )
        self.stride, self.bands = stride, (mel_bins - patch) // stride + 1
        self.tagger = None
        if classes is not None:
            self.tagger = nn.Sequential(nn.LayerNorm(dim, eps=HEAD_EPSILON), nn.Linear(dim, classes))

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode spectrograms (B, T, F) with valid lengths (B,)."""
        cut, counts = windows(features, lengths, self.window, self.reduction, self.fill)
        output: Tensor = self.model(cut).last_hidden_state  # (N, 2 + patches, D)
        first, second = output[:, 0], output[:, 1]
        vectors = {"cls": first, "distillation": second, "mean": (first + second) / 2}[self.pooling]
        frames = joined(vectors, counts)
        return Encoded(frames, counts, masked_mean(frames, counts))

    def tag_scores(self, encoded: Encoded) -> Tensor:
        """Return the probability (B, classes) of each class, the mean over windows; UserError without a head."""
        if self.tagger is None:
            raise UserError("this ast has no tagging head; make it with the setting classes")
        return masked_mean(torch.sigmoid(self.tagger(encoded.frames)), encoded.lengths)


def _transformer(**settings: Any) -> nn.Module:
    transformers = libraries.load("transformers", "the encoder ast", "ASTConfig", "ASTModel")
    model: nn.Module = transformers.ASTModel(transformers.ASTConfig(**settings))
    return model
