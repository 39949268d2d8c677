"""The method: nothing is trained, a CLAP model of the hub embeds clips and texts.

A clip that is longer than the model hears at once is heard in full: its vector is the mean over windows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aacbench.contracts import NetworkCosts, Retriever, Stage
from aacbench.contracts.context import RunContext
from aacbench.inference.macs import TWENTY_WORDS, multiply_accumulates, noise_clip, parameter_count
from aacbench.metrics.clap_model import Clap
from aacbench.types import Clip
from aacbench_hub.names import settle
from aacbench_hub.retrieval.outline import MethodConfig
from aacbench_hub.retrieval.settings import HubRetrievalSettings

WHAT = "CLAP model"


class HubRetrieval(MethodConfig):
    """A CLAP model of the hub."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Nothing to train; the settings are told which commit the model is of."""
        context.settings = settle(context.settings, WHAT)
        return []

    def retriever(self, context: RunContext) -> Retriever:
        """Return the loaded model; raises `UserError` where it cannot be."""
        return ClapRetriever(settle(context.settings, WHAT), context.device)


class ClapRetriever:
    """Embeds with a CLAP model: vectors of length 1, whose products are cosines."""

    def __init__(self, settings: HubRetrievalSettings, device: str) -> None:
        revision = settings.revision
        self.cache_key = f"{settings.model} {revision}"
        self.clap = Clap(settings.model, revision, device, settings.batch_size, "model")

    def embed_clips(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        """Return one embedding a clip (N, D), each heard in full."""
        return np.stack(self.clap.clips([clip.audio for clip in clips])).astype(np.float32)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one embedding a text (N, D)."""
        vectors = self.clap.texts(texts)
        return np.stack([vectors[text] for text in texts]).astype(np.float32)

    def network_costs(self) -> NetworkCosts:
        """Return the weights, and the multiply-accumulates of hearing a clip of 10 s and of reading 20 words."""
        clip_macs = multiply_accumulates(lambda: self.embed_clips([noise_clip()]))
        words_macs = multiply_accumulates(lambda: self.embed_texts([TWENTY_WORDS]))
        return NetworkCosts(parameter_count(self.clap.model), clip_macs, words_macs)
