"""Settings of the dataset: its seed, the sizes of its splits, and how long its clips are (seconds)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from aacbench.errors import UserError, unknown_name

VERSION = "1.0"
"""The version that is opened where none is asked for."""
VERSIONS = ("1.0", "2.0")
SPLITS = ("development", "validation", "evaluation")
POOLS = ("tagged", "scenes")
"""Splits for pretraining alone, which captioning never hears; of 2.0."""
EVERY_SPLIT = (*SPLITS, *POOLS)

_SIZES = {
    "1.0": {
        "tiny": {"development": 24, "validation": 8, "evaluation": 8},
        "small": {"development": 800, "validation": 100, "evaluation": 200},
        "large": {"development": 6000, "validation": 500, "evaluation": 1000},
    },
    "2.0": {
        "tiny": {"development": 24, "validation": 8, "evaluation": 8, "tagged": 40, "scenes": 40},
        "small": {"development": 400, "validation": 200, "evaluation": 2000, "tagged": 2800, "scenes": 800},
        "large": {"development": 3000, "validation": 500, "evaluation": 2000, "tagged": 12000, "scenes": 3000},
    },
}
_SECONDS = {"1.0": {}, "2.0": {"max_seconds": 6.0}}
SHORTEST_CLIP = 4.0  # three events one after the other need this long
LONGEST_CLIP = 60.0


@dataclass(frozen=True)
class SoundscapesSettings:
    """Version, seed, clips per split, and the range of clip lengths in seconds.

    A clip depends on the version, the seed, the range of lengths, its split and its index, never on the sizes: a
    smaller preset is the beginning of a larger one.

    Raises:
        UserError: a negative seed or size, or lengths outside 4 to 60 seconds.
    """

    seed: int = 0
    development: int = 800
    validation: int = 100
    evaluation: int = 200
    min_seconds: float = 4.0
    max_seconds: float = 8.0
    tagged: int = 0
    scenes: int = 0
    version: str = VERSION

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise unknown_name("soundscapes version", str(self.version), VERSIONS)
        for name in ("seed", *EVERY_SPLIT):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise UserError(f"soundscapes setting {name} wants a whole number of at least 0, got {value!r}")
        if not SHORTEST_CLIP <= self.min_seconds <= self.max_seconds <= LONGEST_CLIP:
            raise UserError(
                f"soundscapes wants {SHORTEST_CLIP:g} <= min_seconds <= max_seconds <= {LONGEST_CLIP:g}, "
                f"got {self.min_seconds!r} and {self.max_seconds!r}"
            )
        if self.version == "1.0" and (self.tagged or self.scenes):
            raise UserError("soundscapes 1.0 has no tagged or scenes pool; ask for --dataset-version 2.0")

    @classmethod
    def preset(cls, name: str, version: str = VERSION) -> SoundscapesSettings:
        """Return the settings of a size preset: `tiny`, `small` or `large`.

        Development, validation and evaluation have 24/8/8, 800/100/200 or 6000/500/1000 clips in 1.0, and 24/8/8,
        400/200/2000 or 3000/500/2000 in 2.0, whose pools have 40/40, 2800/800 or 12000/3000 tagged and scenes clips.
        """
        if version not in VERSIONS:
            raise unknown_name("soundscapes version", version, VERSIONS)
        if name not in _SIZES[version]:
            raise unknown_name("soundscapes preset", name, _SIZES[version])
        return cls(**_SIZES[version][name], **_SECONDS[version], version=version)  # type: ignore[arg-type]

    @classmethod
    def from_texts(cls, texts: Mapping[str, str], version: str = VERSION) -> SoundscapesSettings:
        """Return settings from texts such as `{"preset": "tiny", "seed": "3"}`; what is not named keeps its
        default.

        Raises:
            UserError: an unknown setting, or a value that is not a number of its kind.
        """
        kinds = {field.name: int if field.type == "int" else float for field in fields(cls) if field.name != "version"}
        values: dict[str, int | float] = {}
        for name, text in texts.items():
            if name == "preset":
                continue
            if name not in kinds:
                raise unknown_name("soundscapes setting", name, [*kinds, "preset"])
            try:
                values[name] = kinds[name](text)
            except ValueError as error:
                wanted = "a whole number" if kinds[name] is int else "a number"
                raise UserError(f"soundscapes setting {name} wants {wanted}, got {text!r}") from error
        return replace(cls.preset(texts.get("preset", "small"), version), **values)  # type: ignore[arg-type]

    def size(self, split: str) -> int:
        """Return how many clips a split has; raises `UserError` for an unknown split."""
        if split not in EVERY_SPLIT or (split in POOLS and self.version == "1.0"):
            raise unknown_name("soundscapes split", split, SPLITS if self.version == "1.0" else EVERY_SPLIT)
        size: int = getattr(self, split)
        return size

    def key(self) -> str:
        """Return the name of the folder that these clips share with every preset of the same seed and
        lengths.
        """
        return f"v{self.version}-seed{self.seed}-{self.min_seconds!r}to{self.max_seconds!r}s"

    @staticmethod
    def is_key(name: str) -> bool:
        """Whether a folder of this name was made for some settings."""
        return re.fullmatch(r"v[\d.]+-seed\d+-[\d.e-]+to[\d.e-]+s", name) is not None


def clip_id(split: str, index: int) -> str:
    """Return the file name of a clip; indices count from 0, names from 1: `development-0001.wav`."""
    return f"{split}-{index + 1:04d}.wav"
