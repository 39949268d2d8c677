"""Pickles of others that hold nothing but texts, numbers and containers: read without running code, or believing sizes.

The reader is the one in Python, whose memory grows with what was read; the one in C makes room for whatever a file
states.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

from aacbench.errors import UserError, one_line


class _Plain(pickle._Unpickler):
    dispatch = {  # noqa: RUF012
        code: load for code, load in pickle._Unpickler.dispatch.items() if code != pickle.BYTEARRAY8[0]
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"it wants {module}.{name}, and only plain containers are read")


def load_plain(path: Path, most: int) -> Any:
    """Return what a pickle of at most `most` bytes holds.

    Raises:
        UserError: it is none, is too large, or holds anything but texts, numbers and containers.
    """
    try:
        if path.stat().st_size > most:
            raise ValueError(f"it has more than {most:,} bytes")
        with path.open("rb") as file:
            return _Plain(file).load()
    except Exception as error:  # a damaged pickle makes the reader stumble anywhere
        raise UserError(f"{path} is no pickle of plain values ({one_line(error)})") from error
