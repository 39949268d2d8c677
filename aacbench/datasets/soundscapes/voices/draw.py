"""What a voice is given to sound with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aacbench.datasets.soundscapes.randomness import Floats, Stream


@dataclass(frozen=True)
class Draw:
    """`timbre` draws the same for every stroke of one event, `live` goes on from stroke to stroke.

    `pitch` multiplies frequencies and `pace` multiplies rates; 1 is the middle.
    """

    timbre: Stream
    live: Stream
    pitch: float = 1.0
    pace: float = 1.0


Voice = Callable[[Draw, int], Floats]
"""Renders `count` samples of one stroke (repeated events) or of all (sustained events), at any level."""
