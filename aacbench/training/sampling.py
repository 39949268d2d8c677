"""Which clips of a labelled set are drawn: evenly over classes, or as a small set with a floor for each class.

`labels` are the labels of each clip; places are indices into them. All draws depend on the seed parts alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aacbench.runtime.seeds import shuffled


def stream(clips: int, first: int, count: int, *seed: object) -> list[int]:
    """Return places `first` to `first + count` of an endless order: one shuffled pass over all clips after another."""
    order: list[int] = []
    for passage in range(first // clips, (first + count - 1) // clips + 1):
        order += shuffled(clips, *seed, passage)
    start = first % clips
    return order[start : start + count]


def balanced(labels: Sequence[Sequence[str]], count: int, *seed: object) -> list[int]:
    """Return `count` places, drawn class by class (Kong et al. 2020, section III-D).

    Classes come in shuffled rounds; a class gives its next clip, and is shuffled anew when it has given all.
    """
    holders: dict[str, list[int]] = {}
    for index, own in enumerate(labels):
        for label in own:
            holders.setdefault(label, []).append(index)
    names = sorted(holders)
    given: Counter[str] = Counter()
    drawn: list[int] = []
    waiting: dict[str, list[int]] = {}
    while len(drawn) < count and names:
        for turn in shuffled(len(names), *seed, "classes", len(drawn)):
            name = names[turn]
            own_clips, passage = holders[name], given[name] // len(holders[name])
            if given[name] % len(own_clips) == 0:
                waiting[name] = [own_clips[index] for index in shuffled(len(own_clips), *seed, name, passage)]
            drawn.append(waiting[name][given[name] % len(own_clips)])
            given[name] += 1
    return drawn[:count]


def class_floor(labels: Sequence[Sequence[str]], per_class: int, *seed: object) -> list[int]:
    """Return places, in order, of a small set in which every class has `per_class` clips, or all that it has.

    Clips are looked at in a shuffled order and kept while one of their classes wants more, as AudioSet's balanced set
    was made from the whole.
    """
    kept, counts = [], Counter[str]()
    for index in shuffled(len(labels), *seed):
        if any(counts[label] < per_class for label in labels[index]):
            kept.append(index)
            counts.update(set(labels[index]))
    return sorted(kept)
