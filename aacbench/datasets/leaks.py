"""Recordings that two splits share: a system may have heard in training what it is tested on.

A recording is known by its source, where the dataset says it, and by the bytes of its file, whose SHA-256 a run has
computed for its fingerprints by then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from aacbench.audio.source import remembered_audio_key
from aacbench.types import Clip


def leaks(splits: Mapping[str, Sequence[Clip]]) -> list[str]:
    """Return one sentence for each source (`Clip.source`), and each audio file, in more than one split.

    Clips of other splits that share both are named with the source alone; clips whose source is unknown and whose
    audio nobody has read yet cannot be judged and are passed over.
    """
    by_source = _shared(splits, lambda clip: clip.source)
    named = {(split, name) for shared in by_source.values() for split, ids in shared.items() for name in ids}
    by_bytes = {
        key: shared
        for key, shared in _shared(splits, lambda clip: remembered_audio_key(clip.audio)).items()
        if not all((split, name) in named for split, ids in shared.items() for name in ids)
    }
    return [
        *(f"source {source} is in {_said(shared)}" for source, shared in sorted(by_source.items())),
        *(f"the same audio, byte for byte, is in {_said(shared)}" for shared in by_bytes.values()),
    ]


def _shared(
    splits: Mapping[str, Sequence[Clip]], mark: Callable[[Clip], str | None]
) -> dict[str, dict[str, list[str]]]:
    """Return the clips by mark and split, of the marks that more than one split has."""
    clips_by_mark: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for split, clips in splits.items():
        for clip in clips:
            if (marked := mark(clip)) is not None:
                clips_by_mark[marked][split].append(clip.id)
    return {marked: shared for marked, shared in clips_by_mark.items() if len(shared) > 1}


def _said(shared: Mapping[str, Sequence[str]]) -> str:
    return " and ".join(f"{split} ({', '.join(map(repr, ids))})" for split, ids in shared.items())
