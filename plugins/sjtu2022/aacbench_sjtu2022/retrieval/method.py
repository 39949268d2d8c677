"""SJTU's retrieval systems as a method: each pair is pretrained and fine-tuned, an ensemble averages similarities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aacbench.audio import feature_settings
from aacbench.contracts import DatasetOptions, EncoderChoice, Retriever, Stage
from aacbench.contracts.context import RunContext
from aacbench.inference.retriever import EnsembleRetriever, NetworkRetriever
from aacbench.pretraining.audio_text_retrieval import AudioTextRetrieval, TrainPair, reopen_pair
from aacbench_sjtu2022.retrieval.settings import (
    AudioSettings,
    MethodConfig,
    SjtuRetrievalSettings,
    StageSettings,
    TextSizes,
)
from aacbench_sjtu2022.retrieval.variants import PAIRS

OBJECTIVE = "audio-text-retrieval"
SEED_STEP = 1000  # between the seeds of copies of a pair


def copies(pairs: Sequence[str]) -> list[tuple[str, int]]:
    """Return each pair with how often it came before."""
    return [(pair, pairs[:index].count(pair)) for index, pair in enumerate(pairs)]


class SjtuRetrieval(MethodConfig):
    """The method (Xu, Xie, Wu and Yu 2022, section 2.2)."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return the trainings of each pair; they are shared, so that an ensemble finds those that were done."""
        stages: list[Stage] = []
        for pair, copy in copies(context.settings.pairs):
            stages += self.trainings(context.settings, pair, copy, context.seed)
        return stages

    def retriever(self, context: RunContext) -> Retriever:
        """Return the trained pair, or the mean of several."""
        members = [self.member(context, pair, copy) for pair, copy in copies(context.settings.pairs)]
        return members[0] if len(members) == 1 else EnsembleRetriever(members)

    def member(self, context: RunContext, pair: str, copy: int = 0) -> NetworkRetriever:
        """Return one trained pair."""
        *_, last = self.trainings(context.settings, pair, copy, context.seed)
        objective = AudioTextRetrieval(**last.objective_settings)
        choice = last.encoder
        model = reopen_pair(choice.features, context.encoder(choice), context.stages[last.name], objective)
        return NetworkRetriever(model, context.device)

    def trainings(self, settings: SjtuRetrievalSettings, pair: str, copy: int = 0, seed: int = 0) -> list[TrainPair]:
        """Return a pair's stages: pretraining, where it is asked for, and fine-tuning.

        A pair that comes again is trained from another seed: `copy` counts those before it, `seed` is the run's.
        """
        first = None
        more: dict[str, Any] = {}
        if copy:
            more = {"seed": seed + SEED_STEP * copy, "suffix": f"-{chr(ord('a') + copy)}"}
        if settings.pretrain is not None:
            first = self.training(settings, pair, settings.pretrain, "pretrain", None, **more)
        last = self.training(settings, pair, settings.finetune, "finetune", first, **more)
        return [last] if first is None else [first, last]

    def training(
        self,
        settings: SjtuRetrievalSettings,
        pair: str,
        how: StageSettings,
        label: str,
        after: TrainPair | None,
        seed: int | None = None,
        suffix: str = "",
    ) -> TrainPair:
        """Return one stage; the first of a pair starts from published weights, where the settings name some."""
        name = PAIRS[pair][0]
        audio: AudioSettings = getattr(settings, name.replace("-", "_"))
        return TrainPair(
            objective=OBJECTIVE,
            encoder=EncoderChoice(name, feature_settings(audio.features), dict(audio.settings)),
            train=how.train,
            dataset=how.dataset,
            objective_settings=self.objective(settings, pair, how),
            options=DatasetOptions(version=how.version, settings=how.dataset_settings),
            weights=audio.weights if after is None else None,
            after=after,
            suffix=f"{pair}-{label}{suffix}",
            seed=seed,
        )

    def objective(self, settings: SjtuRetrievalSettings, pair: str, how: StageSettings) -> dict[str, Any]:
        """Return the settings of the objective."""
        heard, name = PAIRS[pair]
        audio: AudioSettings = getattr(settings, heard.replace("-", "_"))
        sizes: TextSizes = getattr(settings, name.replace("-", "_"))
        common = {"dim", "temperature", "crop_seconds", "captions", "other_captions", "reduction"}
        text = {"name": name, "max_tokens": settings.max_tokens, **sizes.model_dump()}
        more = {"audio_dropout": audio.dropout} if audio.dropout else {}
        return {**settings.model_dump(include=common), "batch_size": how.batch_size, "text": text, **more}
