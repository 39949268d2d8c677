"""From a composition to samples: each sound at its time and level, reverberation, and the scene's background.

The result is 16-bit mono PCM at 16 kHz, the same to the bit on every platform.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from aacbench.datasets.soundscapes.composition import AUDIO, Composition, Sound, clip_stream, compose
from aacbench.datasets.soundscapes.events import EVENTS
from aacbench.datasets.soundscapes.randomness import Floats, Stream
from aacbench.datasets.soundscapes.scenes import SCENES, Scene, reverberate
from aacbench.datasets.soundscapes.settings import SoundscapesSettings
from aacbench.datasets.soundscapes.synthesis import even, level, lowpass, place, samples
from aacbench.datasets.soundscapes.voices import Draw, Voice

_PEAK = 0.8  # of full scale, for one sound
_BACKGROUND_SPREAD = 5.0  # dB up or down
_RECORDER = 9  # the stream of the recorder's own noise, whose peak (dB) differs from clip to clip
_RECORDER_NOISE = (-74.0, -52.0)
_COLOUR = (-0.8, 2.0)  # the recorder's treble, from dull to sharp
_HEARD = 0.02  # of the peak: below it a sound counts as silent when its level is measured


def amplitude(decibels: float) -> float:
    """Return 10**(dB/20) within 0.1 dB from exact operations: powers of two and a parabola between them."""
    octaves = decibels / 6.020599913279624
    whole = int(octaves // 1.0)
    rest = octaves - whole
    return math.ldexp(1.0 + rest * (0.656 + rest * 0.344), whole)


def render(settings: SoundscapesSettings, split: str, index: int) -> NDArray[np.int16]:
    """Return the samples of a clip, int16 of shape (samples,)."""
    stream = clip_stream(settings, split, index, AUDIO)
    return render_composition(compose(settings, split, index), stream)


def render_composition(composition: Composition, stream: Stream) -> NDArray[np.int16]:
    """Return the samples of a composition; `stream` draws what it leaves open."""
    scene = SCENES[composition.scene]
    count = samples(composition.seconds)
    mix = even(scene.background(stream.child(0), count)) * amplitude(
        scene.level + stream.uniform(-_BACKGROUND_SPREAD, _BACKGROUND_SPREAD)
    )
    mix = mix + stream.child(_RECORDER).noise(count) * amplitude(stream.uniform(*_RECORDER_NOISE))
    send = np.zeros(count)
    for number, sound in enumerate(composition.sounds, start=1):
        signal = sound_signal(sound, stream.child(number))
        place(mix, signal, samples(sound.onset))
        place(send, signal, samples(sound.onset), wetness(scene, sound))
    mix = mix + reverberate(send, scene.echoes)
    mix = mix + (mix - lowpass(mix, 3)) * stream.uniform(*_COLOUR)
    return np.rint(np.clip(mix, -1.0, 1.0) * 32767.0).astype(np.int16)


def sound_signal(sound: Sound, stream: Stream, voice: Voice | None = None) -> Floats:
    """Return one sound without its surroundings at its level, dulled if it is far away; None is 1.0's voice of it."""
    count = samples(sound.duration)
    voice = voice or EVENTS[sound.label].voice
    live = stream.child(0)
    if sound.strokes:
        signal = np.zeros(count)
        starts = [samples(onset) for onset in sound.strokes]
        length = count - starts[-1]
        for start in starts:
            draw = Draw(stream.child(1), live, sound.pitch_factor, sound.pace_factor)
            place(signal, even(voice(draw, length)), start, live.uniform(0.85, 1.0))
    else:
        signal = voice(Draw(stream.child(1), live, sound.pitch_factor, sound.pace_factor), count)
    if sound.distance == "far":
        signal = lowpass(signal, 3)
    return _at_level(signal, amplitude(sound.gain))


def _at_level(signal: Floats, wanted: float) -> Floats:
    """Scale a signal so that its audible part has a root mean square, but no peak beyond the limit."""
    peak = float(np.max(np.abs(signal)))
    if peak == 0.0:
        return signal
    audible = level(signal[np.abs(signal) > _HEARD * peak])
    return signal * min(wanted / audible, _PEAK / peak)


def wetness(scene: Scene, sound: Sound) -> float:
    """Return how much of a sound the room answers."""
    return scene.far_wet if sound.distance == "far" else scene.near_wet
