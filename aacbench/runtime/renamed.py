"""Names of the previous release, which stand for today's for one release and say so."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


class RenamedWarning(DeprecationWarning):
    """Code uses a name of the previous release; the message says which one to use. `aacbench plugins` shows it."""


def warn_renamed(message: str, stacklevel: int = 2) -> None:
    """Say what to rename, on behalf of the caller's caller (`stacklevel` as in `warnings.warn`)."""
    warnings.warn(message, RenamedWarning, stacklevel=stacklevel + 1)


def renamed_names(module: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module's `__getattr__`: each old name stands for `"dotted.module:name"`."""

    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        new_module, _, new = names[name].partition(":")
        warn_renamed(f"{module}.{name} is {new_module}.{new} now; rename it", stacklevel=2)
        return getattr(import_module(new_module), new)

    return get
