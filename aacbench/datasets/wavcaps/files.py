"""WavCaps' files: a JSON of each source, and blacklists of the clips that other datasets evaluate with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from aacbench.datasets.shared.bbc import bbc_recording
from aacbench.errors import UserError, one_line
from aacbench.files.safe_read import load_json

SOURCES = {"as": "AudioSet_SL", "fsd": "FreeSound", "bbc": "BBC_Sound_Effects", "sb": "SoundBible"}
# Two sources may call a clip alike: a file in a folder such as `FreeSound_flac` is never SoundBible's.
FOLDERS_OF_OTHERS = {
    source: tuple(name.lower() for other, name in SOURCES.items() if other != source) for source in SOURCES
}
ANY = ""  # a blacklist that does not say of which source its ids are
AGAIN = "get it again with `aacbench fetch wavcaps`"
_ENDINGS = (".wav", ".flac", ".mp3")


def clips_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the id (without ending) and the caption of each clip of a source.

    Raises:
        UserError: it is no readable JSON, or not of that form.
    """
    data = _load(path)
    rows = data.get("data") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise UserError(f"{path} holds no list of clips under 'data'; {AGAIN}")
    for row in rows:
        try:
            yield _bare(str(row["id"])), str(row["caption"]).strip()
        except (TypeError, KeyError) as error:
            raise UserError(f"{path} has a clip without id or caption; {AGAIN}") from error


def recording(source: str, stem: str) -> str:
    """Return what other datasets call the recording: a YouTube id, a Freesound id, `bbc ID`, `soundbible ID`."""
    if source == "as":
        return stem[1:12] if stem.startswith("Y") else stem[:11]
    return {"bbc": bbc_recording(stem), "sb": f"soundbible {stem}"}.get(source, stem)


def blacklisted(paths: Iterable[Path]) -> dict[str, set[str]]:
    """Return the ids in blacklists (without ending) by source, because ids of two sources may be alike.

    Raises:
        UserError: one is no readable JSON.
    """
    banned: dict[str, set[str]] = {}
    for path in paths:
        data = _load(path)
        for title, ids in data.items() if isinstance(data, dict) else [("", data)]:
            banned.setdefault(_source(title), set()).update(map(_bare, _texts(ids)))
    return banned


def _source(title: str) -> str:
    """Return the short name of the source that a blacklist calls `AudioSet`, say."""
    return next((short for short, name in SOURCES.items() if title and name.startswith(title)), ANY)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        yield from map(str, value)


def _bare(name: str) -> str:
    return name.rpartition(".")[0] if name.lower().endswith(_ENDINGS) else name


def _load(path: Path) -> Any:
    try:
        return load_json(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is no readable JSON ({one_line(error)}); {AGAIN}") from error
