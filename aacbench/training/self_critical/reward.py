"""What a caption is worth in self-critical training: any metric with a value per caption, or a weighted mix.

Captions are scored against all references of their clip. CIDEr-D, alone or inside SPIDEr, takes its document
frequencies from the development references, as corpus CIDEr-D does from its own, or from the clips of the batch. With
a batch's frequencies an idf is at most log(clips), so rewards are not on the scale of corpus CIDEr-D.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aacbench.contracts import Metric, MetricSpec
from aacbench.errors import UserError, first_few
from aacbench.metrics.cider_d import CiderDReward
from aacbench.scoring.core import build, run_metric
from aacbench.scoring.select import select
from aacbench.text.ptb import tokenize_captions
from aacbench.training.settings import Frequencies
from aacbench.types import Score, ScoringItems

FloatArray = NDArray[np.float64]
CIDER = "cider_d"


class Reward:
    """`weights` maps score names (`cider_d`, `spider`, `bleu_4`) to their weights; `references` is one list a clip.

    Raises:
        UserError: a name is unknown, no weight is left, or a clip has no reference.
    """

    def __init__(
        self,
        weights: Mapping[str, float],
        references: Sequence[Sequence[str]],
        known: Sequence[MetricSpec],
        frequencies: Frequencies = "development",
    ) -> None:
        self.weights = {name: weight for name, weight in weights.items() if weight}
        self.frequencies = frequencies
        specs = select(list(self.weights) or None, known).specs if self.weights else ()
        outputs = [name for spec in specs for name in spec.outputs]
        wrong = [name for name in self.weights if name not in outputs]
        if wrong or not self.weights:
            raise UserError(
                f"a reward weighs scores by name, such as cider_d=1 or cider_d=0.5 and spice=0.5; got {dict(weights)}"
                + (f", where {first_few(wrong)} is no single score" if wrong else "")
            )
        self.raw = [tuple(captions) for captions in references]
        tokens = iter(tokenize_captions([caption for captions in self.raw for caption in captions]))
        self.tokens = [tuple(next(tokens) for _ in captions) for captions in self.raw]
        self.metrics: list[tuple[MetricSpec, Metric | None]] = [
            (spec, None if spec.name == CIDER else _metric(spec)) for spec in specs
        ]
        whole = frequencies == "development" and any(spec.name == CIDER for spec in specs)
        self.cider = CiderDReward(self.tokens) if whole else None

    def __call__(self, captions: Sequence[str], clips: Sequence[int], batch: Sequence[int] | None = None) -> FloatArray:
        """Return the reward (N,) of N captions, each against the references of its clip, an index into them.

        `batch` are the clips that document frequencies "batch" are counted in; by default those of the captions.

        Raises:
            UserError: a score has no values per caption.
        """
        tokens = tokenize_captions(captions)
        if list(self.weights) == [CIDER]:  # no items to build
            return self.weights[CIDER] * self._cider(tokens, clips, batch or clips)
        items = ScoringItems(
            ids=tuple(map(str, range(len(captions)))),
            candidates=tuple(captions),
            references=tuple(self.raw[clip] for clip in clips),
            candidate_tokens=tuple(tokens),
            reference_tokens=tuple(self.tokens[clip] for clip in clips),
        )
        scores = self._scores(items, clips, batch or clips)
        total = np.zeros(len(captions))
        for name, weight in self.weights.items():
            total += weight * self._rows(scores[name])
        return total

    def _scores(self, items: ScoringItems, clips: Sequence[int], batch: Sequence[int]) -> dict[str, Score]:
        done: dict[str, Score] = {}
        for spec, metric in self.metrics:
            if metric is None:
                rows = self._cider(items.candidate_tokens, clips, batch)
                done[CIDER] = Score(CIDER, float(rows.mean()), tuple(rows.tolist()))
                continue
            makers = {
                need: next((s.outputs for s, _ in self.metrics if s.name == need), (need,)) for need in spec.requires
            }
            needed = {name: done[name] for names in makers.values() for name in names}
            done.update({score.name: score for score in run_metric(spec, metric, items, needed)})
        return done

    def _cider(self, tokens: Sequence[str], clips: Sequence[int], batch: Sequence[int]) -> FloatArray:
        if self.cider is not None:
            return self.cider(tokens, clips)
        here = sorted(set(batch))  # each clip is one document, however often it comes
        place = {clip: row for row, clip in enumerate(here)}
        return CiderDReward([self.tokens[clip] for clip in here])(tokens, [place[clip] for clip in clips])

    def _rows(self, score: Score) -> FloatArray:
        if score.items is None:
            raise UserError(f"{score.name} has no value per caption, so it cannot be a reward; cider_d and spider have")
        return np.asarray(score.items, np.float64)


def _metric(spec: MetricSpec) -> Metric:
    engine = "native" if "native" in spec.engines else spec.engines[0]
    return build(spec, engine, {"spice": {"keep": False}})  # what is sampled once is not worth a place in the cache
