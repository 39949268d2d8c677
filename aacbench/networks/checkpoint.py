"""Reading other people's weight files without running their code, and saying what does not fit."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from aacbench.errors import UserError, first_few


def read_tensors(path: Path, key: str | None = None, optional: bool = False) -> dict[str, Tensor]:
    """Return the tensors of a `.pth` or `.safetensors` file; `key` is the outer entry that holds them.

    With `optional`, a file without that entry holds the tensors itself.
    Nothing is unpickled beyond tensors and plain containers (`weights_only`).

    Raises:
        UserError: the file is missing, unreadable, holds code, or lacks `key`.
    """
    if not path.is_file():
        raise UserError(f"no weights at {path}; run `aacbench fetch` for published ones, or check the path")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise UserError(f"{path} is no readable weights file ({type(error).__name__}: {_short(error)})") from error
    if optional and isinstance(stored, dict) and key not in stored:
        key = None
    if key is not None:
        if not isinstance(stored, dict) or key not in stored:
            raise UserError(f"{path} holds no entry {key!r}; wanted a checkpoint with its weights under {key!r}")
        stored = stored[key]
    if not isinstance(stored, dict) or not all(isinstance(value, Tensor) for value in stored.values()):
        raise UserError(f"{path} holds no mapping from names to tensors")
    return dict(stored)


def load_strictly(network: nn.Module, tensors: Mapping[str, Tensor], path: Path, drop: tuple[str, ...] = ()) -> None:
    """Copy `tensors` into `network`; every name and shape must fit, apart from names that begin with one of `drop`.

    Raises:
        UserError: names are missing or left over, or shapes differ; the first few are named.
    """
    kept = {name: value for name, value in tensors.items() if not name.startswith(drop)} if drop else dict(tensors)
    wanted = network.state_dict()
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


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]
