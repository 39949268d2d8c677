"""The dataset `mix`: the clips of several datasets, one after the other.

A clip's id is its part's name, a slash, and its own id. Each part trains and validates as it would alone: on its
validation split, or else a tenth of its development split. Only parts with an evaluation split are evaluated on.
Clips for training and validation that are of a recording in the evaluation set of any part are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from aacbench.contracts import Dataset, DatasetOptions, notes_of
from aacbench.datasets.splits import development_parts
from aacbench.errors import UserError, counted, unknown_name
from aacbench.types import Clip

Open = Callable[[str, DatasetOptions], Dataset]
Made = TypeVar("Made")
SPLITS = ("development", "validation", "evaluation")
SEED = 0  # of the clips that parts without a validation split hold out


def open_dataset(options: DatasetOptions, open: Open) -> Mix:
    """Return the mix as asked for.

    Settings: `parts` are names of datasets, separated by commas, or NAME@VERSION, so that two versions of one may mix;
    `PART.version`, `PART.data-dir` and any other `PART.SETTING` go to that part. With `PART.validates=false` a part
    trains on its validation clips, too, or on all that it has where nobody split it, and validates on nothing. The
    mix's own `data_dir` is a folder in which all parts are looked for.

    Raises:
        UserError: no parts, one named twice, settings of none of them, or a part that is not there.
    """
    if options.version is not None:
        raise UserError(f"a mix has no version, but its parts do: --dataset-set PART.version={options.version}")
    names = [name.strip() for name in options.settings.get("parts", "").split(",") if name.strip()]
    if not names or len(set(names)) < len(names) or "mix" in names:
        raise UserError(
            "the mix wants datasets, each once: --dataset-set parts=clotho,audiocaps; "
            f"came parts={options.settings.get('parts', '')}"
        )
    own: dict[str, dict[str, str]] = {name: {} for name in names}
    for key, value in options.settings.items():
        if key == "parts":
            continue
        part = next((name for name in names if key.startswith(name + ".")), key.partition(".")[0])
        setting = key.removeprefix(part).removeprefix(".")
        if not setting or part not in own:
            raise unknown_name("part of the mix", part, names, "Settings are parts=NAME,NAME and PART.SETTING=VALUE.")
        own[part][setting] = value
    whole = frozenset(name for name in names if not _validates(name, own[name].pop("validates", "true")))
    opened = all_of({name: partial(open, name.partition("@")[0], _options(options, name, own[name])) for name in names})
    return Mix(opened, whole)


def _validates(name: str, given: str) -> bool:
    if given.lower() not in ("true", "false"):
        raise UserError(f"{name}.validates wants true or false, not {given!r}")
    return given.lower() == "true"


def _options(options: DatasetOptions, name: str, given: dict[str, str]) -> DatasetOptions:
    version, folder = given.pop("version", name.partition("@")[2] or None), given.pop("data-dir", None)
    plain = name.partition("@")[0]
    if folder is None and name in options.others:
        return DatasetOptions(None, version, given, {plain: options.others[name]})
    if folder is not None:
        return DatasetOptions(Path(folder), version, given, options.others)
    return DatasetOptions(None if plain in options.others else options.data_dir, version, given, options.others)


def all_of(parts: Mapping[str, Callable[[], Made]]) -> dict[str, Made]:
    """Return what each part gives; all that cannot be had is said at once.

    Raises:
        UserError: parts cannot be opened; of several, each with its reason, and how one folder holds them all.
    """
    made: dict[str, Made] = {}
    problems: dict[str, UserError] = {}
    for name, make in parts.items():
        try:
            made[name] = make()
        except UserError as error:
            problems[name] = error
    if len(problems) == 1:
        raise next(iter(problems.values()))
    if problems:
        reasons = "; ".join(f"{name}: {error}" for name, error in problems.items())
        folders = ", ".join(f"{name.partition('@')[0]}/" for name in parts)
        raise UserError(
            f"{len(problems)} of the {len(parts)} parts of the mix are not there. {reasons}. Name each folder "
            f"(--data-dir {next(iter(problems))}=DIR), or one that holds all ({folders}) with AACBENCH_DATA"
        )
    return made


class Mix:
    """Datasets by name; those in `whole` hold nothing out to validate on."""

    name = "mix"
    splits: tuple[str, ...] = SPLITS

    def __init__(self, parts: Mapping[str, Dataset], whole: frozenset[str] = frozenset()) -> None:
        self.parts, self.whole = parts, whole
        self.version = "+".join(f"{name.partition('@')[0]}-{part.version}" for name, part in parts.items())
        self._left_out: dict[str, int] = {}

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips, those of the first part first.

        Raises:
            UserError: no such split, or parts' clips are not all there.
        """
        if split not in SPLITS:
            raise unknown_name("split of mix", split, SPLITS)
        listed = all_of({name: partial(self._of, name, split) for name in self.parts})
        if split != "evaluation":
            listed = {name: self._unheard(name, split, clips) for name, clips in listed.items()}
        return [replace(clip, id=f"{name}/{clip.id}") for name, clips in listed.items() for clip in clips]

    def part_of(self, clip: Clip) -> str:
        """Return the name of the part that a clip comes from."""
        return clip.id.partition("/")[0]

    def notes(self) -> list[str]:
        """Return what the parts say about themselves, and what was left out of them."""
        notes = [f"{name}: {note}" for name, part in self.parts.items() for note in notes_of(part)]
        left_out = [
            f"{where}: {counted(count, 'clip')} left out, of recordings in evaluation sets"
            for where, count in self._left_out.items()
        ]
        return [*notes, *left_out]

    def _of(self, name: str, split: str) -> list[Clip]:
        part = self.parts[name]
        if split == "evaluation":
            return part.clips(split) if split in part.splits else []
        if name in self.whole:
            trained = ["all"] if "all" in part.splits else [one for one in SPLITS[:2] if one in part.splits]
            return [clip for one in trained for clip in part.clips(one)] if split == "development" else []
        return development_parts(part, SEED)["training" if split == "development" else "validation"]

    def _unheard(self, name: str, split: str, clips: Sequence[Clip]) -> list[Clip]:
        """Return the clips whose recordings are in no evaluation set, and note how many are not."""
        kept = [clip for clip in clips if clip.source is None or clip.source not in self._evaluated]
        if len(kept) < len(clips):
            self._left_out[f"{name} {split}"] = len(clips) - len(kept)
        return kept

    @cached_property
    def _evaluated(self) -> frozenset[str]:
        """The sources of the evaluation clips of parts that are not trained on whole.

        A set whose audio is not there is not evaluated on.
        """
        sources: set[str] = set()
        for name in self.parts.keys() - self.whole:
            with suppress(UserError):
                sources |= {clip.source for clip in self._of(name, "evaluation") if clip.source is not None}
        return frozenset(sources)
