"""The dataset `mix`: the clips of several datasets, one after the other.

A clip's id is its part's name, a slash, and its own id. Each part trains and validates as it would alone: on its
validation split, or else a tenth of its development split. Only parts with an evaluation split are evaluated on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from aacbench.contracts import Dataset, DatasetOptions
from aacbench.contracts.datasets import notes_of
from aacbench.datasets.splits import development_parts
from aacbench.errors import UserError, unknown_name
from aacbench.types import Clip

Open = Callable[[str, DatasetOptions], Dataset]
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
    parts = {name: open(name.partition("@")[0], _options(options, name, given)) for name, given in own.items()}
    return Mix(parts, whole)


def _validates(name: str, given: str) -> bool:
    if given.lower() not in ("true", "false"):
        raise UserError(f"{name}.validates wants true or false, not {given!r}")
    return given.lower() == "true"


def _options(options: DatasetOptions, name: str, given: dict[str, str]) -> DatasetOptions:
    version, folder = given.pop("version", name.partition("@")[2] or None), given.pop("data-dir", None)
    return DatasetOptions(Path(folder).expanduser() if folder else options.data_dir, version, given)


class Mix:
    """Datasets by name; those in `whole` hold nothing out to validate on."""

    name = "mix"
    splits: tuple[str, ...] = SPLITS

    def __init__(self, parts: Mapping[str, Dataset], whole: frozenset[str] = frozenset()) -> None:
        self.parts, self.whole = parts, whole
        self.version = "+".join(f"{name.partition('@')[0]}-{part.version}" for name, part in parts.items())

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips, those of the first part first.

        Raises:
            UserError: no such split, or a part's clips are not all there.
        """
        if split not in SPLITS:
            raise unknown_name("split of mix", split, SPLITS)
        return [replace(clip, id=f"{name}/{clip.id}") for name in self.parts for clip in self._of(name, split)]

    def part_of(self, clip: Clip) -> str:
        """Return the name of the part that a clip comes from."""
        return clip.id.partition("/")[0]

    def notes(self) -> list[str]:
        """Return what the parts say about themselves."""
        return [f"{name}: {note}" for name, part in self.parts.items() for note in notes_of(part)]

    def _of(self, name: str, split: str) -> list[Clip]:
        part = self.parts[name]
        if split == "evaluation":
            return part.clips(split) if split in part.splits else []
        if name in self.whole:
            trained = ["all"] if "all" in part.splits else [one for one in SPLITS[:2] if one in part.splits]
            return [clip for one in trained for clip in part.clips(one)] if split == "development" else []
        return development_parts(part, SEED)["training" if split == "development" else "validation"]
