"""Self-critical sequence training (Rennie et al., CVPR 2017) of any captioning network, after cross-entropy.

The loss of a drawn caption is -(r(drawn) - r(greedy)) x sum over its words, EOS included, of log p(word): REINFORCE
with the reward of greedy search as the baseline. Greedy search is always the network's in evaluation mode, as in the
released codes of 003 (wsntxxn/DCASE2022Task6) and 004 (WangHelin1997/DCASE2021_Task6_PKU). How the drawn captions'
network is left to dropout is a setting:

- `off`: evaluation mode too. One batched pass without gradients gives drawn and greedy captions, and teacher forcing
  the gradient. Batch norm keeps its statistics.
- `encoder`: encoder and bridge in training mode, the decoder in evaluation mode (as in 004). One batched pass of the
  decoder, too.
- `sampled`: all in training mode while captions are drawn (as in 003), which takes a pass of its own.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from aacbench.contracts import CaptioningModel, Stage
from aacbench.contracts.context import RunContext
from aacbench.contracts.renamed import accepts_renamed
from aacbench.errors import UserError
from aacbench.runtime.distributed.shards import all_lists, shard, shared_mean
from aacbench.text.vocabulary import Vocabulary
from aacbench.training.caption_task import (
    ARTIFACTS,
    Batch,
    Build,
    CaptionTask,
    caption_inputs,
    load_trained,
    train_captions,
)
from aacbench.training.self_critical.reward import Reward
from aacbench.training.self_critical.rollout import (
    Among,
    caption_mask,
    gradients_in_evaluation,
    log_probabilities,
    roll,
)
from aacbench.training.settings import ScstSettings
from aacbench.types import Encoded

__all__ = ["Scst", "ScstSettings", "ScstTask", "scst_loss"]


class ScstTask(CaptionTask):
    """Draws captions, rewards them against greedy search, and makes the better ones likelier."""

    name = "scst"

    def __init__(
        self, model: CaptioningModel, vocabulary: Vocabulary, settings: ScstSettings, context: RunContext
    ) -> None:
        super().__init__(model, vocabulary, settings, context)
        self.settings = settings
        references = [clip.captions for clip in self.clips["training"]]
        weights = settings.reward or {"cider_d": 1.0}
        known = [*context.registries.metrics]
        self.reward = Reward(weights, references, known, settings.frequencies, context.metric_settings)
        self.frozen = self._frozen() if settings.frozen_encoder else None
        self._noted: list[tuple[float, float, float]] = []

    def losses(self, loaded: Batch) -> Mapping[str, Tensor]:
        """Return the self-critical loss of a batch of items."""
        batch, how = self.augmented(loaded), self.settings
        count = len(batch.clips)
        steps = 1 + how.max_words if how.limit == "max_words" else batch.tokens.shape[1] - 1
        drawn, log_probs, greedy = self._captions(batch, steps)
        rows = (*drawn.tolist(), *greedy.tolist())  # waits for a GPU, so before the clock starts
        begin = time.monotonic()
        captions = [self.vocabulary.decode(row) for row in rows]
        owners = [*(clip for clip in batch.clips for _ in range(how.samples)), *batch.clips]
        rewards = torch.from_numpy(self.reward(captions, owners, all_lists(batch.clips))).to(log_probs)
        sampled, baseline = rewards[:-count], rewards[-count:]
        spent = time.monotonic() - begin
        reward, still = (float(shared_mean(values.mean(), count)) for values in (sampled, baseline))
        self._noted.append((reward, still, spent))
        advantage = sampled - baseline.repeat_interleave(how.samples)
        return {"scst": scst_loss(log_probs, drawn, advantage, how.reduction)}

    def step_metrics(self, seconds: float) -> Mapping[str, float]:
        """Return the mean rewards of drawn and greedy captions, and the reward's share of the step's wall time."""
        count, self._noted, noted = len(self._noted), [], self._noted
        reward, baseline, spent = (sum(column) for column in zip(*noted, strict=True))
        return {"reward": reward / count, "baseline": baseline / count, "reward_share": spent / max(seconds, spent)}

    def _captions(self, batch: Batch, steps: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return drawn tokens (B x samples, L), their log-probabilities with gradients, and greedy tokens (B, L)."""
        how, decoder = self.settings, self.captioning.decoder
        items = torch.arange(len(batch.clips), device=batch.lengths.device)
        rows = items.repeat_interleave(how.samples)
        never, always = torch.zeros_like(rows, dtype=torch.bool), torch.ones_like(items, dtype=torch.bool)
        still = self._encoded(batch, training=False)  # first, before training mode moves batch norm's statistics
        encoded = still if how.dropout == "off" else self._encoded(batch, training=True)
        self._mode(training=False)
        with torch.no_grad():
            if how.dropout == "sampled":
                greedy, _ = roll(decoder, still, always, steps)
            else:
                both, among = encoded.select(rows).join(still), _among(items, how.samples, greedy=True)
                tokens, _ = roll(decoder, both, torch.cat([never, always]), steps, how.temperature, among)
                drawn, greedy = tokens[: len(rows)], tokens[len(rows) :]
        if how.dropout == "sampled":
            self._mode(training=True)
            among = _among(items, how.samples, greedy=False)
            drawn, log_probs = roll(decoder, encoded.select(rows), never, steps, how.temperature, among)
        else:
            with gradients_in_evaluation(self.model):
                log_probs = log_probabilities(decoder, encoded.select(rows), drawn, how.temperature)
        return drawn, log_probs, greedy

    def _encoded(self, batch: Batch, training: bool) -> Encoded:
        """Encode in training or evaluation mode, with gradients where the drawn captions come from it."""
        self._mode(training)
        wanted = training or self.settings.dropout == "off"
        with gradients_in_evaluation(self.model), torch.set_grad_enabled(wanted):
            return self.captioning.encode(batch.features, batch.lengths)

    def _mode(self, training: bool) -> None:
        self.model.train(training)
        if self.frozen is not None:
            self.frozen.eval()

    def _frozen(self) -> nn.Module:
        encoder = getattr(self.model, "encoder", None)
        if not isinstance(encoder, nn.Module):
            raise UserError(f"{type(self.model).__name__} has no `encoder` to freeze; leave frozen_encoder false")
        return encoder.requires_grad_(False)


