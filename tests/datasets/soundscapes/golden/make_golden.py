"""Writes golden.json (1.0) and golden-2.0.json: SHA-256 of what the dataset must be, to the bit, on every platform.

Run it from the repository root after a deliberate change, together with a new `VERSION`:
    python tests/datasets/soundscapes/golden/make_golden.py
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aacbench.datasets.soundscapes import VERSION, SoundscapesSettings
from aacbench.datasets.soundscapes.composition import Sound
from aacbench.datasets.soundscapes.dataset import describe
from aacbench.datasets.soundscapes.events import EVENTS
from aacbench.datasets.soundscapes.randomness import Stream
from aacbench.datasets.soundscapes.render import render, sound_signal
from aacbench.datasets.soundscapes.scenes import SCENES
from aacbench.datasets.soundscapes.second import render as second
from aacbench.datasets.soundscapes.second.classes import CLASSES
from aacbench.datasets.soundscapes.second.scenes import SCENES as SECOND_SCENES
from aacbench.datasets.soundscapes.settings import EVERY_SPLIT, SPLITS

FILE = Path(__file__).with_name("golden.json")
SECOND_FILE = Path(__file__).with_name("golden-2.0.json")
SECOND = SoundscapesSettings.preset("small", "2.0")
SECOND_CLIPS = (*((split, 0) for split in EVERY_SPLIT), ("evaluation", 1999), ("tagged", 2799))
CLIPS = (("development", 0), ("development", 799), ("validation", 0), ("evaluation", 0), ("evaluation", 199))


def of_samples(samples: NDArray[np.int16]) -> str:
    """Return the digest of 16-bit samples, little-endian."""
    return hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest()


def of_sound(label: str) -> str:
    """Return the digest of one sound of a class on its own, far away so that filters take part."""
    kind = CLASSES[label]
    strokes = (0.0, 0.7) if kind.stroke else ()
    sound = Sound(label, 0.0, 1.5, strokes, distance="far", pitch_factor=1.1, pace_factor=1.2, gain=-18.0)
    return of_samples(np.rint(sound_signal(sound, Stream(7), kind.voice) * 32767.0).astype(np.int16))


def of_background(label: str) -> str:
    """Return the digest of one second and a half of a scene's background."""
    return of_samples(np.rint(SECOND_SCENES[label].background(Stream(7), 24_000) * 2000.0).astype(np.int16))


def of_metadata(settings: SoundscapesSettings, split: str) -> str:
    """Return the digest of all descriptions of a split: captions, scenes, and sounds with their times."""
    digest = hashlib.sha256()
    for index in range(settings.size(split)):
        digest.update(repr(describe(settings, split, index)).encode("utf-8"))
    return digest.hexdigest()


def of_captions(settings: SoundscapesSettings, split: str) -> str:
    """Return the digest of all captions of a split, one a line."""
    texts = [
        reference.text
        for index in range(settings.size(split))
        for reference in describe(settings, split, index).references
    ]
    return hashlib.sha256("\n".join(texts).encode("utf-8")).hexdigest()


def golden() -> dict[str, object]:
    """Return all digests."""
    settings = SoundscapesSettings()
    return {
        "version": VERSION,
        "clips": {f"{split} {index}": of_samples(render(settings, split, index)) for split, index in CLIPS},
        "sounds": {label: of_sound(label) for label in EVENTS},
        "backgrounds": {label: of_background(label) for label in SCENES},
        "captions": {split: of_captions(settings, split) for split in SPLITS},
        "metadata": {split: of_metadata(settings, split) for split in SPLITS},
    }


def second_golden() -> dict[str, object]:
    """Return the digests of 2.0; sounds and scenes of 1.0 are in its own."""
    added = [label for label in CLASSES if label not in EVENTS]
    return {
        "clips": {f"{split} {index}": of_samples(second.render(SECOND, split, index)) for split, index in SECOND_CLIPS},
        "sounds": {label: of_sound(label) for label in added},
        "backgrounds": {label: of_background(label) for label in SECOND_SCENES if label not in SCENES},
        "captions": {split: of_captions(SECOND, split) for split in SPLITS},
        "metadata": {split: of_metadata(SECOND, split) for split in ("development", "scenes")},
    }


if __name__ == "__main__":
    SECOND_FILE.write_text(json.dumps(second_golden(), indent=1) + "\n", encoding="utf-8")
    FILE.write_text(json.dumps(golden(), indent=1) + "\n", encoding="utf-8")
