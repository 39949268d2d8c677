"""One's own data as shards alone: the rows come from the JSON beside each clip, as `aacbench data pack` writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aacbench.audio.source import ShardMember
from aacbench.datasets.csv_folder.table import ClipRow
from aacbench.datasets.shared.shards import described
from aacbench.datasets.shared.split_names import meanings
from aacbench.datasets.shared.tables import refuse, twice
from aacbench.errors import UserError, cut

CAPTIONS = ("captions", "caption", "text")


def read_shards(folder: Path) -> tuple[list[ClipRow], dict[str, ShardMember]]:
    """Return the clips of the shards below `folder`, in the shards' order, and the audio of each by its name.

    Raises:
        UserError: no clip has a JSON, one has a value of the wrong kind, or ids or splits are not what they must be.
    """
    entries = [(_name(folder, name, known), audio, known) for name, audio, known in described(folder)]
    if not entries:
        raise UserError(f"{folder}: no clip in its shards has a JSON beside it; put a CSV file with captions there")
    refuse(folder, "ids that stand twice", twice(name for name, _, _ in entries))
    words = [_text(folder, name, known, "split") for name, _, known in entries]
    meaning = meanings(folder, "split", words)
    rows = [
        ClipRow(
            name,
            next((texts for key in CAPTIONS if (texts := _texts(folder, name, known, key))), ()),
            _texts(folder, name, known, "tags"),
            meaning.get(word),
            _text(folder, name, known, "source") or None,
        )
        for (name, _, known), word in zip(entries, words, strict=True)
    ]
    return rows, {name: audio for name, audio, _ in entries}


def _name(folder: Path, member: str, known: Mapping[str, Any]) -> str:
    return _text(folder, member, known, "id") or member


def _text(folder: Path, name: str, known: Mapping[str, Any], key: str) -> str:
    value = known.get(key, "")
    if not isinstance(value, str):
        raise UserError(f"{folder}: the {key} of {cut(name)!r} is {cut(repr(value))}; wanted a text")
    return value.strip()


def _texts(folder: Path, name: str, known: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = known.get(key) or ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(text, str) for text in values):
        raise UserError(f"{folder}: the {key} of {cut(name)!r} are {cut(repr(value))}; wanted texts")
    return tuple(text.strip() for text in values if text.strip())
