"""Attention localisation: does a word for a sound attend to the time when that sound is heard?

For each word of a caption that names an event of the clip, the *mass* is the share of the word's attention that falls
inside the event's time (all events of the class, overlaps counted once). A frame's weight is spread evenly over the
audio that the frame is made from. *Chance* is what even attention over the same frames scores: the share of the clip
that the event covers. Words for sounds that the clip does not have are counted as `unheard` and not scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aacbench.inference.attention import CaptionAttention, FloatArray
from aacbench.types import Clip, Event


@dataclass(frozen=True, slots=True)
class Localised:
    """A sound word: the clip, the word, the class it names, its attention mass inside the event, and chance."""

    clip_id: str
    word: str
    label: str
    mass: float
    chance: float


@dataclass(frozen=True)
class Localisation:
    """The sound words of many captions, and how many words named a sound that their clip does not have."""

    words: tuple[Localised, ...]
    unheard: int

    def summary(self) -> dict[str, object]:
        """Return means over words, overall and by class, as JSON; means are None without a word."""
        labels = sorted({word.label for word in self.words})
        return {
            **_means(self.words),
            "clips": len({word.clip_id for word in self.words}),
            "unheard_words": self.unheard,
            "classes": {label: _means([word for word in self.words if word.label == label]) for label in labels},
        }


def localise(
    clips: Sequence[Clip], attention: Sequence[CaptionAttention], cues: Mapping[str, Sequence[str]]
) -> Localisation:
    """Score captions against their clips' events; `cues` are the words that name each event class."""
    named = {word: label for label, words in cues.items() for word in words}
    localised: list[Localised] = []
    unheard = 0
    for clip, caption in zip(clips, attention, strict=True):
        for index, word in enumerate(caption.words):
            label = named.get(word.strip(".,;:!?").lower())
            if label is None:
                continue
            events = [event for event in clip.events if event.label == label]
            if not events:
                unheard += 1
                continue
            inside = share_inside(caption.spans, events)
            mass = float(caption.weights[index] @ inside) / float(caption.weights[index].sum())
            localised.append(Localised(clip.id, word, label, mass, float(inside.mean())))
    return Localisation(tuple(localised), unheard)


def share_inside(spans: FloatArray, events: Sequence[Event]) -> FloatArray:
    """Return for each frame (T,) with spans (T, 2) in seconds which share of it lies inside any of the events."""
    inside = np.zeros(len(spans))
    end = -np.inf
    for event in sorted(events, key=lambda event: event.onset):
        begin = max(event.onset, end)  # what an earlier event covered is not counted again
        end = max(end, event.offset)
        inside += np.clip(np.minimum(spans[:, 1], end) - np.maximum(spans[:, 0], begin), 0.0, None)
    return inside / (spans[:, 1] - spans[:, 0])


def _means(words: Sequence[Localised]) -> dict[str, object]:
    mass = float(np.mean([word.mass for word in words])) if words else None
    chance = float(np.mean([word.chance for word in words])) if words else None
    return {"mass": mass, "chance": chance, "words": len(words)}
