"""The dataset `wavcaps`: the JSON files of the four sources, audio the user's own, as files or in tar shards.

FreeSound's part holds clips of Clotho and of the DCASE evaluation sets, AudioSet's part clips of AudioCaps. So the
version `safe`, the default, leaves out what the published blacklist names; where that file is not there, both parts.
The version `all` takes everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aacbench.contracts import DatasetOptions
from aacbench.datasets.shared.captioned import OPTIONS, CaptionedClips, Entry, Publication, open_published
from aacbench.datasets.shared.settings import Settings
from aacbench.errors import UserError, one_line, unknown_name
from aacbench.files.audio_files import files_below
from aacbench.files.safe_read import load_json

VERSIONS = ("safe", "all")
SOURCES = {"as": "AudioSet_SL", "fsd": "FreeSound", "bbc": "BBC_Sound_Effects", "sb": "SoundBible"}
UNSAFE = ("as", "fsd")  # without the blacklist nobody can tell which of their clips are other datasets' test clips
PAGE = "https://huggingface.co/datasets/cvssp/WavCaps"


def open_dataset(options: DatasetOptions) -> CaptionedClips:
    """Return WavCaps as asked for; settings are `sources` (as,fsd,bbc,sb), and those of all such datasets.

    Raises:
        UserError: unknown version, setting or source, or no JSON files where they were looked for.
    """
    version = options.version or VERSIONS[0]
    if version not in VERSIONS:
        raise unknown_name("version of wavcaps", version, VERSIONS)
    settings = Settings("wavcaps", options.settings, (*OPTIONS, "sources"))
    asked = [name.strip() for name in (settings.text("sources") or ",".join(SOURCES)).split(",")]
    for name in asked:
        if name not in SOURCES:
            raise unknown_name("source of wavcaps", name, SOURCES)
    notes: list[str] = []
    files = tuple(f"{below}{name}_final.json" for name in SOURCES for below in ("", "json_files/*/", "*/"))
    known = Publication("wavcaps", "WavCaps", version, ("wavcaps", "WavCaps"), files, PAGE)
    return open_published(known, options, settings, lambda root: _entries(root, asked, version, notes), notes)


def _entries(root: Path, asked: list[str], version: str, notes: list[str]) -> Iterator[Entry]:
    listed = {path.name: path for path in files_below(root) if path.name.endswith(".json")}
    black = {path.name: path for path in listed.values() if path.name.startswith("blacklist")}
    banned = {name for path in black.values() for name in _ids(load(path))} if version == "safe" else set()
    safe = version == "all" or bool(black)
    if not safe:
        left_out = ", ".join(SOURCES[name] for name in asked if name in UNSAFE)
        notes.append(f"no blacklist is there, so all of {left_out} is left out: it holds other datasets' test clips")
    count = 0
    for name in asked:
        path = listed.get(f"{name}_final.json")
        if path is None or not (safe or name not in UNSAFE):
            continue
        for entry in _of_source(name, path):
            if entry.stems[0] in banned or entry.source in banned:
                count += 1
            else:
                yield entry
    if count:
        notes.append(f"{count:,} clips of the evaluation sets of other datasets are left out, as the blacklist says")


def _of_source(name: str, path: Path) -> Iterator[Entry]:
    data = load(path)
    rows = data.get("data") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise UserError(f"{path} holds no list of clips under 'data'; get it again from {PAGE}")
    for row in rows:
        try:
            own, caption = str(row["id"]), str(row["caption"]).strip()
        except (TypeError, KeyError) as error:
            raise UserError(f"{path} has a clip without id or caption; get it again from {PAGE}") from error
        stem = own.rpartition(".")[0] if own.lower().endswith((".wav", ".flac", ".mp3")) else own
        source = stem[1:12] if name == "as" and stem.startswith("Y") else stem
        yield Entry(f"{name}/{stem}", (caption,), source, (stem,))


def _ids(value: Any) -> Iterator[str]:
    """Yield the ids in a blacklist: lists, or lists by source; with and without ending."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _ids(inner)
    elif isinstance(value, list):
        for one in value:
            name = str(one)
            yield from (name, name.rpartition(".")[0] or name)


def load(path: Path) -> Any:
    """Return what a JSON file holds; raises `UserError` where it cannot be read."""
    try:
        return load_json(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is no readable JSON ({one_line(error)}); get it again from {PAGE}") from error
