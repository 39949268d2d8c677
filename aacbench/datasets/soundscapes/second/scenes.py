"""The eleven scenes of version 2.0: those of 1.0 and five more, each of which resembles one of them."""

from __future__ import annotations

import numpy as np

from aacbench.datasets.soundscapes.randomness import Floats, Stream
from aacbench.datasets.soundscapes.scenes import SCENES as FIRST
from aacbench.datasets.soundscapes.scenes import Scene
from aacbench.datasets.soundscapes.synthesis import (
    band,
    decay,
    even,
    fades,
    lowpass,
    modes,
    murmur,
    phase,
    place,
    read,
    smooth,
    sparse,
    tone,
    wander,
    wavetable,
)


def _bus(stream: Stream, count: int) -> Floats:
    """A bus: a diesel's slow throb through the floor, and panels that rattle."""
    throb = read(wavetable(0.8, 1.0, 0.5, 0.3, 0.2), phase(wander(stream, count, 23.0, 34.0, 0.9), count))
    rattle = np.zeros(count)
    for start in sparse(stream, count, 9.0):
        place(rattle, modes(500, [(stream.uniform(900.0, 1600.0), 1.0, 0.006)]), start, stream.uniform(0.4, 1.2))
    return even(throb) + murmur(stream, count, 61) * 0.9 + rattle * 0.5


def _restaurant(stream: Stream, count: int) -> Floats:
    """A restaurant: a few voices, and dishes that touch now and then."""
    out = np.zeros(count)
    for _ in range(4):
        syllables = smooth(wander(stream, count, 0.0, 1.0, stream.uniform(0.12, 0.2)))
        out = out + band(stream, count, stream.uniform(350.0, 1200.0), stream.pick((45, 61, 77))) * syllables
    dishes = np.zeros(count)
    for start in sparse(stream, count, 1.8):
        ring = stream.uniform(2600.0, 4600.0)
        place(dishes, modes(1800, [(ring, 1.0, 0.02), (ring * 1.47, 0.6, 0.012)]), start, stream.uniform(1.0, 3.0))
    return out * 0.6 + dishes


def _forest(stream: Stream, count: int) -> Floats:
    """A forest: slow wide air in the crowns, and a branch that creaks."""
    air = band(stream, count, 2600.0, 7) * smooth(wander(stream, count, 0.3, 1.0, 0.9))
    creak = np.zeros(count)
    for start in sparse(stream, count, 0.7):
        length = round(stream.uniform(3000.0, 6000.0))
        pulses = read(wavetable(0.5, 0.7, 1.0, 0.8, 0.6, 0.5), phase(wander(stream, length, 30.0, 70.0, 0.1), length))
        place(creak, pulses * fades(length, 0.08, 0.12), start, stream.uniform(0.2, 0.7))
    return air + creak + murmur(stream, count, 51) * 0.2


def _church(stream: Stream, count: int) -> Floats:
    """A church: hardly anything; a very low hum of the nave, and a pew that cracks."""
    pew = np.zeros(count)
    for start in sparse(stream, count, 0.6):
        place(pew, lowpass(stream.noise(900), 5) * decay(900, 0.008), start, stream.uniform(0.8, 2.0))
    return murmur(stream, count, 121) + tone(stream.uniform(58.0, 66.0), count) * 0.4 + pew


def _workshop(stream: Stream, count: int) -> Floats:
    """A workshop: a compressor's beat, a whine, and metal that is put down."""
    beat = tone(stream.uniform(6.0, 9.0), count) * 0.5 + 0.6
    machine = even(lowpass(stream.noise(count), 13)) * beat + tone(stream.uniform(1150.0, 1350.0), count) * 0.2
    metal = np.zeros(count)
    for start in sparse(stream, count, 0.9):
        ring = stream.uniform(700.0, 1900.0)
        place(metal, modes(3200, [(ring, 1.0, 0.05), (ring * 2.31, 0.7, 0.03)]), start, stream.uniform(0.5, 1.5))
    return machine + metal


_ADDED = (
    Scene("bus", _bus, -42.0, 0.12, 0.4, ((0.0059, 0.5), (0.0127, 0.4), (0.0191, 0.3))),
    Scene("restaurant", _restaurant, -44.0, 0.3, 0.8, ((0.0149, 0.5), (0.0313, 0.4), (0.0571, 0.3))),
    Scene("forest", _forest, -46.0, 0.05, 0.35, ((0.047, 0.35), (0.131, 0.25), (0.223, 0.15))),
    Scene(
        "church",
        _church,
        -50.0,
        0.5,
        1.1,
        ((0.041, 0.6), (0.089, 0.6), (0.157, 0.55), (0.241, 0.5), (0.347, 0.45), (0.479, 0.4), (0.631, 0.3)),
    ),
    Scene("workshop", _workshop, -43.0, 0.25, 0.7, ((0.0179, 0.5), (0.0367, 0.45), (0.0683, 0.35))),
)
SCENES: dict[str, Scene] = {scene.label: scene for scene in (*FIRST.values(), *_ADDED)}
RESEMBLING = {
    "street": "bus",
    "park": "forest",
    "kitchen": "workshop",
    "station": "restaurant",
    "office": "church",
    "seaside": "park",
    "bus": "street",
    "restaurant": "station",
    "forest": "park",
    "church": "office",
    "workshop": "kitchen",
}
"""The scene whose background is faintly heard, too: where recordings of scenes are confused."""
