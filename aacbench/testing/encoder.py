"""The contract of an encoder, checked on random features of clips from one frame to some hundred."""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor, nn

from aacbench.audio import feature_settings
from aacbench.audio.batch import pad
from aacbench.contracts import EncoderSpec, load, make_encoder
from aacbench.testing.networks import check_saved, check_training, close, finite, module, shaped
from aacbench.testing.report import Checked, check_spec, find
from aacbench.types import Encoded

LENGTHS = (160, 97, 33, 16, 5, 1)


def check_encoder(part: str | EncoderSpec, **settings: Any) -> None:
    """Check an encoder: shapes, valid lengths, padding, neighbours, determinism, gradients, saving and loading.

    Raises:
        ContractError: it does not keep the contract.
        UserError: it is not installed, or does not take the settings.
    """
    spec, checked, _ = find(EncoderSpec, part)
    check_spec(checked, spec)
    front_end = feature_settings({**spec.features, **spec.tiny_features})
    own = settings or dict(spec.tiny)

    def build() -> nn.Module:
        return module(checked, make_encoder(spec, front_end, **own))

    torch.manual_seed(0)
    encoder = build()
    _attributes(checked, encoder)
    clips = [torch.randn(length, front_end.width) for length in LENGTHS]
    features, lengths = pad(clips)
    _training(checked, encoder, features, lengths)
    with torch.no_grad():
        encoder.eval()
        _shapes(checked, encoder, features, lengths)
        _padding(checked, encoder, clips)
        check_saved(checked, encoder, build, lambda network: cast(Encoded, network(features, lengths)).clip)
    for weights in spec.published:
        checked.require(bool(weights.url), "a url for every published weights", weights.name)
        load(weights.load)


def _attributes(checked: Checked, encoder: nn.Module) -> None:
    for name in ("dim", "clip_dim", "reduction"):
        value = getattr(encoder, name, None)
        checked.require(isinstance(value, int) and value >= 1, f"`{name}`, a whole number from 1", repr(value))


def _training(checked: Checked, encoder: nn.Module, features: Tensor, lengths: Tensor) -> None:
    """Train a step; the features are spread, so that batch normalisation keeps statistics other than 0 and 1."""

    def loss() -> Tensor:
        encoded: Encoded = encoder(2.0 * features - 0.5, lengths)
        inside = [row[:length] for row, length in zip(encoded.frames, encoded.lengths.tolist(), strict=True)]
        return torch.cat(inside).square().mean() + encoded.clip.square().mean()

    check_training(checked, encoder, loss)


def _shapes(checked: Checked, encoder: nn.Module, features: Tensor, lengths: Tensor) -> None:
    given = lengths.clone()
    encoded = encoder(features, lengths)
    checked.require(isinstance(encoded, Encoded), "an aacbench.types.Encoded", type(encoded).__name__)
    checked.require(torch.equal(given, lengths), "lengths left as they came", lengths.tolist())
    size = len(lengths)
    steps = encoded.frames.shape[1] if encoded.frames.dim() == 3 else -1
    shaped(checked, "frames (B, T', dim)", encoded.frames, (size, steps, cast(int, encoder.dim)))
    shaped(checked, "clip (B, clip_dim)", encoded.clip, (size, cast(int, encoder.clip_dim)))
    shaped(checked, "lengths (B,)", encoded.lengths, (size,))
    checked.require(not encoded.lengths.is_floating_point(), "whole numbers as lengths", encoded.lengths.dtype)
    finite(checked, "clip vectors", encoded.clip)
    for asked, valid in zip(lengths.tolist(), encoded.lengths.tolist(), strict=True):
        most = max(1, math.ceil(asked / cast(int, encoder.reduction)))
        checked.require(
            1 <= valid <= min(most, steps), f"1 to {most} frames for a clip of {asked} at this reduction", valid
        )


def _padding(checked: Checked, encoder: nn.Module, clips: list[Tensor]) -> None:
    """What is encoded of a clip depends neither on padding and its values nor on the clips beside it."""
    features, lengths = pad([*clips, clips[0].new_zeros(2 * LENGTHS[0], clips[0].shape[1])], value=9.0)
    together: Encoded = encoder(features, lengths)
    for index, clip in enumerate(clips):
        alone: Encoded = encoder(clip[None], lengths[index : index + 1])
        steps = int(alone.lengths)
        came = int(together.lengths[index])
        checked.require(came == steps, f"{steps} valid frames for a clip of {len(clip)}, padded or not", came)
        finite(checked, "valid frames", alone.frames[0, :steps])
        wanted = f"a clip of {len(clip)} frames encoded alike alone and padded in a batch"
        close(checked, f"{wanted} (frames)", together.frames[index, :steps], alone.frames[0, :steps])
        close(checked, f"{wanted} (clip vector)", together.clip[index], alone.clip[0])
