"""Imports of modules that have moved since the previous release: they work for one more, and say what to rename.

`aacbench` puts the finder behind all others, so that it is asked for modules alone that are nowhere else.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from aacbench.host.moved_modules import MODULES, NAMES, REFUSED
from aacbench.runtime.renamed import warn_renamed

if TYPE_CHECKING:
    from importlib.abc import Loader, MetaPathFinder
else:  # importlib.abc imports `tempfile` and `random`, which `python -m aacbench` could take from the working folder
    Loader = MetaPathFinder = object

ROOT = "aacbench."


def moved_to(name: str) -> str | None:
    """Return where the module `name` of the previous release is now; None where it has not moved."""
    old = name.removeprefix(ROOT)
    for known in sorted(MODULES, key=len, reverse=True):
        if old == known or old.startswith(f"{known}."):
            return ROOT + MODULES[known] + old.removeprefix(known)
    return None


class MovedModule(ModuleType):
    """Stands in for a module of the previous release."""

    def __getattr__(self, name: str) -> Any:
        """Return what is called `name` there, or what that is called now."""
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        new = NAMES.get(self.__name__.removeprefix(ROOT), {}).get(name, name)
        module, _, attribute = new.rpartition(":")
        target = import_module(ROOT + module if module else str(moved_to(self.__name__)))
        if attribute != name:
            warn_renamed(f"{self.__name__}.{name} is {target.__name__}.{attribute} now; rename it")
        return getattr(target, attribute)


class MovedLoader(Loader):
    """Makes the stand-ins."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return an empty stand-in."""
        return MovedModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Import the module that is meant, so that its absence shows at once."""
        target = str(moved_to(module.__name__))
        warn_renamed(f"{module.__name__} is {target} now; rename it in your imports")
        import_module(target)


class MovedFinder(MetaPathFinder):
    """Finds modules by the names that they had."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to make the stand-in for a module that has moved.

        Raises:
            ImportError: its old name means something else now; the new one is named.
        """
        if not fullname.startswith(ROOT):
            return None
        if (new := REFUSED.get(fullname.removeprefix(ROOT))) is not None:
            raise ImportError(f"the module {fullname} is {ROOT}{new} now; rename it in your imports")
        return None if moved_to(fullname) is None else ModuleSpec(fullname, MovedLoader(), is_package=True)


def install() -> None:
    """Put the finder behind all others, once."""
    if not any(isinstance(finder, MovedFinder) for finder in sys.meta_path):
        sys.meta_path.append(MovedFinder())
