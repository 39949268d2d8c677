"""What a folder holds, with everything left out that two good runs of the same may differ in."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load_file

# Times and machines; check sums over them; the share of a step's time; what a sweep did the last time.
MAY_DIFFER = {"seconds", "decoding_seconds", "hardware", "commit", "check", "crc32", "train_reward_share",
              "attempts", "log", "peak_ram_bytes", "peak_gpu_bytes", "real_time_factor", "energy_kwh"}  # fmt: skip
NAMES_ONLY = {"index.jsonl", "made.jsonl", "tuples.sqlite", "swept", "run.log"}
SHORTCUTS = {"seal.json"}  # a run is whole without: it may be killed just before, and is then known the longer way


def contents(*folders: Path, root: Path | None = None) -> dict[str, str]:
    """Return the files below the folders with a digest of what two good runs have in common.

    The names alone are a check, too: no temporary file may be left. Paths below `root`, by default the folder itself,
    count as relative to it.
    """
    return {
        f"{place}/{path.relative_to(folder)}": digest(path, str(root or folder))
        for place, folder in enumerate(folders)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in SHORTCUTS
    }


def digest(path: Path, root: str) -> str:
    """Return the digest of what counts in a file; where `root` lies does not."""
    if path.name in NAMES_ONLY:
        return ""
    try:
        parts = common(path, root)
    except (ValueError, SafetensorError):  # damaged
        parts = [path.read_bytes()]
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def common(path: Path, root: str) -> list[bytes]:
    """Return what two good runs have in common in a file."""
    if path.name == "last.safetensors":  # its header has the seconds
        tensors = load_file(path)
        return [name.encode() + tensors[name].tobytes() for name in sorted(tensors)]
    if path.suffix in (".json", ".jsonl"):
        whole = path.read_text(encoding="utf-8").replace(root, "")
        texts = whole.splitlines() if path.suffix == ".jsonl" else [whole]
        return [json.dumps(stripped(json.loads(text)), sort_keys=True).encode() for text in texts]
    return [path.read_bytes()]


def stripped(value: Any) -> Any:
    """Return a JSON value without what may differ."""
    if isinstance(value, dict):
        return {name: stripped(inner) for name, inner in value.items() if name not in MAY_DIFFER}
    return [stripped(inner) for inner in value] if isinstance(value, list) else value


def differences(wanted: dict[str, str], found: dict[str, str]) -> list[str]:
    """Return the files that are missing, left over or different."""
    lost = [f"lost: {name}" for name in wanted if name not in found]
    left = [f"left: {name}" for name in found if name not in wanted]
    return [*lost, *left, *(f"changed: {name}" for name in wanted if found.get(name, wanted[name]) != wanted[name])]
