"""Names of the previous release, which stand for today's for one release and say so."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TextIO


class RenamedWarning(DeprecationWarning):
    """Code uses a name of the previous release; the message says which one to use. `aacbench plugins` shows it."""


def warn_renamed(message: str, stacklevel: int = 2) -> None:
    """Say what to rename, on behalf of the caller's caller (`stacklevel` as in `warnings.warn`)."""
    warnings.warn(message, RenamedWarning, stacklevel=stacklevel + 1)


def show_renamed() -> None:
    """Have what to rename shown as one line on standard error, unless Python was told what to do with warnings."""
    if sys.warnoptions:
        return
    warnings.filterwarnings("default", category=RenamedWarning)
    usual = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, RenamedWarning):
            print(f"aacbench: {message}", file=sys.stderr)
        else:
            usual(message, category, filename, lineno, file, line)

    warnings.showwarning = show


def renamed_names(module: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module's `__getattr__`: each old name stands for `"dotted.module:name"`."""

    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        new_module, _, new = names[name].partition(":")
        warn_renamed(f"{module}.{name} is {new_module}.{new} now; rename it", stacklevel=2)
        return getattr(import_module(new_module), new)

    return get
