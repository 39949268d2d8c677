"""What captions get right and wrong about sounds that are known: recall, precision, order, counts, properties, and
hallucination after CHAIR (Rohrbach et al. 2018); 0 to 1.

The clips are those of soundscapes, see `aacbench.metrics.known_shares`.

- `event_recall`: of the sounds in the clips, the share that is named. A kind ("an animal") names no sound.
- `event_precision`: of the sounds and kinds named, the share that is there.
- `order_accuracy`: of what is said of the order of two sounds that are there, the share that is right.
- `count_accuracy`, `property_accuracy`: of what is said of how often sounds that are there are heard, and how loud,
  far, high, fast and long, the share that is right.
- `hallucination_rate` (CHAIR-i): of the sounds and kinds named, the share that is not there.
- `hallucinating_captions` (CHAIR-s): the share of captions that name any such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aacbench.datasets.soundscapes.reading import Reading
from aacbench.datasets.soundscapes.truth import Truth
from aacbench.metrics.known_shares import KnownShares
from aacbench.types import ScoringItems

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
class _Said(KnownShares):
    columns = _COLUMNS

    def counted(self, items: ScoringItems, known: Truth) -> list[Sequence[float]]:
        """Return the columns for each caption."""
        read = [known.reader.read(text) for text in items.candidates]
        return [_counted(reading, known, clip) for reading, clip in zip(read, items.ids, strict=True)]


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
class KnownSounds(_Said):
    """What is said of sounds that are there; `seed` is the dataset's."""

    shares = (
        ("event_recall", "hit", "present"),
        ("event_precision", "right", "named"),
        ("order_accuracy", "ordered", "orders"),
        ("count_accuracy", "counted", "counts"),
        ("property_accuracy", "held", "properties"),
    )


@dataclass
class Hallucination(_Said):
    """What is said of sounds that are not there; `seed` is the dataset's."""

    shares = (
        ("hallucination_rate", "invented", "named"),
        ("hallucinating_captions", "hallucinating", "captions"),
    )
