"""The datasets `csv-captions` and `csv-labels`: `--data-dir` names a folder of audio with one CSV file.

Splits are those of the column `split` (or `subset`, `fold`, ...); without one they are parts of the clips by seed,
whole sources together. A folder of tar shards (`aacbench data pack`) needs no CSV file: each clip has a JSON beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.csv_folder.shard_table import read_shards
from aacbench.datasets.csv_folder.table import ClipRow, ClipRows, read_captions, read_labels
from aacbench.datasets.shared.audio import MatchedFiles, check_audio, match_paths, near_note
from aacbench.datasets.shared.holdout import three_parts
from aacbench.datasets.shared.settings import Settings
from aacbench.datasets.shared.shards import shards_below
from aacbench.datasets.shared.split_names import SPLITS
from aacbench.datasets.shared.tables import refuse
from aacbench.errors import UserError, counted, first_few, unknown_name
from aacbench.types import Audio, Clip

OPTIONS = ("csv", "audio", "split_column", "validation", "evaluation", "seed")
LABEL_OPTIONS = (*OPTIONS, "column", "kind")


def open_captions(options: DatasetOptions) -> CsvFolder:
    """Return one's own captions.

    Settings: `csv` is the table (the folder's only CSV file), `audio` the folder of the audio files (the table's own),
    `split_column` the column of splits (the one called so), or else `validation` and `evaluation` the fractions held
    out (0.1 and 0.2) and `seed` which ones (0).

    Raises:
        UserError: unknown setting, no folder or table, or a damaged table.
    """
    settings = Settings("csv-captions", options.settings, OPTIONS)
    path = _table(options, settings)
    if path.is_dir():
        return _from_shards("csv-captions", path, settings)
    return CsvFolder("csv-captions", path, read_captions(path, settings.text("split_column")), settings)


def open_labels(options: DatasetOptions) -> CsvFolder:
    """Return one's own labels, for pretraining.

    Settings are those of `open_captions`, and `column` (labels), and `kind`: `tags`, or `scene` for one scene a clip.

    Raises:
        UserError: unknown setting, no folder or table, or a damaged table.
    """
    settings = Settings("csv-labels", options.settings, LABEL_OPTIONS)
    path = _table(options, settings)
    if path.is_dir():
        return _from_shards("csv-labels", path, settings)
    table = read_labels(path, settings.text("column") or "labels", settings.text("split_column"))
    scene = settings.choice("kind", ("tags", "scene")) == "scene"
    if scene and (several := [row.name for row in table.rows if len(row.labels) > 1]):
        number = counted(len(several), "clip has", "clips have")
        raise UserError(f"{path}: {number} several scenes: {first_few(several)}; wanted one each")
    return CsvFolder("csv-labels", path, table, settings, scene)


def _from_shards(name: str, folder: Path, settings: Settings) -> CsvFolder:
    rows, packed = read_shards(folder)
    what = "caption" if name == "csv-captions" else "label"
    refuse(folder, f"clips without a {what}", [row.name for row in rows if not (row.captions or row.labels)])
    return CsvFolder(name, folder / "shards", ClipRows(rows), settings, packed=packed)


def _table(options: DatasetOptions, settings: Settings) -> Path:
    """Return the table, or the folder where it holds shards and no table."""
    name = settings.dataset
    if options.data_dir is None:
        raise UserError(f"{name} is your own data: name its folder with --data-dir")
    if options.version is not None:
        raise UserError(f"{name} has no versions; leave --version out")
    folder = options.data_dir
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; correct --data-dir")
    if given := settings.text("csv"):
        path = folder / Path(given).expanduser()
        if not path.is_file():
            raise UserError(f"{name}: there is no table {path}; correct the setting csv")
        return path
    tables = sorted(path for path in folder.glob("*.csv") if not path.name.startswith("."))
    if not tables and shards_below(folder):
        return folder
    if len(tables) != 1:
        names = first_few(path.name for path in tables) or "none"
        raise UserError(f"{name}: wanted one CSV file in {folder}, found {names}; name one with the setting csv")
    return tables[0]


class CsvFolder:
    """Clips of a table; `version` is always 1, the run's fingerprint tells two tables apart."""

    version = "1"

    def __init__(
        self,
        name: str,
        path: Path,
        table: ClipRows,
        settings: Settings,
        scene: bool = False,
        packed: Mapping[str, Audio] | None = None,
    ) -> None:
        self.name, self.path, self.scene, self._odd = name, path, scene, table.notes
        audio = settings.text("audio")
        self.audio = path.parent / Path(audio).expanduser() if audio else path.parent
        if not self.audio.is_dir():
            raise UserError(f"{name}: {self.audio} is not a folder; correct the setting audio")
        self._packed = packed
        self._parts = self._split(table.rows, settings)
        self.splits = tuple(split for split in SPLITS if self._parts[split])

    def _split(self, rows: Sequence[ClipRow], settings: Settings) -> dict[str, list[ClipRow]]:
        silent = [row.name for row in rows if row.split is None]
        fractions = settings.fraction("validation", 0.1), settings.fraction("evaluation", 0.2)
        seed = settings.integer("seed", 0)
        if sum(fractions) >= 1:
            raise UserError(f"{self.name}: validation and evaluation leave nothing for development; give less")
        self._drawn = len(silent) == len(rows)
        if self._drawn:
            return three_parts(rows, *fractions, seed, lambda row: row.source or row.name)
        if silent:
            raise UserError(
                f"{self.path} has {counted(len(silent), 'row')} without a split: {first_few(silent)}; fill them in"
            )
        return {split: [row for row in rows if row.split == split] for split in SPLITS}

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips; every header has been read.

        Raises:
            UserError: no such split, or clips with missing or unreadable audio.
        """
        if split not in SPLITS:
            raise unknown_name(f"split of {self.name}", split, self.splits)
        rows = self._parts[split]
        if not rows:
            raise UserError(f"{self.path} has no clips in the split {split}; it has {', '.join(self.splits)}")
        matched = self._files([row.name for row in rows])
        advice = "Mend the table or the files; the setting audio names another folder"
        check_audio(f"{self.name} {split}", matched.files, matched.missing, self.audio, advice, matched.hint)
        return [self._clip(row, matched.files[row.name]) for row in rows]

    def notes(self) -> list[str]:
        """Return how the splits came about, and which audio files are not used."""
        notes = list(self._odd)
        if self._drawn:
            sizes = ", ".join(f"{split} {len(part)}" for split, part in self._parts.items())
            notes.append(f"the table has no splits; parts were drawn by seed: {sizes}")
        matched = self._files([row.name for part in self._parts.values() for row in part])
        notes += near_note(matched, str(self.audio))
        if matched.unclaimed:
            number = counted(matched.unclaimed, "audio file is", "audio files are")
            notes.append(f"{number} not in the table and {'is' if matched.unclaimed == 1 else 'are'} ignored")
        return notes

    def _files(self, names: list[str]) -> MatchedFiles:
        if self._packed is not None:
            return MatchedFiles({name: self._packed[name] for name in names}, [], 0)
        return match_paths(self.audio, names)

    def _clip(self, row: ClipRow, path: Audio) -> Clip:
        if self.scene:
            return Clip(row.name, path, scene=row.labels[0], source=row.source)
        return Clip(row.name, path, row.captions, row.labels, source=row.source)
