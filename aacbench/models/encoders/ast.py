"""AST, the Audio Spectrogram Transformer (Gong, Chung and Glass 2021), on consecutive windows of a clip.

In: the front-end `ast` (B, T, 128), 10 ms a frame. A window is `window` frames, every half a window; each goes through
transformers' `ASTModel` as a clip of that length. Out: one vector a window, frames (B, T', 768) with T' = 1 + ceil((T -
window) / hop); clip (B, 768) is their mean. `pooling` says what the vector is: the output at the class token (`cls`),
at the distillation token (`distillation`), or the mean of both (`mean`, the published clip vector). Published weights
are for windows of 1024 frames at a stride of 10; for other windows their table of positions is cut or interpolated in
time, for another stride it is interpolated in both axes, as the authors do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.errors import UserError
from aacbench.models.checkpoint import load_strictly, read_tensors
from aacbench.models.layers.masks import masked_mean
from aacbench.models.layers.windows import joined, windows
from aacbench.runtime import libraries
from aacbench.types import Encoded

Pooling = Literal["cls", "distillation", "mean"]
FILL = 4.2677393 / (2 * 4.5689974)  # what the authors' padding, 0 before standardisation, is after it
TOKENS = 2  # class and distillation token come before the patches
PATCH, TRAINED_BINS, TRAINED_FRAMES = 16, 128, 1024
PUBLISHED_STRIDES = (10, 12, 14, 16)  # of the authors' AudioSet weights; those of 10 are the best, 12 bands x 101
POSITIONS = "embeddings.position_embeddings"

# Names in the files on the hub, and in the authors' own file, as patterns; what follows is how we call them.
HUB = (
    (r"^audio_spectrogram_transformer\.", ""),
    (r"^encoder\.layer\.", "layers."),
    (r"\.attention\.attention\.(query|key|value)\.", lambda found: f".attention.{found[1][0]}_proj."),
    (r"\.attention\.output\.dense\.", ".attention.o_proj."),
    (r"\.intermediate\.dense\.", ".mlp.fc1."),
    (r"\.output\.dense\.", ".mlp.fc2."),
)
ORIGINAL = (
    (r"^(module\.)?v\.", ""),
    (r"^blocks\.", "layers."),
    (r"^cls_token$", "embeddings.cls_token"),
    (r"^dist_token$", "embeddings.distillation_token"),
    (r"^pos_embed$", POSITIONS),
    (r"^patch_embed\.proj\.", "embeddings.patch_embeddings.projection."),
    (r"^norm\.", "layernorm."),
    (r"\.norm1\.", ".layernorm_before."),
    (r"\.norm2\.", ".layernorm_after."),
    (r"\.attn\.proj\.", ".attention.o_proj."),
)
HEADS = re.compile(r"^(classifier\.|(module\.)?(mlp_head|v\.head(_dist)?)\.)")


class Ast(nn.Module):
    """The encoder. `fill` is what ends a last window; `frame_seconds` is the front-end's hop."""

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

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode spectrograms (B, T, F) with valid lengths (B,)."""
        cut, counts = windows(features, lengths, self.window, self.reduction, self.fill)
        output: Tensor = self.model(cut).last_hidden_state  # (N, 2 + patches, D)
        first, second = output[:, 0], output[:, 1]
        vectors = {"cls": first, "distillation": second, "mean": (first + second) / 2}[self.pooling]
        frames = joined(vectors, counts)
        return Encoded(frames, counts, masked_mean(frames, counts))


def _transformer(**settings: Any) -> nn.Module:
    transformers = libraries.load("transformers", "the encoder ast", "ASTConfig", "ASTModel")
    model: nn.Module = transformers.ASTModel(transformers.ASTConfig(**settings))
    return model


def load_published(encoder: Ast, path: Path) -> None:
    """Load AudioSet weights: the hub's `model.safetensors`, under its old or its new names, or the authors' `.pth`.

    Tagging heads are left out; the table of positions is fitted to the encoder's windows.

    Raises:
        UserError: transformers or the file is missing, or the file does not fit.
    """
    stored = read_tensors(path)
    own = encoder.model.state_dict()
    ours = {_renamed(name, HUB): name for name in own}  # transformers before 5 has the hub's names itself
    tensors = {f"model.{ours.get(name, name)}": value for name, value in named(stored).items()}
    positions = f"model.{ours[POSITIONS]}"
    if positions in tensors:
        tensors[positions] = fit_positions(
            tensors[positions], encoder.bands, encoder.stride, own[ours[POSITIONS]].shape[1], path
        )
    load_strictly(encoder, tensors, path)


def named(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the transformer's tensors under transformers 5's names, from a file in any of the published forms."""
    original = any(name.endswith("attn.qkv.weight") for name in stored)
    found: dict[str, Tensor] = {}
    for name, value in stored.items():
        if HEADS.match(name):
            continue
        new = _renamed(name, ORIGINAL if original else HUB)
        if ".attn.qkv." not in new:
            found[new] = value
            continue
        for part, rows in zip("qkv", value.chunk(3), strict=True):
            found[new.replace(".attn.qkv.", f".attention.{part}_proj.")] = rows.contiguous()
    return found


def _renamed(name: str, patterns: Any) -> str:
    for pattern, replacement in patterns:
        name = re.sub(pattern, replacement, name)
    return name


def fit_positions(table: Tensor, bands: int, stride: int, tokens: int, path: Path) -> Tensor:
    """Return a table of positions (1, 2 + bands x T, D) as one of `tokens` entries; those of the two tokens stay.

    A table for another stride is interpolated bilinearly in both axes to the grid that its frames have at `stride`, as
    the authors do. Of that, windows that are shorter get the middle in time, and longer ones more by interpolation.

    Raises:
        UserError: the table is not for this number of bands, nor one of the published strides'.
    """
    rows, columns = _stored_grid(table.shape[1] - TOKENS, bands, path)
    grid = table[:, TOKENS:].transpose(1, 2).reshape(1, table.shape[2], rows, columns)  # (1, D, bands, T)
    if rows != bands:
        grid = F.interpolate(grid, size=(bands, (TRAINED_FRAMES - PATCH) // stride + 1), mode="bilinear")
    before, after = grid.shape[3], (tokens - TOKENS) // bands
    if after < before:
        start = before // 2 - after // 2
        grid = grid[..., start : start + after]
    elif after > before:
        grid = F.interpolate(grid, size=(bands, after), mode="bilinear")
    return torch.cat([table[:, :TOKENS], grid.flatten(2).transpose(1, 2)], 1).contiguous()


def _stored_grid(patches: int, bands: int, path: Path) -> tuple[int, int]:
    """Return bands and frames of a stored table: of the encoder's own bands where that is possible, else published."""
    if patches >= bands and patches % bands == 0:
        return bands, patches // bands
    for stride in PUBLISHED_STRIDES:
        grid = ((TRAINED_BINS - PATCH) // stride + 1, (TRAINED_FRAMES - PATCH) // stride + 1)
        if grid[0] * grid[1] == patches:
            return grid
    raise UserError(
        f"{path} has {patches + TOKENS} positions, which is no grid of {bands} bands, nor of 128 bins and 1024 frames "
        f"at a stride of {', '.join(map(str, PUBLISHED_STRIDES))}: check the stride"
    )
