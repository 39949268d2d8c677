"""What a caption is worth in self-critical training: any metric with a value per caption, or a weighted mix.

Captions are scored against all references of their clip. CIDEr-D, alone or inside SPIDEr, takes its document
frequencies from the development references, as corpus CIDEr-D does from its own, or from the clips of the batch. With
a batch's frequencies an idf is at most log(clips), so rewards are not on the scale of corpus CIDEr-D.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError, first_few
from aacbench.scoring.scorer import MetricSettings, Scorer
from aacbench.scoring.select import select
from aacbench.scoring.tokens import reference_set
from aacbench.text.ptb import tokenize_captions
from aacbench.training.settings import Frequencies
from aacbench.types import Score

FloatArray = NDArray[np.float64]
SETTINGS: MetricSettings = {"spice": {"keep": False}}  # what is sampled once is not worth a place in the cache


class Reward:
    """`weights` maps score names (`cider_d`, `spider`, `bleu_4`) to their weights; `references` is one list a clip.

    The metrics are made once, with `settings` by spec name, and prepared with the references: of all clips, or, where
    frequencies are those of the "batch", of each batch's.

    Raises:
        UserError: a name is unknown, no weight is left, or a clip has no reference.
    """

    def __init__(
        self,
        weights: Mapping[str, float],
        references: Sequence[Sequence[str]],
        known: Sequence[MetricSpec],
        frequencies: Frequencies = "development",
        settings: MetricSettings | None = None,
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
        self.scorer = Scorer(specs, settings={**SETTINGS, **(settings or {})})
        self.references = reference_set([*map(str, range(len(references)))], references)
        if frequencies == "development":
            self.scorer.prepare(self.references)

    def __call__(self, captions: Sequence[str], clips: Sequence[int], batch: Sequence[int] | None = None) -> FloatArray:
        """Return the reward (N,) of N captions, each against the references of its clip, an index into them.

        `batch` are the clips that document frequencies "batch" are counted in; by default those of the captions.

        Raises:
            UserError: a score has no values per caption.
        """
        if self.frequencies == "batch":
            self.scorer.prepare(self.references.select(sorted({*(batch or clips)})))  # a clip is one document
        tokens = tokenize_captions(captions)
        scores = self.scorer(self.references.with_candidates(clips, captions, tokens))
        total = np.zeros(len(captions))
        for name, weight in self.weights.items():
            total += weight * self._rows(scores[name])
        return total

    def _rows(self, score: Score) -> FloatArray:
        if score.items is None:
            raise UserError(f"{score.name} has no value per caption, so it cannot be a reward; cider_d and spider have")
        return np.asarray(score.items, np.float64)
