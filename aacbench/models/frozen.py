"""A frozen encoder as a source of features: what it makes of a clip is computed once and kept on disk.

A network on top of a frozen encoder is trained on the encoder's outputs. A clip's features are then one matrix (1 + T,
W): row 0 is the clip vector (C,), the rows after it are the frames (T, D), and W is the larger of C and D, the rest
being zeros; `PrecomputedEncoder` takes them apart again. Clips are encoded one by one, in float32, so that no clip's
features depend on its neighbours. What is kept depends on the encoder's weights and settings, on its front-end, and on
what the audio file holds; the second epoch and the second run read neither audio nor spectrograms.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.audio.augment import SpecAugment
from aacbench.audio.cache import ClipCache, FeatureCache
from aacbench.contracts import EncoderChoice
from aacbench.files.atomic import atomic_path
from aacbench.files.cache_dir import cache
from aacbench.models.checkpoint import load_strictly, read_tensors, write_checked
from aacbench.types import Clip, Encoded

# Part of every key: raise it when an encoder gives other outputs for the same weights and settings.
ENCODING_VERSION = 1


class PrecomputedEncoder(nn.Module):
    """Stands where the encoder would be in a network whose features are the outputs of `frozen`."""

    reduction = 1

    def __init__(self, frozen: FrozenEncoder) -> None:
        super().__init__()
        self.dim, self.clip_dim = frozen.dim, frozen.clip_dim
        self.frame_hop, self.frame_span = frozen.frame_hop, frozen.frame_span

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Features (B, 1 + T, W) with lengths (B,) give frames (B, T, D), lengths - 1, clip (B, C)."""
        return Encoded(features[:, 1:, : self.dim], lengths - 1, features[:, 0, : self.clip_dim])


class FrozenEncoder:
    """The source. Load the encoder's weights before the first use: from then on they must not change.

    `frame_hop` and `frame_span` are the times in seconds of `contracts.FrameTiming`.
    """

    def __init__(self, choice: EncoderChoice, encoder: nn.Module, device: str = "cpu", folder: Path | None = None):
        self.choice, self.device = choice, device
        self.encoder = encoder.to(device).eval().requires_grad_(False)
        sizes = cast(Any, encoder)
        self.dim, self.clip_dim = int(sizes.dim), int(sizes.clip_dim)
        hop = choice.features.hop_seconds
        self.frame_hop = float(getattr(encoder, "frame_hop", sizes.reduction * hop))
        self.frame_span = float(getattr(encoder, "frame_span", sizes.reduction * hop))
        self.inputs = FeatureCache(choice.features)
        self.root = cache("encoded") if folder is None else folder

    @cached_property
    def key(self) -> str:
        """A name for the encoder with its weights and settings and for its front-end, safe in paths."""
        how = {
            "version": ENCODING_VERSION,
            "settings": dict(self.choice.settings),
            "features": self.choice.features.key(),
            "weights": weights_digest(self.encoder),
        }
        digest = hashlib.sha256(json.dumps(how, sort_keys=True, default=str).encode()).hexdigest()
        return f"{self.choice.name}-{digest[:24]}"

    @cached_property
    def outputs(self) -> ClipCache:
        """Where the outputs for whole clips are kept."""
        return ClipCache(self.root / self.key, lambda clip: self.encode(self.inputs.load(clip)), "encoding clips")

    def prepare(self, clips: Sequence[Clip], progress: bool = True) -> None:
        """Encode the clips that are not yet kept.

        Raises:
            UserError: audio is missing or cannot be read, or the cache folder cannot be written.
        """
        self.inputs.prepare(self.outputs.missing(clips), progress)
        self.outputs.prepare(clips, progress, workers=None if self.device == "cpu" else 1)

    def load(self, clip: Clip) -> Tensor:
        """Return the clip's features (1 + T, W), float32, on the CPU."""
        return self.outputs.load(clip)

    def compute(self, clip: Clip) -> Tensor:
        """Return the clip's features (1 + T, W) without keeping them."""
        return self.encode(self.inputs.compute(clip))

    def load_masked(self, clip: Clip, augment: SpecAugment, draw: int, keep: bool) -> Tensor:
        """Return the features (1 + T, W) of the clip with its spectrogram masked before the encoder sees it.

        The masks depend on the clip's audio, on `augment` and on `draw` alone; with `keep` the result is kept on disk.
        """
        content = self.inputs.key(clip)
        key = hashlib.sha256(f"{augment!r} {draw} {content}".encode()).hexdigest()
        kept = self.outputs.arrays.get(key) if keep else None
        if kept is not None and len(kept) == 1:
            return torch.from_numpy(kept[0])
        features = self.inputs.load(clip)
        generator = torch.Generator().manual_seed(int(key[:15], 16))
        masked = augment(features[None], torch.tensor([len(features)]), generator)[0]
        encoded = self.encode(masked)
        if keep:
            self.outputs.arrays.put(key, [encoded.numpy()])
        return encoded

    @torch.no_grad()
    def encode(self, features: Tensor) -> Tensor:
        """Return what the encoder makes of one clip's spectrogram (T', F): its features (1 + T, W) on the CPU."""
        with torch.autocast(torch.device(self.device).type, enabled=False):
            encoded: Encoded = self.encoder(
                features[None].to(self.device), torch.tensor([len(features)], device=self.device)
            )
        frames, clip = encoded.frames[0, : int(encoded.lengths[0])].float(), encoded.clip.float()
        width = max(self.dim, self.clip_dim)
        rows = [F.pad(part, (0, width - part.shape[1])) for part in (clip, frames)]
        return torch.cat(rows).cpu()

    def save(self, path: Path) -> None:
        """Write the encoder's weights to `path`, so that a run can caption when its sources are gone."""
        with atomic_path(path) as temporary:
            write_checked(temporary, self.encoder.state_dict())

    def load_weights(self, path: Path) -> None:
        """Load what `save` wrote.

        Raises:
            UserError: the file is missing or does not fit.
        """
        load_strictly(self.encoder, read_tensors(path), path)
        for cached in ("key", "outputs"):
            self.__dict__.pop(cached, None)


def weights_digest(encoder: nn.Module) -> str:
    """Return a SHA-256 over the names, shapes and values of an encoder's weights and buffers."""
    digest = hashlib.sha256()
    for name, value in sorted(encoder.state_dict().items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
