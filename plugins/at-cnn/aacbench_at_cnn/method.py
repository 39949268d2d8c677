"""AT-CNN as a method: its recipe (a source task unless weights are published, then cross-entropy) and its network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aacbench.audio import feature_settings
from aacbench.contracts import DatasetOptions, EncoderChoice, Stage
from aacbench.contracts.context import RunContext
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.models.captioning import EncoderDecoder
from aacbench.models.layers.scaling import ScaledEncoder
from aacbench.text.vocabulary import Vocabulary
from aacbench.training.cross_entropy import CrossEntropy
from aacbench.training.initialise import load_start, trained_captioner
from aacbench.training.pretrain import Pretrain
from aacbench_at_cnn.settings import AtCnnSettings, MethodConfig, PretrainSettings

PUBLISHED = {("cnn10", "at-unbalanced"): "audiocaption-cnn10"}
TAU = "tau-scenes@2019,tau-scenes@2020"
OBJECTIVES = {"asc": "scene-classification", "at-balanced": "audio-tagging", "at-unbalanced": "audio-tagging"}


class AtCnn(MethodConfig):
    """The method (Xu, Dinkel, Wu, Xie and Yu 2021)."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return the source task, where the encoder is pretrained here, and cross-entropy."""
        settings: AtCnnSettings = context.settings
        stages: list[Stage] = []
        weights = self.weights(settings) if settings.source is not None else None
        if settings.source is not None and weights is None:
            stages.append(self.pretraining(settings))
        sources = {"asc", "at_balanced", "at_unbalanced"}  # theirs are the inputs of the stage before
        network = settings.model_dump(mode="json", exclude={"captions", "search", *sources})
        loaded = None if weights is None else (settings.encoder, weights)
        stages.append(CrossEntropy(self.build, settings.captions, network, weights=loaded))
        return stages

    def captioner(self, context: RunContext) -> NetworkCaptioner:
        """Return the trained network with beam search."""
        return trained_captioner(context, *self.network(context))

    def build(self, context: RunContext) -> tuple[EncoderDecoder, Vocabulary]:
        """Return the untrained network, its encoder pretrained where the settings say so."""
        settings: AtCnnSettings = context.settings
        model, vocabulary = self.network(context)
        encoder = model.encoder
        if isinstance(encoder, ScaledEncoder):
            encoder.fit(context.clips["training"], self.encoder(settings).features)
            encoder = encoder.encoder
        if settings.source is not None:
            objective = OBJECTIVES[settings.source]
            load_start(context, encoder, settings.encoder, self.weights(settings), objective)
        return model, vocabulary

    def weights(self, settings: AtCnnSettings) -> str | None:
        """Return the weights to load by name or path; None where the encoder is pretrained here."""
        if settings.weights == "published":
            return PUBLISHED.get((settings.encoder, settings.source or ""))
        return None if settings.weights == "train" else settings.weights

    def pretraining(self, settings: AtCnnSettings) -> Pretrain:
        """Return the stage of the source task."""
        source = settings.source or ""
        how: PretrainSettings = getattr(settings, source.replace("-", "_"))
        objective = how.model_dump(include={"batch_size", "epoch_clips", "mixup_alpha", "mask_width", "dropout"})
        if OBJECTIVES[source] == "audio-tagging":
            objective["balanced"] = how.balanced
        usual = {"audioset": {"training": source.removeprefix("at-")}, "mix": {"parts": TAU}}
        return Pretrain(
            OBJECTIVES[source],
            self.encoder(settings),
            how.train,
            how.dataset,
            objective,
            DatasetOptions(version=how.version, settings=how.dataset_settings or usual.get(how.dataset or "", {})),
            how.max_clips,
            how.per_class,
        )

    def encoder(self, settings: AtCnnSettings) -> EncoderChoice:
        """Return which encoder the settings ask for."""
        size = settings.cnn10 if settings.encoder == "cnn10" else settings.crnn5
        how: dict[str, Any] = size.model_dump()
        return EncoderChoice(settings.encoder, feature_settings(settings.features), how)

    def network(self, context: RunContext) -> tuple[EncoderDecoder, Vocabulary]:
        """Return the network with random weights, and the vocabulary."""
        settings: AtCnnSettings = context.settings
        vocabulary = context.vocabulary(settings.vocabulary_rule, settings.min_count)
        choice = self.encoder(settings)
        encoder: Any = context.encoder(choice)
        if settings.scale_features:
            encoder = ScaledEncoder(encoder, choice.features.mel_bins)
        decoder = context.decoder(
            "gru-attention",
            len(vocabulary),
            encoder.dim,
            dim=settings.dim,
            attention_dim=settings.dim,
            embedding_dim=settings.embedding_dim,
            dropout=settings.dropout,
        )
        return EncoderDecoder(choice.features, encoder, decoder), vocabulary
