"""The dataset `hf-captions`: a Hugging Face dataset with a column of audio and one of text, from the hub or a folder.

`--data-dir FOLDER` names one on disk (Parquet, Arrow, audiofolder), the setting `name` one of the hub, at the commit
`revision`. Audio stays as it is stored, so that its content keys are those of the files that were put there.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from aacbench.audio.source import AudioBytes
from aacbench.contracts import DatasetOptions
from aacbench.datasets.shared.settings import Settings
from aacbench.datasets.shared.split_names import meanings
from aacbench.errors import UserError, first_few, one_line, unknown_name
from aacbench.files.download import hub_advice, local_only
from aacbench.types import Audio, Clip

OPTIONS = ("name", "config", "revision", "audio", "text", "id", "source", "streaming", "limit")


@dataclass(frozen=True, slots=True)
class Address:
    """Which dataset: a hub's name or a folder, its configuration and commit."""

    name: str
    config: str | None
    revision: str | None
    streaming: bool = False


@dataclass(frozen=True, slots=True)
class RowAudio:
    """The audio of one row of a dataset on disk, read when it is opened."""

    address: Address
    split: str
    column: str
    row: int

    @property
    def name(self) -> str:
        """The dataset, split and row."""
        return f"{self.address.name}::{self.split}[{self.row}]"

    @property
    def key(self) -> str:
        """The SHA-256 of the stored bytes."""
        return hashlib.sha256(self.open().read()).hexdigest()

    def open(self) -> BinaryIO:
        """Return the stored bytes; raises `UserError` where there are none."""
        return io.BytesIO(_stored(_loaded(self.address)[self.split][self.row][self.column], self.name, self.column))


def open_dataset(options: DatasetOptions) -> HfCaptions:
    """Return the dataset as asked for.

    Settings: `name` and `revision` (a commit) of one of the hub, `config`; `audio` and `text` are the columns (audio;
    text, or caption), `id` and `source` columns of names and recordings where there are such; with
    `streaming` true, the first `limit` rows of each split are taken as they come, and kept in memory.

    Raises:
        UserError: unknown setting, no such dataset, or columns that are not there.
    """
    settings = Settings("hf-captions", options.settings, OPTIONS)
    name, revision = settings.text("name"), settings.text("revision")
    if options.version is not None:
        raise UserError("hf-captions has no versions of its own; name a commit with the setting revision")
    if (name is None) == (options.data_dir is None):
        raise UserError("hf-captions wants a folder with --data-dir, or a dataset of the hub with the setting name")
    if name is not None and not re.fullmatch(r"[0-9a-f]{40}", revision or ""):
        raise UserError(f"a dataset of the hub may change: say which commit of {name}, revision=<40 hex digits>")
    streaming = settings.choice("streaming", ("false", "true")) == "true"
    if streaming and settings.integer("limit", 0) < 1:
        raise UserError("hf-captions: streaming keeps rows in memory; say how many of each split, limit=N")
    address = Address(name or str(options.data_dir), settings.text("config"), revision, streaming)
    return HfCaptions(address, settings)


class HfCaptions:
    """The splits of a Hugging Face dataset, under aacbench's names."""

    name = "hf-captions"

    def __init__(self, address: Address, settings: Settings) -> None:
        self.address, self.settings = address, settings
        self.version = (address.revision or "1")[:12]
        meaning = meanings(Path(address.name), "split", list(_loaded(address)))
        self._named = {split: name for name, split in meaning.items()}
        self.splits = tuple(self._named)
        self._clips: dict[str, list[Clip]] = {}

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips; rows with the same `id` are one clip with several captions.

        Raises:
            UserError: no such split, or columns that are not there or hold something else.
        """
        if split not in self._named:
            raise unknown_name("split of hf-captions", split, self.splits)
        if split not in self._clips:
            self._clips[split] = self._read(self._named[split])
        return list(self._clips[split])

    def _read(self, name: str) -> list[Clip]:
        table = _loaded(self.address)[name]
        audio, text = self._columns(table)
        clips: dict[str, Clip] = {}
        for number, row in self._rows(table, audio):
            label = self.settings.text("id")
            own = str(row[label]) if label else f"{name}-{number:06d}"
            source = self.settings.text("source")
            texts = _texts(row[text], f"{self.address.name}::{name}[{number}]", text)
            if own in clips:
                texts = (*clips[own].captions, *texts)
            heard = clips[own].audio if own in clips else self._audio(name, audio, number, row, own)
            clips[own] = Clip(own, heard, texts, source=str(row[source]) if source else None)
        return list(clips.values())

    def _columns(self, table: Any) -> tuple[str, str]:
        columns = list(table.features or {})
        asked: dict[str, tuple[str, ...]] = {"audio": (self.settings.text("audio") or "audio",)}
        given = self.settings.text("text")
        asked["text"] = (given,) if given else ("text", "caption", "captions")
        for key in ("id", "source"):
            if column := self.settings.text(key):
                asked[key] = (column,)
        chosen = {key: next((one for one in names if one in columns), None) for key, names in asked.items()}
        for key, column in chosen.items():
            if column is None:
                raise UserError(f"{self.address.name} has the columns {first_few(columns, 8)}: name one, {key}=COLUMN")
        return str(chosen["audio"]), str(chosen["text"])

    def _rows(self, table: Any, audio: str) -> Iterator[tuple[int, Any]]:
        if self.address.streaming:
            yield from enumerate(table.take(self.settings.integer("limit", 0)))
        else:
            yield from enumerate(table.remove_columns([audio]))

    def _audio(self, split: str, column: str, number: int, row: Any, own: str) -> Audio:
        if self.address.streaming:
            return AudioBytes(own, _stored(row[column], own, column))
        return RowAudio(self.address, split, column, number)


@lru_cache(maxsize=4)
def _loaded(address: Address) -> Any:
    """Return the splits by name, their audio undecoded."""
    try:
        import datasets  # noqa: PLC0415  (heavy, and optional)
    except ImportError as error:
        raise UserError("hf-captions needs the package datasets: pip install 'aacbench[hub]'") from error
    local = local_only() if not Path(address.name).exists() else False
    try:
        how: dict[str, Any] = {"revision": address.revision, "streaming": address.streaming}
        loaded = datasets.load_dataset(address.name, address.config, **how)
        kinds = {split: table.features or {} for split, table in loaded.items()}
        for split, columns in kinds.items():
            for column, kind in columns.items():
                if isinstance(kind, datasets.Audio):
                    loaded[split] = loaded[split].cast_column(column, datasets.Audio(decode=False))
    except Exception as error:  # the library raises many kinds
        advice = f"; {hub_advice(address.name)}" if local else ""
        raise UserError(f"cannot load the dataset {address.name} ({one_line(error)}){advice}") from error
    return loaded


def _stored(value: Any, name: str, column: str) -> bytes:
    raw = value.get("bytes") if isinstance(value, dict) else value
    if isinstance(raw, bytes):
        return raw
    path = value.get("path") if isinstance(value, dict) else None
    if path and Path(path).is_file():
        return Path(path).read_bytes()
    raise UserError(f"{name}: the column {column!r} holds no audio file")


def _texts(value: Any, name: str, column: str) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise UserError(f"{name}: the column {column!r} holds no caption; name another, text=COLUMN")
    return tuple(text.strip() for text in texts)
