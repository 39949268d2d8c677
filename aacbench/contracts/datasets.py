"""Datasets: versioned clips in named splits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from aacbench.errors import UserError
from aacbench.types import Clip


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """How a dataset is asked for: where the user says it lies, which version, and settings (`--dataset-set`).

    `others` are the same of other datasets that the run may open, by name: parts of a mix, what is pretrained on.
    """

    data_dir: Path | None = None
    version: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, DatasetOptions] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.data_dir is not None:  # a shell leaves the ~ of --data-dir=~/clotho as it is
            object.__setattr__(self, "data_dir", Path(self.data_dir).expanduser())

    def of(self, name: str) -> DatasetOptions:
        """Return these options for the dataset called `name`: what they leave open is what `others` say of it."""
        known = self.others.get(name)
        if known is None:
            return self
        folder = self.data_dir if self.data_dir is not None else known.data_dir
        settings = {**known.settings, **self.settings}
        return DatasetOptions(folder, self.version or known.version, settings, self.others)

    def inherited_by(self, other: DatasetOptions, name: str) -> DatasetOptions:
        """Return the options of another dataset, opened beside the one called `name`, whose options these are."""
        own = DatasetOptions(self.data_dir, self.version, self.settings)
        return DatasetOptions(other.data_dir, other.version, other.settings, {name: own, **self.others, **other.others})


def folders_by_name(texts: Sequence[str]) -> tuple[Path | None, dict[str, DatasetOptions]]:
    """Return the folder and the folders by dataset that `--data-dir DIR`, `--data-dir clotho=DIR` name.

    Raises:
        UserError: several folders have no name, or one name has several.
    """
    plain: list[str] = []
    named: dict[str, DatasetOptions] = {}
    for text in texts:
        name, equals, folder = text.partition("=")
        if not equals or not re.fullmatch(r"[a-z0-9][a-z0-9@._-]*", name) or Path(text).exists():
            plain.append(text)
        elif name in named:
            raise UserError(f"--data-dir names two folders for {name}; give one")
        else:
            named[name] = DatasetOptions(Path(folder))
    if len(plain) > 1:
        raise UserError("--data-dir is given several times; say whose folder each is: --data-dir clotho=DIR")
    return (Path(plain[0]) if plain else None), named


@runtime_checkable
class Dataset(Protocol):
    """A versioned set of clips in named splits. `clips` raises `UserError` for an unknown or incomplete split.

    It is opened by `Registries.dataset` alone, once a run and once a stage that pretrains on labels, in every
    process; `clips` is called once a split and use, so that reading tables there is early enough.
    """

    name: str
    version: str
    splits: tuple[str, ...]

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips in a fixed order, every audio path present."""
        ...


@runtime_checkable
class CaptionSource(Protocol):
    """What a dataset may have besides its contract, when it can hand out captions where the audio is not."""

    def captions_by_id(self, split: str) -> Mapping[str, tuple[str, ...]]:
        """Return the captions of all the split's clips by clip id, in the order of the published file.

        Asked by the leaderboard for `evaluation`, to score predictions that were made elsewhere.

        Raises:
            UserError: no such split here, or a damaged table.
        """
        ...


@runtime_checkable
class HasNotes(Protocol):
    """What a dataset may have besides its contract: what a reader of its scores should know, a line each.

    `aacbench.runs.execute` asks once a run, in rank zero, after the clips; the lines go into the record.
    """

    def notes(self) -> list[str]:
        """Return the lines, such as how many clips are missing."""
        ...


def notes_of(dataset: Dataset) -> list[str]:
    """Return what a dataset says of itself, nothing where it says nothing."""
    return dataset.notes() if isinstance(dataset, HasNotes) else []


@runtime_checkable
class CompositeDataset(Protocol):
    """What a dataset that is made of others has besides its contract."""

    @property
    def parts(self) -> Mapping[str, Dataset]:
        """The others by name."""
        ...

    def part_of(self, clip: Clip) -> str:
        """Return the name of the part that one of its clips comes from."""
        ...


@runtime_checkable
class EventVocabulary(Protocol):
    """What a dataset whose clips have events may have besides its contract: the words that captions call them by."""

    def event_words(self) -> Mapping[str, Sequence[str]]:
        """Return the words in lower case by class of event; a word names one class."""
        ...


@runtime_checkable
class HasPools(Protocol):
    """What a dataset may have besides its contract: clips for pretraining alone, which captioning never hears."""

    def pool(self, label: str) -> Mapping[str, list[Clip]] | None:
        """Return `training` and `validation` clips that carry a label, such as `tags` or `scene`; None: there are none.

        Asked in rank zero by a pretraining stage that learns from this label; only then need the clips be there.
        """
        ...
