"""MAAC as a method: its recipe (keywords in two stages, cross-entropy, self-critical training) and its network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from torch import nn

from aacbench.audio import FeatureSettings, feature_settings
from aacbench.contracts import EncoderChoice, FeatureSource, Stage
from aacbench.contracts.context import RunContext
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.models.captioning import EncoderDecoder
from aacbench.models.frozen import FrozenEncoder, PrecomputedEncoder
from aacbench.models.keywords import KeywordEncoder, TopWords
from aacbench.pretraining.keywords import TABLE_FILE, load_keyword_network
from aacbench.text.keywords import KeywordTable
from aacbench.text.vocabulary import Vocabulary
from aacbench.training.cross_entropy import CrossEntropy
from aacbench.training.initialise import trained_captioner
from aacbench.training.pretrain import Pretrain
from aacbench.training.self_critical.scst import Scst
from aacbench_maac.settings import MaacSettings, MethodConfig

KEYWORDS = "pretrain-keywords"
OTHERS = {"captions", "scst", "self_critical", "search", "beam_forgets", "trained_encoder"}
"""Settings that do not decide what the network is: those of stages, and of search."""


class Maac(MethodConfig):
    """The method (Ye, Wang, Yang and Zou 2021)."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return the keyword stages, cross-entropy, and self-critical training where it is asked for."""
        settings: MaacSettings = context.settings
        network = settings.model_dump(mode="json", exclude=OTHERS)
        stages: list[Stage] = list(self.keyword_stages(context))
        stages.append(CrossEntropy(self.build, settings.captions, network, shared=True))
        if settings.self_critical:
            train = {"trained_encoder": True} if settings.trained_encoder else {}
            build = partial(self.build, trains_encoder=settings.trained_encoder)
            stages.append(Scst(build, settings.scst, {**network, **train}))
        return stages

    def keyword_stages(self, context: RunContext) -> list[Pretrain]:
        """Return the training of the head on the frozen encoder, where there is one, and of both."""
        settings: MaacSettings = context.settings
        how, choice = settings.keywords, self.encoder(settings)
        objective = how.model_dump(exclude={"captions", "frozen", "head", "whole"})
        if how.captions == "all":
            others = (clip for part in ("validation", "evaluation") for clip in context.clips[part])
            objective["also"] = [caption for clip in others for caption in clip.captions]
        weights = settings.encoder.weights
        if how.head is None:
            return [Pretrain("keywords", choice, how.whole, objective_settings=objective, weights=weights)]
        frozen = {**objective, "frozen": how.frozen}
        head = Pretrain("keywords", choice, how.head, objective_settings=frozen, weights=weights, suffix="head")
        return [head, Pretrain("keywords", choice, how.whole, objective_settings=objective, after=head)]

    def captioner(self, context: RunContext) -> NetworkCaptioner:
        """Return the trained network with beam search."""
        settings: MaacSettings = context.settings
        network = self.network(context, remembers=not settings.beam_forgets)
        return trained_captioner(context, *network, "scst" if settings.self_critical else "cross-entropy")

    def build(self, context: RunContext, trains_encoder: bool = False) -> tuple[EncoderDecoder, Vocabulary]:
        """Return the untrained network with the trained keyword encoder in it."""
        model, vocabulary = self.network(context, load=True)
        if trains_encoder and isinstance(model.encoder, KeywordEncoder):
            model.encoder.requires_grad_(True)
        return model, vocabulary

    def encoder(self, settings: MaacSettings) -> EncoderChoice:
        """Return which encoder the settings ask for."""
        how = settings.encoder.model_dump(exclude={"weights"})
        return EncoderChoice("resnet38", feature_settings(settings.features), how)

    def table(self, context: RunContext) -> KeywordTable:
        """Return the keyword table of the stage, of which the run's folder keeps a copy."""
        kept = context.folder / TABLE_FILE
        stage = context.stages.get(KEYWORDS)
        if stage is not None and (stage / TABLE_FILE).is_file():
            table = KeywordTable.load(stage / TABLE_FILE)
            table.save(kept)
            return table
        return KeywordTable.load(kept)

    def network(
        self, context: RunContext, load: bool = False, remembers: bool = True
    ) -> tuple[EncoderDecoder, Vocabulary]:
        """Return the network and the vocabulary; with `load`, the keyword encoder has the weights of its stage."""
        settings: MaacSettings = context.settings
        vocabulary, table = context.vocabulary(settings.vocabulary_rule, settings.min_count), self.table(context)
        how, choice = settings.keywords, self.encoder(settings)
        keywords = KeywordEncoder(context.encoder(choice), len(table.words), how.hidden, how.dropout, how.pooling)
        if load:
            load_keyword_network(keywords, context.stages[KEYWORDS])
        features: FeatureSettings | FeatureSource = choice.features
        encoder: nn.Module = keywords
        if settings.frozen == "all":
            named = {**choice.settings, "keywords": [how.hidden, how.pooling]}
            source = FrozenEncoder(EncoderChoice("resnet38-keywords", choice.features, named), keywords, context.device)
            features, encoder = source, PrecomputedEncoder(source)
        else:
            keywords.freeze(keywords, "moving")
        options: dict[str, Any] = settings.decoder.model_dump()
        decoder = context.decoder("multimodal-lstm", len(vocabulary), keywords.dim, **options, remembers=remembers)
        bridge = TopWords(table.ids(vocabulary), settings.top) if settings.decoder.keywords else None
        return EncoderDecoder(features, encoder, decoder, bridge), vocabulary
