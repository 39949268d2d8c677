"""An encoder and a decoder as one captioning network, trained with cross-entropy under teacher forcing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.contracts import Decoder, DecoderOutput, FeatureSource
from aacbench.models.layers.recompute import in_parts
from aacbench.models.layers.windows import joined_parts
from aacbench.runtime.distributed.shards import shared_generator, shared_mean
from aacbench.text.vocabulary import PAD
from aacbench.types import Encoded

if TYPE_CHECKING:
    from aacbench.audio import FeatureSettings


def cross_entropy(logits: Tensor, tokens: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy of logits (N, L - 1, V) against tokens (N, L) shifted by one, padding left out."""
    wanted = tokens[:, 1:].flatten()
    mean = F.cross_entropy(logits.flatten(0, 1).float(), wanted, ignore_index=PAD, label_smoothing=label_smoothing)
    return shared_mean(mean, (wanted != PAD).sum())


class EncoderDecoder(nn.Module):
    """The usual captioning network. `bridge`, if given, maps `Encoded` to `Encoded` between encoder and decoder."""

    data_parallel = True

    def __init__(
        self,
        features: FeatureSettings | FeatureSource,
        encoder: nn.Module,
        decoder: nn.Module,
        bridge: nn.Module | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.features = features
        self.encoder, self.bridge, self.words = encoder, bridge, decoder
        self.label_smoothing = label_smoothing
        self.teacher_forcing_ratio = 1.0
        self.micro_batch: int | None = None

    @property
    def decoder(self) -> Decoder:
        """The decoder that search steps through."""
        return cast(Decoder, self.words)

    def encode(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode features (B, T, F) with valid lengths (B,), bridge included."""
        return self.bridged(self.encoded(features, lengths))

    def encoded(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Return what the encoder makes of features (B, T, F), `micro_batch` clips at a time where that is set."""
        parts = in_parts(self.encoder, self.encoder, self.micro_batch, features, lengths)
        return parts[0] if len(parts) == 1 else joined_parts(parts)

    def bridged(self, encoded: Encoded) -> Encoded:
        """Return what the decoder reads of what the encoder gave."""
        return encoded if self.bridge is None else cast(Encoded, self.bridge(encoded))

    def losses(self, features: Tensor, lengths: Tensor, tokens: Tensor, clip_of: Tensor) -> Mapping[str, Tensor]:
        """Cross-entropy of tokens (N, L), whose row n describes clip `clip_of[n]`."""
        encoded = self.encode(features, lengths).select(clip_of)
        output: DecoderOutput = self.words(encoded, self.decoder_inputs(encoded, tokens[:, :-1]))
        return {"cross_entropy": self.cross_entropy(output.logits, tokens)}

    @torch.no_grad()
    def decoder_inputs(self, encoded: Encoded, tokens: Tensor) -> Tensor:
        """Return the tokens (N, L) that the decoder is fed: the reference's, or its own in scheduled sampling.

        In training, each step's column is kept with the chance `teacher_forcing_ratio`, one coin for all rows;
        otherwise it becomes the most likely token after the columns before it. The first column, BOS, and padding
        always stay.
        """
        if not self.training or self.teacher_forcing_ratio >= 1.0:
            return tokens
        coins = torch.rand(tokens.shape[1], generator=shared_generator()) < self.teacher_forcing_ratio
        fed, state = tokens.clone(), self.decoder.start(encoded)
        for step in range(1, tokens.shape[1]):
            logits, state = self.decoder.step(fed[:, step - 1], state)
            if not coins[step]:
                fed[:, step] = torch.where(tokens[:, step] == PAD, PAD, logits.argmax(1))
        return fed

    def cross_entropy(self, logits: Tensor, tokens: Tensor) -> Tensor:
        """Cross-entropy with the network's label smoothing while training, without it in evaluation mode."""
        return cross_entropy(logits, tokens, self.label_smoothing if self.training else 0.0)
