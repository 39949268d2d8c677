"""From a composition of version 2.0 to samples: its sounds in a room of a varied kind, as a recorder keeps them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aacbench.datasets.soundscapes.composition import AUDIO, Composition
from aacbench.datasets.soundscapes.randomness import Floats, Stream
from aacbench.datasets.soundscapes.render import amplitude, sound_signal, wetness
from aacbench.datasets.soundscapes.scenes import Echoes, Scene, reverberate
from aacbench.datasets.soundscapes.second.classes import CLASSES
from aacbench.datasets.soundscapes.second.composition import clip_stream, compose
from aacbench.datasets.soundscapes.second.recorder import record
from aacbench.datasets.soundscapes.second.scenes import RESEMBLING, SCENES
from aacbench.datasets.soundscapes.settings import SoundscapesSettings
from aacbench.datasets.soundscapes.synthesis import even, place, samples

_SPREAD = 6.0  # dB up or down, of the background
_OTHER = (-14.0, -3.0)  # dB: the resembling scene's background beside the scene's own
_SIZES, _LIVELY = (0.7, 1.4), (0.6, 1.2)  # of a room: times of its echoes, and their gains
_BACKGROUND, _RESEMBLING, _RECORDER = 0, 8, 9  # streams; those between are the sounds'


def render(settings: SoundscapesSettings, split: str, index: int) -> NDArray[np.int16]:
    """Return the samples of a clip, int16 of shape (samples,)."""
    return render_composition(compose(settings, split, index), clip_stream(settings, split, index, AUDIO))


def render_composition(composition: Composition, stream: Stream) -> NDArray[np.int16]:
    """Return the samples of a composition; `stream` draws what it leaves open."""
    scene = SCENES[composition.scene]
    count = samples(composition.seconds)
    mix = _background(scene, stream, count)
    send = np.zeros(count)
    for number, sound in enumerate(composition.sounds, start=1):
        signal = sound_signal(sound, stream.child(number), CLASSES[sound.label].voice)
        place(mix, signal, samples(sound.onset))
        place(send, signal, samples(sound.onset), wetness(scene, sound))
    mix = mix + reverberate(send, _room(scene, stream))
    kept = record(stream.child(_RECORDER), mix)
    return np.rint(np.clip(kept, -1.0, 1.0) * 32767.0).astype(np.int16)


def _background(scene: Scene, stream: Stream, count: int) -> Floats:
    """Return what is heard behind all sounds, shape (count,)."""
    level = scene.level + stream.uniform(-_SPREAD, _SPREAD)
    other = SCENES[RESEMBLING[scene.label]]
    own = even(scene.background(stream.child(_BACKGROUND), count)) * amplitude(level)
    faint = even(other.background(stream.child(_RESEMBLING), count)) * amplitude(level + stream.uniform(*_OTHER))
    return own + faint


def _room(scene: Scene, stream: Stream) -> Echoes:
    """Return the echoes of one room of the scene's kind."""
    size, lively = stream.uniform(*_SIZES), stream.uniform(*_LIVELY)
    return tuple((delay * size, gain * lively) for delay, gain in scene.echoes)
