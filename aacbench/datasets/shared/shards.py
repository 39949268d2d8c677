"""Clips in tar shards, in the layout of WebDataset: `key.flac` and, beside it, `key.json` with what is known of it.

Shards are listed once (`aacbench.files.tar_members`) and read in place. The JSON may have `id` (else the member's
name), `captions` (or `caption`, `text`), `tags`, `scene`, `split` and `source`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from aacbench.audio.source import ShardMember
from aacbench.errors import UserError, one_line
from aacbench.files.audio_files import files_below, is_audio
from aacbench.files.safe_read import parse_json
from aacbench.files.tar_members import tar_members

ENDING = ".tar"
PACKED = re.compile(r"[\w-]+-\d{8}-")  # how `aacbench data pack` begins a member's name: split and number
LARGEST = 2**20  # bytes of a clip's JSON


def shards_below(folder: Path) -> list[Path]:
    """Return the tar files in `folder` and below, by name."""
    return sorted(path for path in files_below(folder) if path.name.lower().endswith(ENDING))


def shard_members(folder: Path) -> dict[str, ShardMember]:
    """Return the audio in the shards below `folder` by the members' names; of one name twice, the first.

    Raises:
        UserError: a shard is damaged.
    """
    members: dict[str, ShardMember] = {}
    for shard in shards_below(folder):
        for name, part in tar_members(shard).items():
            if is_audio(name):
                members.setdefault(name, ShardMember(part))
    return members


def packed_clips(folder: Path) -> Iterator[tuple[str, ShardMember]]:
    """Yield the id and the audio of each clip that `aacbench data pack` wrote into the shards below `folder`.

    Raises:
        UserError: a shard is damaged, or a JSON is none.
    """
    for _, audio, known in described(folder, PACKED):
        if isinstance(known.get("id"), str):
            yield known["id"], audio


def described(
    folder: Path, called: re.Pattern[str] | None = None
) -> Iterator[tuple[str, ShardMember, Mapping[str, Any]]]:
    """Yield name, audio and JSON of each clip in the shards below `folder`; clips without a JSON are passed over.

    Of members whose names do not begin as `called` says, the JSON is not read.

    Raises:
        UserError: a shard is damaged, or a JSON is none.
    """
    for shard in shards_below(folder):
        members = tar_members(shard)
        for name, part in members.items():
            wanted = is_audio(name) and (called is None or called.match(name))
            beside = members.get(str(PurePosixPath(name).with_suffix(".json"))) if wanted else None
            if beside is not None:
                yield (
                    name,
                    ShardMember(part),
                    _read(shard, beside.name, beside.read() if beside.size <= LARGEST else b""),
                )


def packed_json(value: Mapping[str, Any]) -> bytes:
    """Return the bytes of a clip's JSON; what is empty is left out."""
    return json.dumps({key: one for key, one in value.items() if one}, ensure_ascii=False).encode()


def _read(shard: Path, name: str, raw: bytes) -> Mapping[str, Any]:
    try:
        value = parse_json(raw)
    except ValueError as error:
        raise UserError(f"{shard}: {name} is no JSON ({one_line(error)}); pack it again") from error
    if not isinstance(value, dict):
        raise UserError(f"{shard}: {name} is no JSON object; pack it again")
    return value
