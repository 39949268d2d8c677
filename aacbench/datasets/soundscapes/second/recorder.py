"""What a recorder does to what it hears: its noise, its band, its steps, its gain.

A recorder is drawn clip by clip: good ones are the most, others sound like a telephone, a worn tape or an old
codec. All by exactly rounded operations, as in `synthesis`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aacbench.datasets.soundscapes.randomness import Floats, Stream
from aacbench.datasets.soundscapes.render import amplitude
from aacbench.datasets.soundscapes.synthesis import highpass, lowpass, tone, wander

_NOISE = (-74.0, -50.0)  # dB: the peak of its own noise
_COLOUR = (-0.8, 2.0)  # its treble, from dull to sharp
_LEVEL = (-10.0, 4.0)  # dB: how it was set
_HUM = (-66.0, -48.0)
_HUMS = 0.2
_STEPS = 128.0  # of a coarse converter, to either side


def _good(stream: Stream, heard: Floats) -> Floats:
    """Nothing is lost."""
    return heard


def _telephone(stream: Stream, heard: Floats) -> Floats:
    """A band from about 300 Hz to 3 kHz."""
    return highpass(lowpass(heard, 5, 2), 41)


def _tape(stream: Stream, heard: Floats) -> Floats:
    """No treble, and a level that wavers."""
    return lowpass(heard, 5) * wander(stream, len(heard), 0.75, 1.1, 0.4)


def _codec(stream: Stream, heard: Floats) -> Floats:
    """No treble, and coarse steps of the louder half."""
    return np.rint(lowpass(heard, 3) * _STEPS) * (1.0 / _STEPS) * 0.5 + lowpass(heard, 3) * 0.5


def _handled(stream: Stream, heard: Floats) -> Floats:
    """A hand at the microphone: everything below 200 Hz is gone, and the loudest is clipped."""
    return np.clip(highpass(heard, 81) * 1.6, -0.35, 0.35)


_RECORDERS: tuple[tuple[int, Callable[[Stream, Floats], Floats]], ...] = (
    (8, _good),
    (2, _telephone),
    (3, _tape),
    (3, _codec),
    (2, _handled),
)


def record(stream: Stream, heard: Floats) -> Floats:
    """Return what a recorder keeps of the samples (T,) that reach it; `stream` draws which one it is."""
    mix = heard + stream.noise(len(heard)) * amplitude(stream.uniform(*_NOISE))
    if stream.chance(_HUMS):
        mains = stream.pick((50.0, 60.0))
        hum = tone(mains, len(heard)) + tone(mains * 3.0, len(heard)) * 0.5
        mix = mix + hum * amplitude(stream.uniform(*_HUM))
    mix = stream.weighted(_RECORDERS)(stream, mix)
    mix = mix + (mix - lowpass(mix, 3)) * stream.uniform(*_COLOUR)
    return mix * amplitude(stream.uniform(*_LEVEL))
