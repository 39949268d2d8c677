"""Exact diagnostic scores of captions, for the content of every clip is known.

A caption is read with the grammar's own words: which event classes it names, in which temporal relation it
puts neighbouring ones, and which scenes it names. Scores are fractions in [0, 1]; None where there was
nothing to count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aacbench.datasets.soundscapes.editions import edition
from aacbench.datasets.soundscapes.reading import Reader, Reading
from aacbench.datasets.soundscapes.settings import SoundscapesSettings, clip_id
from aacbench.errors import UserError, first_few


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


def reader(settings: SoundscapesSettings) -> Reader:
    """Return what reads captions of the settings' version."""
    known = edition(settings)
    return Reader(known.style, known.parents)


def read_caption(text: str) -> Reading:
    """Return what a caption of 1.0 says."""
    return reader(SoundscapesSettings()).read(text)


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
    reads, compose = reader(settings), edition(settings).compose
    for identity, text in candidates.items():
        composition, reading = compose(settings, split, indices[identity]), reads.read(text)
        labels = {sound.label for sound in composition.sounds}
        hits += len(labels.intersection(reading.events))
        present += len(labels)
        named += len(reading.events)
        placed += bool(reading.scenes)
        placed_right += reading.scenes == {composition.scene}
        orders += [right for relation in reading.relations if (right := relation.holds(composition)) is not None]
    return Diagnostics(
        event_recall=_share(hits, present),
        event_precision=_share(hits, named),
        order_accuracy=_share(sum(orders), len(orders)),
        scene_accuracy=_share(placed_right, len(candidates)),
        scene_precision=_share(placed_right, placed),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
