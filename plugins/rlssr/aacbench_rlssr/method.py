"""RLSSR as a method: its recipe (published or tagging-pretrained CNN10, then cross-entropy) and its network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aacbench.audio import feature_settings
from aacbench.contracts import EncoderChoice, Stage
from aacbench.contracts.context import RunContext
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.text.vocabulary import Vocabulary
from aacbench.training.cross_entropy import CrossEntropy
from aacbench.training.initialise import load_start, trained_captioner
from aacbench.training.pretrain import Pretrain
from aacbench_rlssr.network import RlssrNetwork, SimilarityModule, TransformerBridge
from aacbench_rlssr.settings import MethodConfig, RlssrSettings

TAGGING = "audio-tagging"


class Rlssr(MethodConfig):
    """The method (Koh, Xue and Chng 2022)."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return audio tagging, where it stands in for published weights, and cross-entropy."""
        settings: RlssrSettings = context.settings
        stages: list[Stage] = []
        weights = self.weights(settings)
        if settings.pretrained and weights is None:
            how = settings.pretrain
            objective = how.model_dump(exclude={"dataset", "train"})
            stages.append(Pretrain(TAGGING, self.encoder(settings), how.train, how.dataset, objective))
        network = settings.model_dump(mode="json", exclude={"captions", "search", "pretrain"})
        loaded = None if weights is None else ("cnn10", weights)
        stages.append(CrossEntropy(self.build, settings.captions, network, weights=loaded))
        return stages

    def captioner(self, context: RunContext) -> NetworkCaptioner:
        """Return the trained network with beam search."""
        return trained_captioner(context, *self.network(context))

    def build(self, context: RunContext) -> tuple[RlssrNetwork, Vocabulary]:
        """Return the untrained network, its CNN10 pretrained where the settings say so."""
        settings: RlssrSettings = context.settings
        model, vocabulary = self.network(context)
        if settings.pretrained:
            load_start(context, model.encoder, "cnn10", self.weights(settings), TAGGING)
        return model, vocabulary

    def weights(self, settings: RlssrSettings) -> str | None:
        """Return the weights to load by name or path; None where there are none, or tagging trains them here."""
        return settings.weights if settings.pretrained and settings.weights != TAGGING else None

    def encoder(self, settings: RlssrSettings) -> EncoderChoice:
        """Return which CNN10 the settings ask for."""
        how: dict[str, Any] = {"width": settings.width, "dropout": settings.encoder_dropout}
        how["padded_statistics"] = settings.padded_statistics
        if settings.weights == TAGGING:
            how["clip_dropout"] = settings.encoder_dropout
        return EncoderChoice("cnn10", feature_settings(settings.features), how)

    def network(self, context: RunContext) -> tuple[RlssrNetwork, Vocabulary]:
        """Return the network with random weights, and the vocabulary."""
        settings: RlssrSettings = context.settings
        vocabulary = context.vocabulary(settings.vocabulary_rule, settings.min_count)
        choice = self.encoder(settings)
        encoder: Any = context.encoder(choice)
        transformer: dict[str, Any] = {
            "dim": settings.dim,
            "heads": settings.heads,
            "feed_forward": settings.feed_forward,
            "dropout": settings.dropout,
        }
        bridge = TransformerBridge(encoder.dim, layers=settings.encoder_layers, **transformer)
        decoder = context.decoder(
            "transformer", len(vocabulary), settings.dim, layers=settings.decoder_layers, **transformer
        )
        similarity = None
        if settings.similarity is not None:
            similarity = SimilarityModule(
                settings.dim,
                encoder.dim,
                settings.similarity,
                settings.similarity_hidden,
                settings.pool_first,
                settings.stop_gradient,
            )
        model = RlssrNetwork(
            choice.features,
            encoder,
            decoder,
            bridge,
            similarity,
            settings.alpha,
            settings.beta,
        )
        return model, vocabulary
