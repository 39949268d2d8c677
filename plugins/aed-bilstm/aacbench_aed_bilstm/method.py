"""AED-BiLSTM as a method: its recipe (tagging unless weights are published, then cross-entropy) and its network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from aacbench.audio import FeatureSettings, feature_settings
from aacbench.contracts import EncoderChoice, FeatureSource, Stage
from aacbench.contracts.context import RunContext
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.models.captioning import EncoderDecoder
from aacbench.models.frozen import FrozenEncoder, PrecomputedEncoder
from aacbench.models.layers.masks import masked_mean
from aacbench.models.layers.recurrent import RecurrentBridge
from aacbench.models.layers.scaling import ScaledEncoder
from aacbench.text.vocabulary import Vocabulary
from aacbench.training.cross_entropy import CrossEntropy
from aacbench.training.initialise import load_start, trained_captioner
from aacbench.training.pretrain import Pretrain
from aacbench.types import Encoded
from aacbench_aed_bilstm.settings import AedBilstmSettings, EmbeddingSettings, MethodConfig

TAGGING = "audio-tagging"


class LogMel(nn.Module):
    """The baseline's encoder: log-mel frames (B, T, F) as they are."""

    reduction = 1

    def __init__(self, mel_bins: int) -> None:
        super().__init__()
        self.dim = self.clip_dim = mel_bins

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Return the frames and their mean."""
        return Encoded(features, lengths, masked_mean(features, lengths))


class AedBilstm(MethodConfig):
    """The method (Bhosale, Chakraborty and Kopparapu 2022)."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return audio tagging, where the embeddings' network is trained here, and cross-entropy."""
        settings: AedBilstmSettings = context.settings
        choice, weights, how = self.choice(settings), self.weights(settings), self.how(settings)
        stages: list[Stage] = []
        if choice is not None and weights is None and how is not None:
            objective = how.tagging.model_dump(exclude={"dataset", "train"})
            stages.append(Pretrain(TAGGING, choice, how.tagging.train, how.tagging.dataset, objective))
        network = settings.model_dump(mode="json", exclude={"captions", "search", "ast", "yamnet", "logmel"})
        network["features"] = settings.logmel if how is None else how.features
        network["encoder"] = {} if how is None else how.encoder  # its training is the input of the stage before
        loaded = None if choice is None or weights is None else (choice.name, weights)
        stages.append(CrossEntropy(self.build, settings.captions, network, weights=loaded))
        return stages

    def captioner(self, context: RunContext) -> NetworkCaptioner:
        """Return the trained network with beam search."""
        return trained_captioner(context, *self.network(context))

    def build(self, context: RunContext) -> tuple[EncoderDecoder, Vocabulary]:
        """Return the untrained network over its pretrained, frozen encoder."""
        settings: AedBilstmSettings = context.settings
        model, vocabulary = self.network(context)
        if isinstance(model.features, FrozenEncoder):
            weights = self.weights(settings)
            load_start(context, model.features.encoder, model.features.choice.name, weights, TAGGING)
        elif isinstance(model.encoder, ScaledEncoder):
            model.encoder.fit(context.clips["training"], feature_settings(settings.logmel))
        return model, vocabulary

    def weights(self, settings: AedBilstmSettings) -> str | None:
        """Return the weights to load by name or path; None where there are none, or tagging trains them here."""
        if settings.embeddings == "logmel" or settings.weights == "train":
            return None
        return settings.embeddings if settings.weights == "published" else settings.weights

    def how(self, settings: AedBilstmSettings) -> EmbeddingSettings | None:
        """Return the settings of the network that gives the embeddings; None for the baseline."""
        return {"ast": settings.ast, "yamnet": settings.yamnet}.get(settings.embeddings)

    def choice(self, settings: AedBilstmSettings) -> EncoderChoice | None:
        """Return which encoder gives the embeddings; None for the baseline."""
        how = self.how(settings)
        if how is None:
            return None
        return EncoderChoice(settings.embeddings, feature_settings(how.features), how.encoder)

    def network(self, context: RunContext) -> tuple[EncoderDecoder, Vocabulary]:
        """Return the network with random weights, and the vocabulary."""
        settings: AedBilstmSettings = context.settings
        vocabulary = context.vocabulary(settings.vocabulary_rule, settings.min_count)
        features, encoder = self._embeddings(context)
        bridge = RecurrentBridge(encoder.dim, settings.layer_dim, settings.layers, settings.layer_dropout)
        decoder = context.decoder(
            "lstm-attention",
            len(vocabulary),
            bridge.dim,
            dim=settings.dim,
            attention_dim=settings.attention_dim,
            embedding_dim=settings.embedding_dim,
            dropout=settings.dropout,
        )
        return EncoderDecoder(features, encoder, decoder, bridge), vocabulary

    def _embeddings(self, context: RunContext) -> tuple[FeatureSettings | FeatureSource, Any]:
        """Return where features come from, and the module that makes frames of them."""
        choice = self.choice(context.settings)
        if choice is None:
            features = feature_settings(context.settings.logmel)
            frames: nn.Module = LogMel(features.mel_bins)
            return features, ScaledEncoder(frames, features.mel_bins) if context.settings.scale_logmel else frames
        frozen = FrozenEncoder(choice, context.encoder(choice), context.device)
        return frozen, PrecomputedEncoder(frozen)
