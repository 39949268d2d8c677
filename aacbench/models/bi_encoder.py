"""The bi-encoder of audio-text retrieval (Xu et al. 2022, section 2.2): audio and text in one space, and InfoNCE.

B clips, N captions, D the common width. Embeddings have length 1, so their products are cosine similarities.
"""

from __future__ import annotations

import math
from typing import Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.audio import FeatureSettings
from aacbench.models.layers.dropout import dropout
from aacbench.models.layers.recompute import in_parts
from aacbench.models.text_encoders import TextEncoder
from aacbench.types import Encoded

EPSILON = 1e-7
Reduction = Literal["sum", "mean"]


class BiEncoder(nn.Module):
    """An audio encoder's clip vector and a text encoder's, each through one linear layer (equation 5).

    `log_scale` is ln(1 / temperature), trained with the rest. With `micro_batch`, so many clips or captions are encoded
    at a time, and again for their gradients: a batch of any size, all of it negatives, in the memory of a part.
    """

    def __init__(
        self,
        features: FeatureSettings,
        audio: nn.Module,
        text: TextEncoder,
        dim: int = 1024,
        temperature: float = 0.07,
        audio_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.features = features
        self.audio, self.text = audio, text
        self.audio_projection = nn.Linear(int(audio.clip_dim), dim)  # type: ignore[arg-type]
        self.text_projection = nn.Linear(text.dim, dim)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1.0 / temperature)))
        self.audio_dropout, self.micro_batch = audio_dropout, cast(int | None, None)

    def embed_audio(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Features (B, T, F) with valid lengths (B,) give embeddings (B, D) of length 1."""
        return torch.cat(in_parts(self, self._embed_audio, self.micro_batch, features, lengths))

    def embed_text(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Token ids (N, L) with lengths (N,) give embeddings (N, D) of length 1."""
        return torch.cat(in_parts(self, self._embed_text, self.micro_batch, ids, lengths))

    def _embed_audio(self, features: Tensor, lengths: Tensor) -> Tensor:
        encoded: Encoded = self.audio(features, lengths)
        clip = dropout(encoded.clip, self.audio_dropout, self.training)
        return unit(self.audio_projection(clip))

    def _embed_text(self, ids: Tensor, lengths: Tensor) -> Tensor:
        return unit(self.text_projection(self.text(ids, lengths)))


def unit(vectors: Tensor) -> Tensor:
    """Return vectors (N, D) with length 1, in single precision."""
    vectors = vectors.float()
    norms: Tensor = vectors.norm(dim=1, keepdim=True)
    return vectors / (norms + EPSILON)


def similarities(text: Tensor, audio: Tensor) -> Tensor:
    """Embeddings (N, D) and (B, D) give their products (N, B) in single precision, under autocast too."""
    with torch.autocast(text.device.type, enabled=False):
        return text.float() @ audio.float().T


def info_nce(
    similarity: Tensor, clip_of: Tensor, scale: Tensor, right: Tensor | None = None, reduction: Reduction = "sum"
) -> Tensor:
    """InfoNCE in both directions (equation 6): the sum of the two, or their mean, averaged over the captions.

    `similarity` (N, B) is of caption n and clip b, `clip_of` (N,) the clip that a caption was paired with. Pairs that
    `right` (N, B) marks are no negatives of one another: other captions of the clip, the same words for another clip.
    """
    rows = torch.arange(len(similarity), device=similarity.device)
    to_audio = similarity * scale  # (N, B): which clip is this caption's?
    to_text = to_audio[:, clip_of].T  # (N, N): which caption is of caption n's clip?
    if right is not None:
        others = right.clone()
        others[rows, clip_of] = False
        to_audio = to_audio.masked_fill(others, -torch.inf)
        same = right[:, clip_of].T.clone()
        same[rows, rows] = False
        to_text = to_text.masked_fill(same, -torch.inf)
    loss = F.cross_entropy(to_audio, clip_of) + F.cross_entropy(to_text, rows)
    return loss if reduction == "sum" else loss / 2
