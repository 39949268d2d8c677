"""Other people's torch files, read without running their code and without believing their sizes.

Besides tensors, checkpoints carry counters and the states of samplers: NumPy's scalars and arrays are read, too.
"""

from __future__ import annotations

import codecs
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aacbench.errors import UserError, one_line


def unpickle(path: Path, *kinds: type) -> Any:
    """Return what a torch file holds: tensors, NumPy's arrays, plain containers, besides them objects of `kinds`.

    Raises:
        UserError: it is no torch file, is damaged, holds anything else, or would be larger in memory than on disk.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as members:
                unpacked = sum(member.file_size for member in members.infolist())
            if unpacked > os.path.getsize(path):
                raise ValueError("it is compressed, which torch's files are not")
        with torch.serialization.safe_globals([*kinds, *_numpy()]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file makes the reader stumble anywhere
        refused = isinstance(error, pickle.UnpicklingError)  # torch then says in many lines how to trust the file
        why = "it is damaged or holds code" if refused else f"{type(error).__name__}: {one_line(error)}"
        raise UserError(f"{path} is no readable weights file ({why})") from error


def _numpy() -> list[Any]:
    """Return what NumPy's arrays and scalars are pickled by, under its own names of both major versions."""
    scalar = np.int64(0).__reduce__()[0]  # NumPy's own function, wherever it lies
    named = [
        (function, f"{module}.multiarray.{name}")
        for module in ("numpy.core", "numpy._core")
        for function, name in ((_empty_array, "_reconstruct"), (scalar, "scalar"))
    ]
    kinds = {type(np.dtype(code)) for code in "?bBhHiIlLqQefdFDSUO"}
    named += [(codecs.encode, "_codecs.encode"), (_no_bytes, "__builtin__.bytes"), (_no_bytes, "builtins.bytes")]
    return [np.ndarray, np.dtype, *kinds, *named]


def _no_bytes() -> bytes:
    """Stand in for `bytes`, which pickle calls for empty ones and which would make zeros of any length."""
    return b""


def _empty_array(kind: type, shape: tuple[int, ...], code: bytes) -> NDArray[Any]:
    """Stand in for NumPy's own function, which would believe any shape; pickle always asks for an empty array."""
    if kind is not np.ndarray or shape != (0,):
        raise ValueError("an array of unusual form")
    return np.ndarray(0, code.decode() if isinstance(code, bytes) else code)


def is_plain(value: object) -> bool:
    """Whether a value is a tensor of numbers that lie in memory once each: no sparse, quantised or repeated ones."""
    return (
        isinstance(value, Tensor)
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and not value.is_quantized
        and value.numel() * value.element_size() <= value.untyped_storage().nbytes()
    )
