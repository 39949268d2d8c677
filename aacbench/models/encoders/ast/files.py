"""AST's published files: the hub's `model.safetensors` and the authors' own; their positions for other grids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from aacbench.errors import UserError
from aacbench.models.checkpoint import load_strictly, read_tensors
from aacbench.models.encoders.ast.network import Ast

TOKENS = 2  # class and distillation token come before the patches
POSITIONS = "embeddings.position_embeddings"
PATCH, TRAINED_BINS, TRAINED_FRAMES = 16, 128, 1024
PUBLISHED_STRIDES = (10, 12, 14, 16)  # of the authors' AudioSet weights; those of 10 are the best, 12 bands x 101

# Names in the files on the hub, and in the authors' own file, as patterns; what follows is how we call them.
HUB = (
    (r"^audio_spectrogram_transformer\.", ""),
    (r"^encoder\.layer\.", "layers."),
    (r"\.attention\.attention\.(query|key|value)\.", lambda match: f".attention.{match[1][0]}_proj."),
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
HEAD_PARTS = ((r"^classifier\.layernorm\.", "0."), (r"^classifier\.dense\.", "1."), (r"^(module\.)?mlp_head\.", ""))


def load_published(encoder: Ast, path: Path) -> None:
    """Load AudioSet weights: the hub's `model.safetensors`, under its old or its new names, or the authors' `.pth`.

    The tagging head is loaded where the encoder has one; the table of positions is fitted to the encoder's windows.

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
    if encoder.tagger is not None:
        tensors |= {f"tagger.{name}": value for name, value in _head(stored).items()}
    load_strictly(encoder, tensors, path)


def named(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the transformer's tensors under transformers 5's names, from any published form; heads are left out."""
    original = any(name.endswith("attn.qkv.weight") for name in stored)
    tensors: dict[str, Tensor] = {}
    for name, value in stored.items():
        if HEADS.match(name):
            continue
        new = _renamed(name, ORIGINAL if original else HUB)
        if ".attn.qkv." not in new:
            tensors[new] = value
            continue
        for part, rows in zip("qkv", value.chunk(3), strict=True):
            tensors[new.replace(".attn.qkv.", f".attention.{part}_proj.")] = rows.contiguous()
    return tensors


def _head(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the published tagging head: LayerNorm and Linear."""
    head = {_renamed(name, HEAD_PARTS): value for name, value in stored.items()}
    return {name: value for name, value in head.items() if name[:2] in ("0.", "1.")}


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
