"""Weight files: other people's are read without running their code, ours carry a check sum in the header.

The header of a safetensors file of ours has one text, for the order of several is not fixed: a JSON object of texts,
among them `crc32`, of the tensors' names, types, shapes and bytes, by name, and of the other texts.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from aacbench.errors import UserError, first_few
from aacbench.files.unpickle import is_plain, unpickle
from aacbench.models.safetensors_file import tensor_bytes, write_safetensors

WRAPPED = "module."
TEXTS, CHECK = "aacbench", "crc32"


def read_tensors(path: Path, key: str | None = None, optional: bool = False) -> dict[str, Tensor]:
    """Return the tensors of a `.pth` or `.safetensors` file; `key` is the outer entry that holds them.

    With `optional`, a file without that entry holds the tensors itself. Names that all begin with `module.`, as those
    of a network inside torch's DataParallel, lose it.
    Nothing is unpickled beyond tensors and plain containers (`weights_only`).

    Raises:
        UserError: the file is missing, unreadable, holds code, or lacks `key`.
    """
    if not path.is_file():
        raise UserError(f"no weights at {path}; run `aacbench fetch` for published ones, or check the path")
    try:
        stored = read_checked(path)[0] if path.suffix == ".safetensors" else unpickle(path)
    except (ValueError, OSError) as error:
        raise UserError(f"{path} is no readable weights file ({type(error).__name__}: {_short(error)})") from error
    if optional and isinstance(stored, dict) and key not in stored:
        key = None
    if key is not None:
        if not isinstance(stored, dict) or key not in stored:
            raise UserError(f"{path} holds no entry {key!r}; wanted a checkpoint with its weights under {key!r}")
        stored = stored[key]
    if not isinstance(stored, dict) or not all(isinstance(name, str) and is_plain(stored[name]) for name in stored):
        raise UserError(f"{path} holds no mapping from names to tensors")
    wrapped = stored and all(name.startswith(WRAPPED) for name in stored)
    return {name.removeprefix(WRAPPED): value for name, value in stored.items()} if wrapped else dict(stored)


def write_checked(path: Path, tensors: Mapping[str, Tensor], texts: Mapping[str, str] | None = None) -> None:
    """Write tensors, and texts into the header, as a safetensors file with a check sum.

    Raises:
        OSError: the file cannot be written.
    """
    header = dict(texts or {})
    write_safetensors(path, tensors, {TEXTS: json.dumps({**header, CHECK: _check_sum(tensors, header)})})


def read_checked(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors of a safetensors file and the texts of its header; the check sum is tested if there is one.

    Raises:
        OSError, ValueError: the file is missing, is no safetensors file, or does not hold what was written.
    """
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415

    try:
        with safe_open(path, framework="pt") as stored:
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  (no mapping)
            header = dict(stored.metadata() or {})
            if TEXTS in header:
                header = dict(json.loads(header[TEXTS]))
    except (SafetensorError, TypeError) as error:
        raise ValueError(_short(error)) from error
    check = header.pop(CHECK, None)
    if check is not None and check != _check_sum(tensors, header):
        raise ValueError("its bytes are not those that were written")
    return tensors, header


def _check_sum(tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> str:
    crc = zlib.crc32(json.dumps(header, sort_keys=True).encode())
    for name in sorted(tensors):
        value = tensors[name]
        crc = zlib.crc32(f"{name} {value.dtype} {tuple(value.shape)}\n".encode(), crc)
        for part in tensor_bytes(value):
            crc = zlib.crc32(part, crc)
    return f"{crc:08x}"


def load_strictly(network: nn.Module, tensors: Mapping[str, Tensor], path: Path, drop: tuple[str, ...] = ()) -> None:
    """Copy `tensors` into `network`; every name and shape must fit, apart from names that begin with one of `drop`.

    Buffers that a module names in `optional_buffers` keep their values where the file is older than they are.

    Raises:
        UserError: names are missing or left over, or shapes differ; the first few are named.
    """
    kept = {name: value for name, value in tensors.items() if not name.startswith(drop)} if drop else dict(tensors)
    wanted = network.state_dict()
    kept = {**optional_tensors(network), **kept}
    missing = [name for name in wanted if name not in kept]
    extra = [name for name in kept if name not in wanted]
    shapes = [
        f"{name} {tuple(kept[name].shape)} for {tuple(wanted[name].shape)}"
        for name in wanted
        if name in kept and kept[name].shape != wanted[name].shape
    ]
    for what, names in (("lacks", missing), ("has unknown", extra), ("has other shapes:", shapes)):
        if names:
            raise UserError(
                f"{path} does not fit {type(network).__name__}: it {what} {first_few(names)}; "
                "check that the file belongs to this network and width"
            )
    network.load_state_dict(kept)


def optional_tensors(network: nn.Module) -> dict[str, Tensor]:
    """Return the buffers, by their names in the network's state, that files may lack (`optional_buffers`)."""
    optional = {}
    for name, module in network.named_modules():
        for buffer in getattr(module, "optional_buffers", ()):
            optional[f"{name}.{buffer}" if name else buffer] = getattr(module, buffer)
    return optional


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]
