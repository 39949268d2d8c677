"""Settings that several of the built-in datasets have, by one name and one meaning."""

from __future__ import annotations

from collections.abc import Sequence

from aacbench.contracts.specs.datasets import DatasetOption

AUDIO = DatasetOption("audio", "path", doc="Folder of the audio files; else the data folder is searched.")
CSV = DatasetOption("csv", "path", doc="The CSV file, relative to the data folder; needed where that holds several.")
SEED = DatasetOption("seed", "int", "0", "Seed of the draw that parts the clips into splits.")
SPLIT_COLUMN = DatasetOption("split_column", doc="Column of the CSV file that names a clip's split.")


def shares(validation: str, evaluation: str | None = None) -> tuple[DatasetOption, ...]:
    """Return the settings that say which share of the clips is held out, with their defaults."""
    held_out = DatasetOption("validation", "float", validation, "Share of the training clips that validates.")
    if evaluation is None:
        return (held_out,)
    return held_out, DatasetOption("evaluation", "float", evaluation, "Share of the clips that evaluates.")


def choice(name: str, values: Sequence[str], doc: str) -> DatasetOption:
    """Return a setting that takes one of `values`, the first by default."""
    return DatasetOption(name, " | ".join(values), values[0], doc)
