"""The clips that a run reads: those it trains and validates on, and those of the split it is scored on.

They are read when they are asked for, so that a method without stages needs its split alone. A method that reads no
audio takes captions where the audio is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from aacbench.contracts import CaptionSource, Dataset, HoldsOut, MergesValidation
from aacbench.datasets.fingerprint import fingerprint, identity
from aacbench.datasets.splits import development_parts
from aacbench.errors import UserError, counted, first_few, unknown_name
from aacbench.runtime.distributed.collectives import on_rank_zero
from aacbench.types import Clip

PARTS = ("training", "validation", "evaluation")
SCORED = "evaluation"
V = TypeVar("V")


class Lazy(Mapping[str, V]):
    """Values by name, each made when it is first asked for."""

    def __init__(self, names: tuple[str, ...], make: Callable[[str], V]) -> None:
        self.names, self.make = names, make
        self.made: dict[str, V] = {}

    def __getitem__(self, name: str) -> V:
        """Return the value; a name that is not among them is a KeyError."""
        if name not in self.names:
            raise KeyError(name)
        if name not in self.made:
            self.made[name] = self.make(name)
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True)
class AbsentAudio:
    """The audio of a clip that is known by its captions alone."""

    name: str
    key: str = "no audio"

    def open(self) -> BinaryIO:
        """Refuse.

        Raises:
            UserError: there is nothing to read.
        """
        raise UserError(f"the audio of {self.name} is not here")


class CaptionsOnly:
    """A dataset as a method sees it that reads no audio: where the audio is not there, captions do."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.name, self.version, self.splits = dataset.name, dataset.version, dataset.splits

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips, as `AbsentAudio` where the audio cannot be had."""
        try:
            return self.dataset.clips(split)
        except UserError:
            if not isinstance(self.dataset, CaptionSource):
                raise
            rows = self.dataset.captions_by_id(split)
            return [Clip(name, AbsentAudio(name), captions) for name, captions in rows.items()]


def clips_of(dataset: Dataset, seed: int, settings: Any) -> Lazy[list[Clip]]:
    """Return training, validation and evaluation clips, each with captions."""

    @on_rank_zero
    def development() -> dict[str, list[Clip]]:
        held_out = settings.held_out if isinstance(settings, HoldsOut) else None
        merged = isinstance(settings, MergesValidation) and settings.merge_validation
        return development_parts(dataset, seed, held_out, merged)

    once: dict[str, list[Clip]] = {}

    def part(name: str) -> list[Clip]:
        if name == SCORED:
            return split_clips(dataset, SCORED)
        if not once:
            once.update(development())
        return captioned(dataset, once[name])

    return Lazy(PARTS, part)


@on_rank_zero
def split_clips(dataset: Dataset, split: str) -> list[Clip]:
    """Return the clips of a split that a run is scored on.

    Raises:
        UserError: the dataset has no such split, or its clips have no captions.
    """
    if split != SCORED and split not in dataset.splits:
        raise unknown_name(f"split of {dataset.name} {dataset.version}", split, dataset.splits)
    return captioned(dataset, dataset.clips(split))


def captioned(dataset: Dataset, clips: list[Clip]) -> list[Clip]:
    """Return the clips, which all have captions.

    Raises:
        UserError: some have none.
    """
    bare = [clip.id for clip in clips if not clip.captions]
    if bare:
        raise UserError(
            f"{dataset.name} has {counted(len(bare), 'clip')} without captions ({first_few(bare)}); it is for "
            "pretraining: choose "
            "a captioning dataset such as clotho, or name it as the dataset that a method pretrains on"
        )
    return clips


@on_rank_zero
def part_fingerprint(clips: list[Clip], scored: bool = True) -> str:
    """Return the fingerprint of a part that is scored, the identity of one that is trained on."""
    return fingerprint(clips) if scored else identity(clips)
