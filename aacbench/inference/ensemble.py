"""Several captioning networks as one, over the contract `start` and `step` alone.

At each step the members' distributions over the next word are averaged: the mean of log-probabilities, renormalised (a
geometric mean; released code of Xu et al. 2022, wsntxxn/AudioCaption), or the mean of probabilities. Members share a
vocabulary and nothing else: each may have its own features, encoder and kind of decoder, and be an ensemble itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor, nn

from aacbench.contracts import Decoder, DecoderOutput, DecoderState
from aacbench.errors import UserError
from aacbench.inference.captioner import Inputs, SearchCaptioner
from aacbench.inference.settings import Average, SearchSettings
from aacbench.types import Clip, Encoded


@dataclass(frozen=True, slots=True)
class Encodings(Encoded):
    """What each member's encoder gave; the other fields are those of the first member."""

    members: tuple[Encoded, ...] = field(default=())

    def select(self, rows: Tensor) -> Encodings:
        """Return the clips at `rows` (N,), in that order, of all members."""
        return encodings([member.select(rows) for member in self.members])

    def join(self, other: Encoded) -> Encodings:
        """Return these clips and then the other's, member by member."""
        pairs = zip(self.members, _each(other), strict=True)
        return encodings([member.join(more) for member, more in pairs])


def encodings(members: Sequence[Encoded]) -> Encodings:
    """Return the members' outputs for the same clips as one."""
    first = members[0]
    return Encodings(first.frames, first.lengths, first.clip, first.words, tuple(members))


@dataclass(frozen=True, slots=True)
class EnsembleState:
    """The members' states."""

    members: tuple[DecoderState, ...]

    def select(self, rows: Tensor) -> EnsembleState:
        """Re-order the hypotheses (M,) of all members."""
        return EnsembleState(tuple(member.select(rows) for member in self.members))


class EnsembleDecoder:
    """The members' decoders as one, each in the mode and on the device that it is in.

    It decodes `Encodings`; its logits are log-probabilities (N, V).
    """

    def __init__(self, members: Sequence[Decoder], average: Average = "log-probabilities") -> None:
        self.members, self.average = tuple(members), average

    def __call__(self, encoded: Encoded, tokens: Tensor) -> DecoderOutput:
        """Teacher forcing: log-probabilities (B, L, V), and the members' outputs side by side (B, L, sum of D)."""
        outputs = [decoder(own, tokens) for decoder, own in zip(self.members, _each(encoded), strict=True)]
        averaged = mean_log_probabilities([output.logits for output in outputs], self.average)
        return DecoderOutput(averaged, torch.cat([output.hidden for output in outputs], 2))

    def start(self, encoded: Encoded) -> EnsembleState:
        """Return all members' first states."""
        pairs = zip(self.members, _each(encoded), strict=True)
        return EnsembleState(tuple(decoder.start(own) for decoder, own in pairs))

    def step(self, tokens: Tensor, state: EnsembleState) -> tuple[Tensor, EnsembleState]:
        """Feed tokens (N,) to all members; return log-probabilities (N, V) of the next token and the new states."""
        steps = [decoder.step(tokens, own) for decoder, own in zip(self.members, state.members, strict=True)]
        averaged = mean_log_probabilities([logits for logits, _ in steps], self.average)
        return averaged, EnsembleState(tuple(own for _, own in steps))


def _each(encoded: Encoded) -> tuple[Encoded, ...]:
    return cast(Encodings, encoded).members


def mean_log_probabilities(logits: Sequence[Tensor], average: Average) -> Tensor:
    """Return the logarithm of the members' mean distribution, from logits (..., V) of each."""
    each = torch.stack([torch.log_softmax(one.float(), -1) for one in logits])
    if average == "probabilities":
        return torch.logsumexp(each, 0) - math.log(len(logits))
    return torch.log_softmax(each.mean(0), -1)


class EnsembleCaptioner(SearchCaptioner):
    """Captions clips with several systems at once; the vocabulary is the first one's, and has to be everyone's.

    Raises:
        UserError: there is no member, or their words differ.
    """

    def __init__(
        self, members: Sequence[SearchCaptioner], settings: SearchSettings, average: Average = "log-probabilities"
    ) -> None:
        if not members:
            raise UserError("an ensemble wants at least one member; none came")
        first = members[0]
        if any(member.vocabulary.words != first.vocabulary.words for member in members):
            raise UserError("the members of an ensemble want the same words in the same order; theirs differ")
        super().__init__(first.vocabulary, settings, first.device)
        self.members = tuple(members)
        self.inputs = sum(member.inputs for member in members)
        self._decoder = EnsembleDecoder([member.decoder for member in members], average)

    @property
    def decoder(self) -> Decoder:
        """The members' decoders as one."""
        return self._decoder

    def prepare(self, clips: Sequence[Clip]) -> None:
        """Have all members compute the features that are not yet kept."""
        for member in self.members:
            member.prepare(clips)

    def load(self, clip: Clip) -> Inputs:
        """Return what all members read of a clip, one after the other."""
        return tuple(features for member in self.members for features in member.load(clip))

    def fresh(self, clip: Clip) -> Inputs:
        """Return what all members read of a clip, computed now."""
        return tuple(features for member in self.members for features in member.fresh(clip))

    def networks(self) -> Sequence[nn.Module]:
        """Return the members' networks."""
        return [network for member in self.members for network in member.networks()]

    def encode(self, batch: Sequence[Inputs]) -> Encodings:
        """Return what each member's encoder gives."""
        encoded, first = [], 0
        for member in self.members:
            encoded.append(member.encode([inputs[first : first + member.inputs] for inputs in batch]))
            first += member.inputs
        return encodings(encoded)
