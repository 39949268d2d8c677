"""seq2seq: any registered encoder, decoder and pretraining as one captioning network, a third party's included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from aacbench.audio import feature_settings
from aacbench.contracts import DatasetOptions, EncoderChoice, Stage
from aacbench.contracts.context import RunContext
from aacbench.errors import UserError, one_line
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.methods.seq2seq.outline import MethodConfig
from aacbench.methods.seq2seq.settings import Seq2SeqSettings
from aacbench.models.captioning import EncoderDecoder
from aacbench.models.published import weights_key
from aacbench.text.vocabulary import BOS, SPECIAL, Vocabulary
from aacbench.training.cross_entropy import CrossEntropy
from aacbench.training.initialise import load_start, trained_captioner
from aacbench.training.pretrain import Pretrain
from aacbench.types import Encoded


class ClipWidth(nn.Module):
    """Projects the clip vector to the width of the frames, for decoders that read it."""

    def __init__(self, clip_dim: int, dim: int) -> None:
        super().__init__()
        self.linear = nn.Linear(clip_dim, dim)

    def forward(self, encoded: Encoded) -> Encoded:
        """Frames (B, T, D) and lengths pass; clip (B, C) becomes (B, D)."""
        return Encoded(encoded.frames, encoded.lengths, self.linear(encoded.clip))


class Seq2Seq(MethodConfig):
    """The method."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return pretraining, unless weights are loaded or it is switched off, and cross-entropy."""
        settings: Seq2SeqSettings = context.settings
        self.try_decoder(context)
        stages: list[Stage] = []
        if settings.weights is None and settings.pretraining is not None:
            stages.append(self.pretraining(context, settings.pretraining))
        choice = self.encoder(context)
        network = {
            "encoder": [choice.name, dict(choice.settings), choice.features.key()],
            "decoder": [settings.decoder, self.decoder(context)],
            "pretraining": settings.pretraining,
            "weights": settings.weights and weights_key(context.registries.encoders[choice.name], settings.weights),
            "vocabulary": [settings.vocabulary_rule, settings.min_count],
        }
        stages.append(CrossEntropy(self.build, settings.captions, network))
        return stages

    def captioner(self, context: RunContext) -> NetworkCaptioner:
        """Return the trained network with beam search."""
        return trained_captioner(context, *self.network(context))

    def build(self, context: RunContext) -> tuple[EncoderDecoder, Vocabulary]:
        """Return the untrained network, its encoder pretrained where the settings say so."""
        settings: Seq2SeqSettings = context.settings
        model, vocabulary = self.network(context)
        if settings.weights is not None or settings.pretraining is not None:
            load_start(context, model.encoder, settings.encoder, settings.weights, settings.pretraining or "")
        return model, vocabulary

    def pretraining(self, context: RunContext, objective: str) -> Pretrain:
        """Return the stage that pretrains the encoder."""
        settings: Seq2SeqSettings = context.settings
        how = settings.pretrain
        small = context.registries.pretraining[objective].tiny if settings.small else {}
        return Pretrain(
            objective,
            self.encoder(context),
            how.train,
            how.dataset,
            {**small, **settings.pretraining_settings},
            DatasetOptions(version=how.version, settings=how.dataset_settings),
            how.max_clips,
        )

    def encoder(self, context: RunContext) -> EncoderChoice:
        """Return which encoder the settings ask for, how large, on which features."""
        settings: Seq2SeqSettings = context.settings
        spec = context.registries.encoders[settings.encoder]
        small, features = (spec.tiny, spec.tiny_features) if settings.small else ({}, {})
        front_end = feature_settings({**spec.features, **features, **settings.features})
        return EncoderChoice(spec.name, front_end, {**small, **settings.encoder_settings})

    def decoder(self, context: RunContext) -> Mapping[str, Any]:
        """Return the decoder's settings."""
        settings: Seq2SeqSettings = context.settings
        small = context.registries.decoders[settings.decoder].tiny if settings.small else {}
        return {**small, **settings.decoder_settings}

    @torch.no_grad()
    def try_decoder(self, context: RunContext) -> None:
        """Pass two frames through a decoder of these settings, so that one that cannot work is refused before training.

        Raises:
            UserError: it cannot be made, or cannot be given what an encoder gives.
        """
        settings: Seq2SeqSettings = context.settings
        frames, words = torch.zeros(1, 2, 8), torch.full((1, 2), BOS)
        with torch.random.fork_rng(devices=[]):
            try:
                decoder = context.decoder(settings.decoder, len(SPECIAL) + 1, 8, **self.decoder(context)).eval()
                decoder(Encoded(frames, torch.tensor([2]), frames[:, 0]), words)
            except (AssertionError, RuntimeError, ValueError) as error:
                said = f"the decoder {settings.decoder} cannot work with decoder_settings {self.decoder(context)}"
                raise UserError(f"{said}: {one_line(error)}") from error

    def network(self, context: RunContext) -> tuple[EncoderDecoder, Vocabulary]:
        """Return the network with random weights, and the vocabulary."""
        settings: Seq2SeqSettings = context.settings
        vocabulary = context.vocabulary(settings.vocabulary_rule, settings.min_count)
        choice = self.encoder(context)
        encoder: Any = context.encoder(choice)
        decoder = context.decoder(settings.decoder, len(vocabulary), encoder.dim, **self.decoder(context))
        bridge = None if encoder.clip_dim == encoder.dim else ClipWidth(encoder.clip_dim, encoder.dim)
        return EncoderDecoder(choice.features, encoder, decoder, bridge), vocabulary
