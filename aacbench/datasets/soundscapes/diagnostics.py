"""Exact diagnostic scores of captions, for the content of every clip is known.

A caption is read with the grammar's own words: which event classes it names, in which temporal relation it
puts neighbouring ones, and which scenes it names. Scores are fractions in [0, 1]; None where there was
nothing to count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from aacbench.datasets.soundscapes.composition import Composition, compose, overlapping
from aacbench.datasets.soundscapes.lexicon import WORDS
from aacbench.datasets.soundscapes.phrases import SETTINGS
from aacbench.datasets.soundscapes.settings import SoundscapesSettings, clip_id
from aacbench.errors import UserError, first_few

_EVENT_OF = {cue: label for label, words in WORDS.items() for cue in words.cues}
_SCENE_OF = {cue: scene for scene, setting in SETTINGS.items() for cue in setting.cues}
_FORWARD = {"then", "followed", "before", "finally", "lastly", "next"}
_TOGETHER = {"while", "as", "over", "with", "during"}
_TOKEN = re.compile(r"[a-z]+(?:-[a-z]+)*")


@dataclass(frozen=True)
class Relation:
    """What a caption says of two events: `first` comes before `second`, or (`overlap`) both are heard at
    once.
    """

    first: str
    second: str
    overlap: bool


@dataclass(frozen=True)
class Reading:
    """What a caption says: event classes as mentioned, relations of neighbouring ones, scenes."""

    events: tuple[str, ...]
    relations: tuple[Relation, ...]
    scenes: frozenset[str]


@dataclass(frozen=True)
class Diagnostics:
    """Scores over all captions.

    event_recall: share of the events in the clips that the captions name.
    event_precision: share of the events named that are in the clips.
    order_accuracy: of the relations stated between events that are both in the clip, the share that is right.
    scene_accuracy: share of the captions that name the right scene and no other.
    scene_precision: the same, of the captions that name any scene.
    """

    event_recall: float | None
    event_precision: float | None
    order_accuracy: float | None
    scene_accuracy: float | None
    scene_precision: float | None


def read_caption(text: str) -> Reading:
    """Return what a caption says, by the words that name one class only."""
    tokens = _TOKEN.findall(text.lower())
    spans: list[tuple[str, int, int]] = []  # label, first and last cue of a mention
    for position, token in enumerate(tokens):
        label = _EVENT_OF.get(token)
        if label and spans and spans[-1][0] == label:
            spans[-1] = (label, spans[-1][1], position)
        elif label:
            spans.append((label, position, position))
    relations = (_relation(tokens, spans, number) for number in range(len(spans) - 1))
    return Reading(
        events=tuple(dict.fromkeys(label for label, _, _ in spans)),
        relations=tuple(relation for relation in relations if relation),
        scenes=frozenset(_SCENE_OF[token] for token in tokens if token in _SCENE_OF),
    )


def _relation(tokens: list[str], spans: list[tuple[str, int, int]], number: int) -> Relation | None:
    """Return the relation that the words around two neighbouring mentions state, if any."""
    (first, start, end), (second, next_start, next_end) = spans[number], spans[number + 1]
    between = set(tokens[end + 1 : next_start])
    lead = set(tokens[:start]) if number == 0 else set()
    stop = spans[number + 2][1] if number + 2 < len(spans) else len(tokens)
    trail = tokens[next_end + 1 : stop]
    together = any(pair == ("same", "time") for pair in pairwise(trail))
    if "after" in between:
        return Relation(second, first, overlap=False)
    if between & _FORWARD:
        return Relation(first, second, overlap=False)
    if between & _TOGETHER or lead & {"while", "as", "during"} or (together and "and" in between):
        return Relation(first, second, overlap=True)
    return Relation(first, second, overlap=False) if "after" in lead else None


def _is_right(relation: Relation, composition: Composition) -> bool | None:
    """Return whether a stated relation holds; None where one of its events is not in the clip."""
    sounds = {sound.label: sound for sound in composition.sounds}
    if relation.first not in sounds or relation.second not in sounds:
        return None
    first, second = sounds[relation.first], sounds[relation.second]
    if overlapping(first, second):
        return relation.overlap
    return not relation.overlap and first.onset < second.onset


def diagnose(candidates: Mapping[str, str], settings: SoundscapesSettings, split: str) -> Diagnostics:
    """Return the diagnostics of captions by clip id; clips without a candidate are left out.

    Raises:
        UserError: an unknown split, no candidates, or clip ids the split does not have.
    """
    indices = {clip_id(split, index): index for index in range(settings.size(split))}
    strangers = sorted(set(candidates) - set(indices))
    if strangers or not candidates:
        what = f"{first_few(strangers)} are not among them" if strangers else "no captions came"
        raise UserError(f"diagnostics want captions of soundscapes split {split!r} ({len(indices)} clips); {what}")
    hits = present = named = placed = placed_right = 0
    orders: list[bool] = []
    for identity, text in candidates.items():
        composition, reading = compose(settings, split, indices[identity]), read_caption(text)
        labels = {sound.label for sound in composition.sounds}
        hits += len(labels.intersection(reading.events))
        present += len(labels)
        named += len(reading.events)
        placed += bool(reading.scenes)
        placed_right += reading.scenes == {composition.scene}
        orders += [right for relation in reading.relations if (right := _is_right(relation, composition)) is not None]
    return Diagnostics(
        event_recall=_share(hits, present),
        event_precision=_share(hits, named),
        order_accuracy=_share(sum(orders), len(orders)),
        scene_accuracy=_share(placed_right, len(candidates)),
        scene_precision=_share(placed_right, placed),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