def _among(items: Tensor, samples: int, greedy: bool) -> Among | None:
    """Return where the rows of this process's items (B,) stand among those of the whole batch: drawn, then greedy."""
    mine = shard()
    if mine is None:
        return None
    drawn = torch.arange(mine.first * samples, mine.last * samples, device=items.device)
    total = mine.total * samples
    if not greedy:
        return Among(drawn, total)
    return Among(torch.cat([drawn, total + mine.first + items]), total + mine.total)


def scst_loss(log_probs: Tensor, tokens: Tensor, advantage: Tensor, reduction: str) -> Tensor:
    """Return -sum of advantage (N,) x log-probabilities (N, L) over the words of tokens (N, L), EOS included.

    `batch` divides by N, `words` by the number of words.
    """
    mask = caption_mask(tokens)
    loss = -(advantage[:, None] * log_probs.masked_fill(~mask, 0.0)).sum()
    count = int(mask.sum()) if reduction == "words" else len(tokens)
    return shared_mean(loss / count, count)


@accepts_renamed(needs="depends_on")
@dataclass(frozen=True)
class Scst(Stage):
    """The stage. It begins with the best weights that the stage `start` left; `build` makes the network they fit.

    `method_inputs` is everything in the method's settings that decides what `build` makes; `shared`, `seed` and
    `depends_on` are as in `CrossEntropy`.
    """

    build: Build
    settings: ScstSettings
    method_inputs: Mapping[str, Any]
    start: str = "cross-entropy"
    name: str = "scst"
    shared: bool = False
    seed: int | None = None
    depends_on: tuple[str, ...] | None = None
    artifacts = ARTIFACTS
    distributed = True

    def label(self, context: RunContext) -> str:
        """Return how tables call it."""
        return "SCST"

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        """Return the method, its settings, the training and validation data, and where it starts."""
        return {**caption_inputs(context, self.settings, self.method_inputs), "start": self.start}

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        """Train in `folder`; the best weights are left in `best.safetensors`. `start` is the monitor's value before."""
        torch.manual_seed(context.seed)
        model, vocabulary = self.build(context)
        load_trained(cast(nn.Module, model), context.stages[self.start], self.settings.start)
        task = ScstTask(model, vocabulary, self.settings, context)
        task.model.to(context.device).eval()
        with torch.no_grad():
            before = task.validate()[self.settings.train.monitor]
        return {"start": before, **train_captions(task, context, folder, self.name)}
