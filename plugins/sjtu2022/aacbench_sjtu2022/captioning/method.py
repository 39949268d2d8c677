"""SJTU's captioning systems as a method: a frozen retrieval encoder, BiGRU, three decoders, SCST, ensembles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aacbench.contracts import Stage
from aacbench.contracts.context import RunContext
from aacbench.inference.captioner import SearchCaptioner
from aacbench.inference.ensemble import EnsembleCaptioner
from aacbench.models.captioning import EncoderDecoder
from aacbench.models.frozen import FrozenEncoder, PrecomputedEncoder
from aacbench.models.layers.recurrent import RecurrentBridge
from aacbench.pretraining.audio_text_retrieval import TrainPair
from aacbench.text.vocabulary import Vocabulary
from aacbench.training.cross_entropy import CrossEntropy
from aacbench.training.initialise import trained_captioner
from aacbench.training.pretrain import load_encoder
from aacbench.training.self_critical.scst import Scst
from aacbench_sjtu2022.captioning.settings import MethodConfig, SjtuSettings
from aacbench_sjtu2022.retrieval.method import SjtuRetrieval

SEED_STEP = 1000  # between the seeds of members with the same decoder
SHARED = {"pair", "layers", "layer_dim", "layer_dropout", "vocabulary_rule", "min_count"}
"""Settings of the network apart from its decoder; the extractor's training is a stage of its own."""


@dataclass(frozen=True)
class MemberDecoder:
    """One network: its decoder, and how many members before it have the same one."""

    decoder: str
    copy: int

    @property
    def label(self) -> str:
        """The decoder and a letter, such as trm-2-a."""
        return f"{self.decoder}-{chr(ord('a') + self.copy)}"


class SjtuCaptioning(MethodConfig):
    """The method (Xu, Xie, Wu and Yu 2022, section 2.1)."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return the extractor's training and each member's; they are shared, so that ensembles find them done."""
        settings: SjtuSettings = context.settings
        pretraining = self.pretraining(settings)
        stages: list[Stage] = [*pretraining]
        before = tuple(stage.name for stage in pretraining)
        for member in self.members(settings):
            stages += self.trainings(context, member, before)
        return stages

    def trainings(self, context: RunContext, member: MemberDecoder, before: tuple[str, ...]) -> list[Stage]:
        """Return a member's stages, which build upon the extractor's, `before`, and upon no other member's."""
        settings: SjtuSettings = context.settings
        build = partial(self.build, decoder=member.decoder)
        network = {
            **settings.model_dump(mode="json", include=SHARED),
            "decoder": [*self.decoder(settings, member.decoder)],
        }
        seed = context.seed + SEED_STEP * member.copy
        start = f"cross-entropy-{member.label}"
        stages: list[Stage] = [
            CrossEntropy(build, settings.captions, network, name=start, shared=True, seed=seed, depends_on=before)
        ]
        if settings.self_critical:
            name, needed = f"scst-{member.label}", (*before, start)
            stages.append(Scst(build, settings.scst, network, start, name, shared=True, seed=seed, depends_on=needed))
        return stages

    def captioner(self, context: RunContext) -> SearchCaptioner:
        """Return the trained network with beam search, or several as an ensemble."""
        settings: SjtuSettings = context.settings
        stage = "scst" if settings.self_critical else "cross-entropy"
        extractor = self.extractor(context)
        captioners = [
            trained_captioner(context, *self.network(context, member.decoder, extractor), f"{stage}-{member.label}")
            for member in self.members(settings)
        ]
        if len(captioners) == 1:
            return captioners[0]
        return EnsembleCaptioner(captioners, settings.search, settings.average)

    def members(self, settings: SjtuSettings) -> list[MemberDecoder]:
        """Return the members, in the settings' order."""
        names = settings.decoders
        return [MemberDecoder(name, names[:place].count(name)) for place, name in enumerate(names)]

    def pretraining(self, settings: SjtuSettings) -> list[TrainPair]:
        """Return the stages of the bi-encoder whose audio encoder is the extractor, the same as in retrieval."""
        return SjtuRetrieval().trainings(settings.retrieval, settings.pair)

    def extractor(self, context: RunContext) -> FrozenEncoder:
        """Return the extractor with random weights."""
        choice = self.pretraining(context.settings)[-1].encoder
        return FrozenEncoder(choice, context.encoder(choice), context.device)

    def build(self, context: RunContext, decoder: str) -> tuple[EncoderDecoder, Vocabulary]:
        """Return the untrained network over the trained extractor."""
        extractor = self.extractor(context)
        load_encoder(extractor.encoder, context.stages[self.pretraining(context.settings)[-1].name])
        return self.network(context, decoder, extractor)

    def network(self, context: RunContext, decoder: str, extractor: FrozenEncoder) -> tuple[EncoderDecoder, Vocabulary]:
        """Return the network with random weights, and the vocabulary."""
        settings: SjtuSettings = context.settings
        vocabulary = context.vocabulary(settings.vocabulary_rule, settings.min_count)
        bridge = RecurrentBridge(
            extractor.dim, settings.layer_dim, settings.layers, settings.layer_dropout, kind="gru", clip="mean"
        )
        name, sizes = self.decoder(settings, decoder)
        words = context.decoder(name, len(vocabulary), bridge.dim, **sizes)
        return EncoderDecoder(extractor, PrecomputedEncoder(extractor), words, bridge), vocabulary

    def decoder(self, settings: SjtuSettings, decoder: str) -> tuple[str, Mapping[str, Any]]:
        """Return a decoder's registered name and its settings."""
        if decoder == "gru":
            return "gru-attention", {**settings.gru.model_dump(), "clip_dim": 2 * settings.layer_dim}
        layers = int(decoder.removeprefix("trm-"))
        return "transformer", {**settings.transformer.model_dump(), "layers": layers, "memory": "normed", "bias": False}
