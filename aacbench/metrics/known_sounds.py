"""What captions get right and wrong about sounds that are known: recall, precision, order, counts, properties, and
hallucination after CHAIR (Rohrbach et al. 2018); 0 to 1.

The clips are those of soundscapes, whose generator knows what is heard; their references tell which version they are
of. A caption is read with the generator's own words, so that a synonym it does not have is no mention.

- `event_recall`: of the sounds in the clips, the share that is named. A kind ("an animal") names no sound.
- `event_precision`: of the sounds and kinds named, the share that is there.
- `order_accuracy`: of what is said of the order of two sounds that are there, the share that is right.
- `count_accuracy`, `property_accuracy`: of what is said of how often sounds that are there are heard, and how loud,
  far, high, fast and long, the share that is right.
- `hallucination_rate` (CHAIR-i): of the sounds and kinds named, the share that is not there.
- `hallucinating_captions` (CHAIR-s): the share of captions that name any such.

Shares are of the sums over all clips. Where nothing is said there is nothing to count: 0, and a remark says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aacbench.contracts import Metric
from aacbench.datasets.soundscapes.reading import Reading
from aacbench.datasets.soundscapes.truth import Truth, recognised
from aacbench.metrics.same_items import once_for_items
from aacbench.types import ReferenceSet, Score, ScoringItems

FloatArray = NDArray[np.float64]

_COLUMNS = (
    "hit",
    "present",
    "right",
    "named",
    "ordered",
    "orders",
    "counted",
    "counts",
    "held",
    "properties",
    "invented",
    "hallucinating",
    "captions",
)


@dataclass
class _Shares(Metric):
    """Shares of what is counted; `outputs` are (score, part, whole) by the names of columns."""

    seed: int = 0
    outputs: tuple[tuple[str, str, str], ...] = field(default=(), init=False)
    _truth: Truth | None = field(default=None, init=False)
    _silent: list[str] = field(default_factory=list, init=False)

    def prepare(self, references: ReferenceSet) -> None:
        """Find out which clips these are.

        Raises:
            UserError: what is heard in them is not known.
        """
        self._truth = recognised(references.ids, references.references, self.seed)

    def remarks(self) -> list[str]:
        """Return which scores are 0 because nothing was said."""
        return [f"{name} is 0 for no caption says anything that it counts" for name in self._silent]

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the shares; a clip's own is of what is counted in it alone."""
        counted = self.statistics(items)
        total = counted.sum(axis=0, keepdims=True)
        corpus = self.from_statistics(total)[0].tolist()
        rows = self.from_statistics(counted).T.tolist()
        known = self._known(items)
        signature = {
            "version": 1,
            "tokeniser": "none",
            "sounds": f"soundscapes {known.settings.version}",
            "seed": self.seed,
        }
        self._silent = [name for name, _, whole in self.outputs if not total[0, _COLUMNS.index(whole)]]
        return [
            Score(name, corpus[number], tuple(rows[number]), signature)
            for number, (name, _, _) in enumerate(self.outputs)
        ]

    @once_for_items
    def statistics(self, items: ScoringItems) -> FloatArray:
        """Return what is counted, (items, columns)."""
        known = self._known(items)
        read = [known.reader.read(text) for text in items.candidates]
        rows = [_counted(reading, known, clip) for reading, clip in zip(read, items.ids, strict=True)]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(_COLUMNS))

    def from_statistics(self, statistics: FloatArray) -> FloatArray:
        """Return the scores (R, outputs) of R rows of summed statistics."""
        places = [(_COLUMNS.index(part), _COLUMNS.index(whole)) for _, part, whole in self.outputs]
        parts, wholes = (statistics[:, [pair[side] for pair in places]] for side in (0, 1))
        shares: FloatArray = np.divide(parts, wholes, out=np.zeros_like(parts), where=wholes > 0)
        return shares

    def _known(self, items: ScoringItems) -> Truth:
        return self._truth or recognised(items.ids, items.references, self.seed)


def _counted(reading: Reading, truth: Truth, clip: str) -> list[int]:
    """Return the columns for one caption of a clip."""
    composition = truth.of(clip)
    sounds = {sound.label: sound for sound in composition.sounds}
    named = {*reading.events, *reading.kinds}
    right = named & truth.kinds(composition)
    orders = [holds for relation in reading.relations if (holds := relation.holds(composition)) is not None]
    claims = [claim for claim in reading.claims if claim.label in sounds]
    counts = [claim.holds(sounds[claim.label]) for claim in claims if claim.name == "count"]
    properties = [claim.holds(sounds[claim.label]) for claim in claims if claim.name != "count"]
    return [
        len(sounds.keys() & {*reading.events}),
        len(sounds),
        len(right),
        len(named),
        sum(orders),
        len(orders),
        sum(counts),
        len(counts),
        sum(properties),
        len(properties),
        len(named - right),
        int(named > right),
        1,
    ]


@dataclass
class KnownSounds(_Shares):
    """What is said of sounds that are there; `seed` is the dataset's."""

    def __post_init__(self) -> None:
        self.outputs = (
            ("event_recall", "hit", "present"),
            ("event_precision", "right", "named"),
            ("order_accuracy", "ordered", "orders"),
            ("count_accuracy", "counted", "counts"),
            ("property_accuracy", "held", "properties"),
        )


@dataclass
class Hallucination(_Shares):
    """What is said of sounds that are not there; `seed` is the dataset's."""

    def __post_init__(self) -> None:
        self.outputs = (
            ("hallucination_rate", "invented", "named"),
            ("hallucinating_captions", "hallucinating", "captions"),
        )
