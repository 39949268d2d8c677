"""What the checks feed parts with: captions, and a few clips of noisy tones with captions, tags and a scene."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from aacbench.types import Clip, Event

CAPTIONS = (
    "a dog barks while rain falls on a tin roof",
    "two men talk in a large hall with music",
    "a car passes by on a wet street at night",
    "small birds sing loudly in a green forest",
    "waves crash on a sandy beach and wind blows",
    "an old clock ticks slowly in a quiet room",
)
RATE = 8000
FRONT_END = {"sample_rate": RATE, "window": 256, "n_fft": 256, "hop": 128, "f_max": 4000.0}
TONES = {"low": 220.0, "middle": 880.0, "high": 3300.0}
PLACES = {"hall": 0.01, "street": 0.1}


def tone_clips(folder: Path, count: int) -> list[Clip]:
    """Write `count` clips of about half a second below `folder`; the tag is the tone, the scene how loud the noise."""
    import soundfile  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    clips = []
    for index in range(count):
        tone, scene = list(TONES)[index % len(TONES)], list(PLACES)[index // len(TONES) % len(PLACES)]
        seconds = 0.5 + 0.05 * (index % 4)
        time = np.arange(round(seconds * RATE)) / RATE
        wave = 0.3 * np.sin(2 * np.pi * TONES[tone] * random.uniform(0.95, 1.05) * time)
        path = folder / f"tone-{index:03d}.wav"
        soundfile.write(path, wave + PLACES[scene] * random.standard_normal(len(time)), RATE)
        captions = (f"a {tone} tone is heard in a {scene}", f"someone plays a {tone} tone in the {scene}")
        clips.append(Clip(path.name, path, captions, (tone,), scene, (Event(tone, 0.0, seconds),)))
    return clips


@contextmanager
def own_home(folder: Path) -> Iterator[None]:
    """Have all caches below `folder` inside the block."""
    before = os.environ.get("AACBENCH_HOME")
    os.environ["AACBENCH_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["AACBENCH_HOME"]
        else:
            os.environ["AACBENCH_HOME"] = before
