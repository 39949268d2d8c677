"""The two dozen event classes: their family, whether they come in strokes or last, and how they may vary.

Times are in seconds. A repeated event has one to five strokes that can be counted; a sustained event lasts.
`pitch` and `pace` say whether a class may be high or low, fast or slow enough to be worth a word.
"""

from __future__ import annotations

from dataclasses import dataclass

from aacbench.datasets.soundscapes.voices import Voice, animals, impulsive, machines, noisy, tonal


@dataclass(frozen=True)
class EventClass:
    """An event class. `stroke` is the range of one stroke's length, `gap` of the pause to the next."""

    label: str
    family: str
    voice: Voice
    stroke: tuple[float, float] | None = None
    gap: tuple[float, float] = (0.0, 0.0)
    pitch: bool = False
    pace: bool = False
    scenes: tuple[str, ...] = ()

    @property
    def sustained(self) -> bool:
        """Whether the event lasts rather than being counted."""
        return self.stroke is None


_CLASSES = (
    EventClass("door knock", "impulsive", impulsive.knock, (0.20, 0.24), (0.04, 0.16), pace=True, scenes=("office",)),
    EventClass("hand clap", "impulsive", impulsive.clap, (0.14, 0.18), (0.14, 0.34), pace=True),
    EventClass("gunshot", "impulsive", impulsive.gunshot, (0.55, 0.75), (0.0, 0.15)),
    EventClass("glass clink", "impulsive", impulsive.clink, (0.40, 0.55), (0.0, 0.2), scenes=("kitchen",)),
    EventClass("footsteps", "impulsive", impulsive.footsteps, pace=True, scenes=("station", "office")),
    EventClass("bell", "tonal", tonal.bell, (0.80, 1.05), (0.0, 0.1), pitch=True, scenes=("station", "street")),
    EventClass("siren", "tonal", tonal.siren, pace=True, scenes=("street",)),
    EventClass("beep", "tonal", tonal.beep, (0.13, 0.24), (0.12, 0.25), pitch=True, scenes=("office", "kitchen")),
    EventClass("car horn", "tonal", tonal.horn, (0.28, 0.5), (0.1, 0.25), pitch=True, scenes=("street",)),
    EventClass("piano", "tonal", tonal.piano, (0.40, 0.6), (0.0, 0.06), pitch=True),
    EventClass("rain", "noisy", noisy.rain, scenes=("street", "park", "seaside")),
    EventClass("wind", "noisy", noisy.wind, scenes=("park", "seaside")),
    EventClass("fire", "noisy", noisy.fire, scenes=("park", "kitchen")),
    EventClass("thunder", "noisy", noisy.thunder, scenes=("park", "seaside")),
    EventClass("applause", "noisy", noisy.applause, scenes=("station",)),
    EventClass("dog bark", "animal", animals.dog, (0.18, 0.26), (0.1, 0.3), pitch=True, scenes=("street", "park")),
    EventClass(
        "bird chirp",
        "animal",
        animals.bird,
        (0.26, 0.40),
        (0.08, 0.3),
        pitch=True,
        scenes=("park", "seaside"),
    ),
    EventClass("cat meow", "animal", animals.cat, (0.50, 0.75), (0.1, 0.25), pitch=True, scenes=("kitchen",)),
    EventClass("frog croak", "animal", animals.frog, (0.30, 0.45), (0.1, 0.25), pitch=True, scenes=("park",)),
    EventClass("crickets", "animal", animals.cricket, pace=True, scenes=("park",)),
    EventClass("engine", "mechanical", machines.engine, pitch=True, scenes=("street",)),
    EventClass("drill", "mechanical", machines.drill, pitch=True, scenes=("street", "office")),
    EventClass("clock tick", "mechanical", machines.clock, pace=True, scenes=("kitchen", "office")),
    EventClass("helicopter", "mechanical", machines.helicopter, scenes=("seaside", "street")),
)

EVENTS = {kind.label: kind for kind in _CLASSES}
FAMILIES = ("impulsive", "tonal", "noisy", "animal", "mechanical")
