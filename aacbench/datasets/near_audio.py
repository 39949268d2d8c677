"""Recordings that are nearly the same in two splits: another format, loudness or sample rate of one sound.

A clip's outline is its loudness in decibels, frame by frame. Outlines of like lengths that go up and down together are
of one recording, or so nearly that someone should listen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

FRAME = 0.05  # seconds
QUIETEST = 1e-4  # -80 dB of full scale: what is below is silence, whatever a codec makes of it
SHORTEST = 20  # frames: fewer go up and down together by chance
ALIKE = 0.995  # correlation of two outlines; Vorbis leaves over 0.998, MP3 less, which shifts sound by a frame

Outline = NDArray[np.float32]


def outline(samples: NDArray[np.float32], rate: int) -> Outline | None:
    """Return the outline (frames,) of samples (N,), with mean 0 and length 1; None where it has no ups and downs."""
    size = round(FRAME * rate)
    count = len(samples) // size
    if count < SHORTEST:
        return None
    power = np.square(samples[: count * size].reshape(count, size), dtype=np.float64).mean(1)
    loudness = 10 * np.log10(np.maximum(power / max(power.max(), QUIETEST**2), QUIETEST**2))
    curve = loudness - loudness.mean()
    length = float(np.linalg.norm(curve))
    return None if length < 1.0 * np.sqrt(count) else (curve / length).astype(np.float32)


def near_leaks(
    splits: Mapping[str, Mapping[str, Outline]], known: Mapping[str, Mapping[str, set[str]]] | None = None
) -> list[str]:
    """Return one sentence for each two clips of different splits with outlines that are alike.

    `known` are marks of clips by split and name, such as their source; two that share one are said elsewhere.
    """
    marks = known or {}
    return [
        f"nearly the same audio is in {one} ({mine!r}) and {other} ({theirs!r}): listen to both"
        for one, other in combinations(splits, 2)
        for mine, theirs in _alike(splits[one], splits[other])
        if not marks.get(one, {}).get(mine, set()) & marks.get(other, {}).get(theirs, set())
    ]


def _alike(ours: Mapping[str, Outline], others: Mapping[str, Outline]) -> list[tuple[str, str]]:
    """Return the names of outlines that are alike, those of lengths that differ by a frame at most being compared."""
    pairs: dict[tuple[str, str], None] = {}
    theirs = _by_length(others)
    for frames, names in _by_length(ours).items():
        for near in (frames - 1, frames, frames + 1):
            shared = min(frames, near)
            rows, columns = (
                np.stack([_unit(known[name][:shared]) for name in some]) if some else np.zeros((0, shared))
                for known, some in ((ours, names), (others, theirs.get(near, [])))
            )
            found = np.argwhere(rows @ columns.T >= ALIKE)
            pairs |= dict.fromkeys((names[row], theirs[near][column]) for row, column in found)
    return [*pairs]


def _by_length(outlines: Mapping[str, Outline]) -> dict[int, Sequence[str]]:
    lengths: dict[int, list[str]] = {}
    for name, one in outlines.items():
        lengths.setdefault(len(one), []).append(name)
    return {length: names for length, names in lengths.items()}


def _unit(curve: Outline) -> Outline:
    moved = curve - curve.mean()
    unit: Outline = moved / max(float(np.linalg.norm(moved)), 1e-9)
    return unit
