"""Other people's torch files, read without running their code and without believing their sizes."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aacbench.errors import UserError, one_line


def unpickle(path: Path, *kinds: type) -> Any:
    """Return what a torch file holds: tensors and plain containers, besides them objects of `kinds`.

    Raises:
        UserError: it is no torch file, is damaged, holds anything else, or would be larger in memory than on disk.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as members:
                unpacked = sum(member.file_size for member in members.infolist())
            if unpacked > os.path.getsize(path):
                raise ValueError("it is compressed, which torch's files are not")
        with torch.serialization.safe_globals(list(kinds)):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file makes the reader stumble anywhere
        refused = isinstance(error, pickle.UnpicklingError)  # torch then says in many lines how to trust the file
        why = "it is damaged or holds code" if refused else f"{type(error).__name__}: {one_line(error)}"
        raise UserError(f"{path} is no readable weights file ({why})") from error


def is_plain(value: object) -> bool:
    """Whether a value is a tensor of numbers that lie in memory once each: no sparse, quantised or repeated ones."""
    return (
        isinstance(value, Tensor)
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and not value.is_quantized
        and value.numel() * value.element_size() <= value.untyped_storage().nbytes()
    )
