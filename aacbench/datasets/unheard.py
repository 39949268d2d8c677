"""Clips of one dataset that a test on another has not heard: without the recordings of its evaluation set."""

from __future__ import annotations

from collections.abc import Sequence

from aacbench.audio.large import is_large
from aacbench.audio.source import audio_key
from aacbench.types import Clip


def unheard(clips: Sequence[Clip], evaluated: Sequence[Clip]) -> list[Clip]:
    """Return the clips that share neither source nor, but in a large set, the bytes of the audio with `evaluated`.

    Raises:
        UserError: audio is missing or cannot be read.
    """
    sources = {clip.source for clip in evaluated} - {None}
    kept = [clip for clip in clips if clip.source not in sources]
    if is_large(clips) or not kept:
        return kept
    keys = {audio_key(clip.audio) for clip in evaluated}
    return [clip for clip in kept if audio_key(clip.audio) not in keys] if keys else kept
