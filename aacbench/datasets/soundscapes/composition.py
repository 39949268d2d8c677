"""What happens in a clip: its length, its scene, and one to three sounds with their times and properties.

Times are in seconds. Sounds are ordered by onset. Two sounds either overlap by at least 0.3 s or are apart by
at least 0.15 s, so that their temporal relation is never a matter of opinion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from aacbench.datasets.soundscapes.events import EVENTS, EventClass
from aacbench.datasets.soundscapes.randomness import Stream
from aacbench.datasets.soundscapes.scenes import SCENES
from aacbench.datasets.soundscapes.settings import SPLITS, SoundscapesSettings

COMPOSITION, WORDING, AUDIO = range(3)  # the three independent streams of a clip

Ranges = Mapping[str | None, tuple[float, float]]
"""Factors from the lowest to the highest by property, None where nothing stands out."""

_EDGE = 0.15
_APART = 0.2
_LAYOUTS = (
    (7, "one"),
    (6, "sequence"),
    (4, "overlap"),
    (3, "sequence of three"),
    (2, "overlap, then one"),
    (2, "two over one"),
)
_PITCH: Ranges = {"low": (0.62, 0.7), None: (0.94, 1.06), "high": (1.42, 1.58)}
_PACE: Ranges = {"slow": (0.62, 0.7), None: (0.95, 1.05), "fast": (1.6, 1.8)}


@dataclass(frozen=True)
class Sound:
    """One sound of a clip. A word is None where nothing stands out; `strokes` are relative to `onset`."""

    label: str
    onset: float
    duration: float
    strokes: tuple[float, ...] = ()
    count: str | None = None  # "once", "twice", "several"; None where the sound lasts
    loudness: str | None = None  # "loud", "faint"
    distance: str | None = None  # "near", "far"
    pitch: str | None = None  # "high", "low"
    pace: str | None = None  # "fast", "slow"
    extent: str | None = None  # "long", "short", of sounds that last
    pitch_factor: float = 1.0
    pace_factor: float = 1.0
    gain: float = 0.0  # dB of root mean square relative to full scale

    @property
    def offset(self) -> float:
        """When the sound ends."""
        return self.onset + self.duration


@dataclass(frozen=True)
class Composition:
    """A clip before it is rendered and worded: its length in seconds, scene and sounds by onset."""

    seconds: float
    scene: str
    sounds: tuple[Sound, ...]


def overlapping(first: Sound, second: Sound) -> bool:
    """Return whether two sounds are heard at the same time."""
    return first.onset < second.offset and second.onset < first.offset


def clip_stream(settings: SoundscapesSettings, split: str, index: int, purpose: int) -> Stream:
    """Return the stream of one purpose of one clip; clips and purposes do not affect one another."""
    return Stream(settings.seed, SPLITS.index(split), index, purpose)


def compose(settings: SoundscapesSettings, split: str, index: int) -> Composition:
    """Return what happens in a clip."""
    stream = clip_stream(settings, split, index, COMPOSITION)
    seconds = round(stream.uniform(settings.min_seconds, settings.max_seconds), 2)
    scene = stream.pick(tuple(SCENES))
    layout = stream.weighted(_LAYOUTS)
    return Composition(seconds, scene, by_onset(Layout(stream, seconds, scene).sounds(layout)))


def by_onset(sounds: Iterable[Sound]) -> tuple[Sound, ...]:
    """Return the sounds in the order in which they are told."""
    return tuple(sorted(sounds, key=lambda sound: (sound.onset, sound.label)))


@dataclass
class Layout:
    """Places sounds of different classes into a clip."""

    classes: ClassVar[Mapping[str, EventClass]] = EVENTS
    pitches: ClassVar[Ranges] = _PITCH
    paces: ClassVar[Ranges] = _PACE
    stream: Stream
    seconds: float
    scene: str
    used: list[str] = field(default_factory=list)

    def sounds(self, layout: str) -> list[Sound]:
        """Return the sounds of a named layout."""
        span = (_EDGE, self.seconds - _EDGE)
        if layout == "one":
            return [self.within(span)]
        if layout == "sequence":
            return self.row(span, 2)
        if layout == "sequence of three":
            return self.row(span, 3)
        if layout == "overlap":
            return self.pair(span)
        if layout == "overlap, then one":
            middle = span[0] + (span[1] - span[0]) * self.stream.uniform(0.55, 0.62)
            return [*self.pair((span[0], middle - _APART)), self.within((middle, span[1]))]
        bed = self.bed(span)
        return [bed, *self.row((bed.onset + 0.4, bed.offset - 0.2), 2)]

    def row(self, span: tuple[float, float], count: int) -> list[Sound]:
        """Return sounds one after the other, each within its share of the span."""
        share = (span[1] - span[0] + _APART) / count
        starts = [span[0] + share * number for number in range(count)]
        return [self.within((start, start + share - _APART)) for start in starts]

    def pair(self, span: tuple[float, float]) -> list[Sound]:
        """Return a sound that lasts over most of the span, and another within it."""
        bed = self.bed(span)
        return [bed, self.within((bed.onset + 0.3, bed.offset - 0.1))]

    def bed(self, span: tuple[float, float]) -> Sound:
        """Return a sound that lasts over nearly the whole span; softer, for others are heard over it."""
        kind = self.choose(sustained=True)
        onset = span[0] + self.stream.uniform(0.0, 0.1)
        duration = span[1] - onset - self.stream.uniform(0.0, 0.1)
        return self.finish(kind, onset, duration, (), bed=True)

    def within(self, span: tuple[float, float]) -> Sound:
        """Return a sound somewhere within the span, as long as it fits."""
        room = span[1] - span[0]
        kind = self.choose(sustained=None)
        if kind.stroke is None:
            duration = min(room, max(1.0, room * self.stream.uniform(0.45, 1.0)))
            strokes: tuple[float, ...] = ()
        else:
            duration, strokes = self.strokes(kind, kind.stroke, room)
        onset = span[0] + self.stream.uniform(0.0, room - duration)
        return self.finish(kind, onset, duration, strokes)

    def choose(self, sustained: bool | None) -> EventClass:
        """Draw a class not yet in the clip; classes at home in the scene are twice as likely."""
        kinds = [kind for kind in self.classes.values() if kind.label not in self.used]
        if sustained is not None:
            kinds = [kind for kind in kinds if kind.sustained == sustained]
        kind = self.stream.weighted([(self.weight(kind), kind) for kind in kinds])
        self.used.append(kind.label)
        return kind

    def weight(self, kind: EventClass) -> int:
        """Return how likely a class is drawn, relative to the others."""
        return 2 if self.scene in kind.scenes else 1

    def strokes(self, kind: EventClass, stroke: tuple[float, float], room: float) -> tuple[float, tuple[float, ...]]:
        """Return the duration and the stroke onsets of a counted event: one, two, or three to five."""
        length = self.stream.uniform(*stroke)
        spacing = length + self.stream.uniform(*kind.gap)
        wanted = self.stream.weighted(((4, 1), (4, 2), (2, 3), (2, 4), (2, 5)))
        fitting = 1 + max(0, int((room - length) / spacing))
        count = min(wanted, fitting)
        onsets = tuple(round(number * spacing, 4) for number in range(count))
        return min(room, onsets[-1] + length), onsets

    def finish(
        self, kind: EventClass, onset: float, duration: float, strokes: tuple[float, ...], bed: bool = False
    ) -> Sound:
        """Draw the properties of a placed sound."""
        distance = self.stream.weighted(((3, "near"), (6, None), (4, "far")))
        loudness = self.stream.weighted(_LOUDNESS[distance])
        if bed and loudness == "loud":
            loudness = None
        varied = ((2, "low"), (3, None), (2, "high"))
        pitch = self.stream.weighted(varied) if kind.pitch else None
        pace = self.stream.weighted(((2, "slow"), (3, None), (2, "fast"))) if kind.pace and not strokes else None
        base = {"loud": -15.0, None: -21.5, "faint": -27.5}[loudness]
        return Sound(
            label=kind.label,
            onset=round(onset, 3),
            duration=round(duration, 3),
            strokes=strokes,
            count={0: None, 1: "once", 2: "twice"}.get(len(strokes), "several"),
            loudness=loudness,
            distance=distance,
            pitch=pitch,
            pace=pace,
            extent=_extent(duration / self.seconds) if not strokes else None,
            pitch_factor=self.stream.uniform(*self.pitches[pitch]),
            pace_factor=self.stream.uniform(*self.paces[pace]),
            gain=base + self.stream.uniform(-1.5, 1.5) - (2.0 if distance == "far" else 0.0),
        )


_LOUDNESS: dict[str | None, tuple[tuple[int, str | None], ...]] = {
    "near": ((4, "loud"), (4, None)),
    None: ((3, "loud"), (5, None), (3, "faint")),
    "far": ((4, None), (4, "faint")),
}


def _extent(share: float) -> str | None:
    return "long" if share > 0.7 else "short" if share < 0.35 else None
