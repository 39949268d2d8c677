"""Recordings that two splits share: a system may have heard in training what it is tested on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from aacbench.types import Clip


def leaks(splits: Mapping[str, Sequence[Clip]]) -> list[str]:
    """Return one sentence for each source (`Clip.source`) with clips in more than one split, by source.

    Clips whose source is unknown cannot be judged and are passed over.
    """
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for split, clips in splits.items():
        for clip in clips:
            if clip.source is not None:
                found[clip.source][split].append(clip.id)
    return [
        f"source {source} is in " + " and ".join(f"{split} ({_names(ids)})" for split, ids in places.items())
        for source, places in sorted(found.items())
        if len(places) > 1
    ]


def _names(ids: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in ids)
