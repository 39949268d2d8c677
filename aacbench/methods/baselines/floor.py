"""`floor`: the training caption that scores best as a constant answer.

Each distinct training caption is scored by CIDEr-D against the references of every training clip; the best mean wins.
With more than `EXACT` captions, only the `EXACT` ones whose words are most common are tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aacbench.contracts.context import RunContext
from aacbench.methods.baselines.fit import Fit, NoSettings, kept
from aacbench.metrics.cider_d import CiderDReward
from aacbench.text.ptb import tokenize_captions
from aacbench.types import Clip

EXACT = 300
CLIPS = 1000


class Constant:
    """Answers the same for every clip."""

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return the answer once a clip."""
        return [self.answer] * len(clips)


class Floor:
    """The method."""

    settings = NoSettings
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"smoke": {}, "quick": {}, "paper": {}}

    def recipe(self, context: RunContext) -> list[Fit]:
        """One stage: find the caption."""
        return [Fit(_best_constant)]

    def captioner(self, context: RunContext) -> Constant:
        """Return the constant answer."""
        return Constant(kept(context))


def _best_constant(context: RunContext) -> str:
    clips = context.clips["training"][:CLIPS]
    references = [tokenize_captions(clip.captions) for clip in clips]
    captions = sorted({caption for tokens in references for caption in tokens})
    common = Counter(word for caption in captions for word in set(caption.split()))
    ranked = sorted(captions, key=lambda caption: (-_familiarity(caption, common), caption))[:EXACT]
    reward = CiderDReward(references)
    indices = list(range(len(references)))
    means = [float(reward([caption] * len(indices), indices).mean()) for caption in ranked]
    best: str = ranked[max(range(len(ranked)), key=lambda index: (means[index], -index))]
    return best


def _familiarity(caption: str, common: Mapping[str, int]) -> float:
    words = caption.split()
    return sum(common[word] for word in words) / max(1, len(words))
