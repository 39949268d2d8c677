"""A trained network as a captioner: features from the cache, batches of like length, search, words.

What searches over `start` and `step` of any kind of decoder, an ensemble's too, is a `SearchCaptioner`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from aacbench.audio.batch import pad
from aacbench.audio.cache import feature_source
from aacbench.contracts import CaptioningModel, Decoder, NetworkCosts, TimedCaption
from aacbench.errors import UserError
from aacbench.inference.attended import attended_frames, frame_times
from aacbench.inference.macs import WORDS, multiply_accumulates, noise_clip, parameter_count
from aacbench.inference.search import search
from aacbench.inference.settings import SearchSettings
from aacbench.runtime.chunks import blocks
from aacbench.runtime.distributed.collectives import for_each_rank, map_ranks
from aacbench.text.vocabulary import BOS, UNK, Vocabulary
from aacbench.types import Clip, Encoded

HELD = 256  # clips whose features are in memory at once
MILLISECOND = 3  # decimals
Inputs = tuple[Tensor, ...]
"""The features (T, F) of a clip: one matrix a network."""


@runtime_checkable
class Computes(Protocol):
    """A source of features that can compute them without its cache."""

    def compute(self, clip: Clip) -> Tensor:
        """Return the clip's features (T, F)."""
        ...


class SearchCaptioner(ABC):
    """Captions clips by searching over `decoder`."""

    inputs: int
    """How many networks read features of their own."""

    def __init__(self, vocabulary: Vocabulary, settings: SearchSettings, device: str = "cpu") -> None:
        self.vocabulary, self.settings, self.device = vocabulary, settings, device

    @property
    @abstractmethod
    def decoder(self) -> Decoder:
        """What search steps through."""

    @abstractmethod
    def prepare(self, clips: Sequence[Clip]) -> None:
        """Compute the features that are not yet kept."""

    @abstractmethod
    def load(self, clip: Clip) -> Inputs:
        """Return what the networks read of a clip."""

    def fresh(self, clip: Clip) -> Inputs:
        """Return what the networks read of a clip, computed now where that can be asked for."""
        return self.load(clip)

    def networks(self) -> Sequence[nn.Module]:
        """Return all networks that captioning takes."""
        return ()

    def network_costs(self) -> NetworkCosts:
        """Return the weights of all networks, and the multiply-accumulates of hearing 10 s and of saying 20 words."""
        heard: list[Encoded] = []
        clip_macs = multiply_accumulates(lambda: heard.append(self.encode([self.fresh(noise_clip())])))
        words_macs = multiply_accumulates(lambda: self._say(heard[0]))
        return NetworkCosts(parameter_count(*self.networks()) or None, clip_macs, words_macs)

    def _say(self, encoded: Encoded) -> None:
        state, token = self.decoder.start(encoded), torch.full((1,), BOS, device=encoded.frames.device)
        for _ in range(WORDS):
            _, state = self.decoder.step(token, state)

    @abstractmethod
    def encode(self, batch: Sequence[Inputs]) -> Encoded:
        """Return what `decoder` starts from."""

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return one caption per clip, in order; processes that ask together divide the batches."""
        return [said.text for said in self._all_captions(clips, None)]

    def timed_captions(self, clips: Sequence[Clip]) -> list[TimedCaption]:
        """Return the captions as `caption` does, with when each word was attended to, where the networks say so."""
        return self._all_captions(clips, self.frame_times())

    def frame_times(self) -> tuple[float, float] | None:
        """Return the seconds of a frame's hop and span; None where they are not known."""
        return None

    @torch.no_grad()
    def _all_captions(self, clips: Sequence[Clip], times: tuple[float, float] | None) -> list[TimedCaption]:
        for_each_rank(clips, self.prepare)
        return [caption for some in blocks(len(clips), HELD) for caption in self._caption(clips[some], times)]

    def _caption(self, clips: Sequence[Clip], times: tuple[float, float] | None) -> list[TimedCaption]:
        loaded = [self.load(clip) for clip in clips]
        order = sorted(range(len(clips)), key=lambda index: len(loaded[index][0]))  # like lengths waste least padding
        size = self.settings.batch_size
        batches = [order[first : first + size] for first in range(0, len(order), size)]

        def decode(indices: list[int]) -> list[TimedCaption]:
            encoded = self.encode([loaded[index] for index in indices])
            tokens, _ = search(self.decoder, encoded, self.settings)
            frames = attended_frames(self.decoder, encoded, tokens) if times else None
            return [self._said(ids, frames[row] if frames else (), times) for row, ids in enumerate(tokens)]

        captions = [TimedCaption("")] * len(clips)
        for indices, decoded in zip(batches, map_ranks(batches, decode), strict=True):
            for index, caption in zip(indices, decoded, strict=True):
                captions[index] = caption
        return captions

    def _said(self, ids: Sequence[int], frames: Sequence[int], times: tuple[float, float] | None) -> TimedCaption:
        text = self.vocabulary.decode(ids)
        if times is None or not frames:
            return TimedCaption(text)
        hop, span = times
        pairs = zip(ids, frames, strict=True)
        seconds = tuple(round(frame * hop + span / 2, MILLISECOND) for id, frame in pairs if id >= UNK)
        return TimedCaption(text, seconds if len(seconds) == len(text.split()) else ())


class NetworkCaptioner(SearchCaptioner):
    """Captions clips with `model`, which is set to evaluation mode and moved to `device`."""

    inputs = 1

    def __init__(
        self, model: CaptioningModel, vocabulary: Vocabulary, settings: SearchSettings, device: str = "cpu"
    ) -> None:
        super().__init__(vocabulary, settings, device)
        self.model = model.to(device).eval()  # type: ignore[attr-defined]
        self.features = feature_source(model.features)

    @property
    def decoder(self) -> Decoder:
        """The network's decoder."""
        decoder: Decoder = self.model.decoder
        return decoder

    def prepare(self, clips: Sequence[Clip]) -> None:
        """Compute the features that are not yet kept, silently: decoding shows its own progress."""
        self.features.prepare(clips, progress=False)

    def load(self, clip: Clip) -> Inputs:
        """Return the clip's features."""
        return (self.features.load(clip),)

    def frame_times(self) -> tuple[float, float] | None:
        """Return the seconds of the network's frames, where it says so."""
        try:
            return frame_times(self.model)
        except UserError:
            return None

    def fresh(self, clip: Clip) -> Inputs:
        """Return the clip's features, not from the cache where their source can compute them."""
        return (self.features.compute(clip),) if isinstance(self.features, Computes) else self.load(clip)

    def networks(self) -> Sequence[nn.Module]:
        """Return the network, and the frozen encoder that its features come from."""
        frozen = getattr(self.features, "encoder", None)
        return [self.model, *([frozen] if isinstance(frozen, nn.Module) else [])]

    def encode(self, batch: Sequence[Inputs]) -> Encoded:
        """Return what the network makes of a batch of clips."""
        features, lengths = pad([features for (features,) in batch])
        encoded: Encoded = self.model.encode(features.to(self.device), lengths.to(self.device))
        return encoded
