"""What stages left, in the networks that methods build: an encoder to start from, a trained captioner."""

from __future__ import annotations

from typing import cast

from torch import nn

from aacbench.contracts import CaptioningModel
from aacbench.contracts.context import RunContext
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.models.published import load_published
from aacbench.text.vocabulary import Vocabulary
from aacbench.training.caption_task import load_trained
from aacbench.training.pretrain import load_encoder


def load_start(context: RunContext, encoder: nn.Module, name: str, weights: str | None, objective: str) -> None:
    """Give the encoder called `name` published weights, by name or path; None: those that pretraining left.

    Raises:
        UserError: the weights are not here, or do not fit.
    """
    if weights is None:
        load_encoder(encoder, context.stages[f"pretrain-{objective}"])
    else:
        load_published(context.registries.encoders[name], encoder, weights)


def trained_captioner(
    context: RunContext, model: CaptioningModel, vocabulary: Vocabulary, stage: str = "cross-entropy"
) -> NetworkCaptioner:
    """Return the network with the weights of a stage, searching as the settings' `search` says."""
    load_trained(cast(nn.Module, model), context.stages[stage])
    return NetworkCaptioner(model, vocabulary, context.settings.search, context.device)
