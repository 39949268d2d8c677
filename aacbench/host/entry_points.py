"""The installed plugins' entry points, found without `importlib.metadata`, which takes a third of the time of `list`.

They are those of the first distribution of a name on `sys.path`, as there. Where distributions may lie elsewhere, in
archives or with finders of their own, `importlib.metadata` is asked.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

INFO = (".dist-info", ".egg-info")
FILES = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}
NAMED = re.compile(r"(?P<module>[\w.]+)\s*(:\s*(?P<attribute>[\w.]+)\s*)?(\[.*\]\s*)?$")  # as in `importlib.metadata`


class Named(Protocol):
    """What is known of a distribution."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def version(self) -> str:
        """Its version."""
        ...


class Entry(Protocol):
    """An entry point, ours or that of `importlib.metadata`."""

    @property
    def name(self) -> str:
        """The plugin's name."""
        ...

    @property
    def value(self) -> str:
        """The module, with an attribute behind a colon."""
        ...

    @property
    def dist(self) -> Named | None:
        """The distribution it comes from, if that is known."""
        ...

    def load(self) -> Any:
        """Import what it names."""
        ...


@dataclass(frozen=True)
class Installed:
    """A distribution's name and version."""

    name: str
    version: str


@dataclass(frozen=True)
class InstalledEntry:
    """An entry point of an installed distribution."""

    name: str
    value: str
    dist: Installed

    def load(self) -> Any:
        """Import what it names; raises what the import raises."""
        named = NAMED.match(self.value)
        if named is None:
            raise ValueError(f"{self.value!r} names no module")
        found: Any = import_module(named["module"])
        for attribute in filter(None, (named["attribute"] or "").split(".")):
            found = getattr(found, attribute)
        return found


def installed_entries(group: str) -> list[Entry]:
    """Return the entry points of a group, in the order of `sys.path`."""
    if _elsewhere():
        from importlib.metadata import entry_points  # noqa: PLC0415

        return [*entry_points(group=group)]
    return [entry for folder in _distributions() for entry in _entries(folder, group)]


def _elsewhere() -> bool:
    """Whether distributions may lie where no folder shows them."""
    own = any(hasattr(finder, "find_distributions") and _is_foreign(finder) for finder in sys.meta_path)
    return own or any(os.path.isfile(path) or path.endswith(".egg") for path in sys.path)


def _is_foreign(finder: object) -> bool:
    return not getattr(finder, "__module__", "").startswith(("_frozen_importlib", "importlib."))


def _distributions() -> Iterator[str]:
    """Yield the folders of what is installed: of each distribution the first."""
    known: set[str] = set()
    for path in dict.fromkeys(sys.path):
        try:
            names = sorted(name for name in os.listdir(path or ".") if name.endswith(INFO))
        except OSError:
            continue
        for name in names:
            plain = re.sub(r"[-_.]+", "-", os.path.splitext(name)[0].partition("-")[0]).lower()
            if plain not in known:
                known.add(plain)
                yield os.path.join(path or ".", name)


def _entries(folder: str, group: str) -> Iterator[InstalledEntry]:
    try:
        with open(os.path.join(folder, "entry_points.txt"), encoding="utf-8") as file:
            text = file.read()
    except OSError:
        return
    if f"[{group}]" not in text:
        return
    section = None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif section == group and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield InstalledEntry(name.strip(), value.strip(), _installed(folder))


def _installed(folder: str) -> Installed:
    """Return what the head of a distribution's metadata says."""
    said: dict[str, str] = {}
    try:
        with open(os.path.join(folder, FILES[os.path.splitext(folder)[1]]), encoding="utf-8") as file:
            for line in file:
                key, colon, value = line.partition(":")
                if not colon and not line.strip():
                    break
                said.setdefault(key.lower(), value.strip())
    except OSError:
        pass
    return Installed(said.get("name", ""), said.get("version", ""))
