"""Several files changed as one: where a later step fails, those before it are taken back."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from aacbench.files.atomic import atomic_write


class Changes:
    """Writes files at once and remembers what was there; as a context, it takes all back when an error leaves it."""

    def __init__(self) -> None:
        self._before: dict[Path, bytes | None] = {}
        self._made: list[Path] = []

    def write(self, path: Path, content: str | bytes) -> None:
        """Write `content` (text as UTF-8) to `path`.

        Raises:
            OSError: as writing does.
        """
        if path not in self._before:
            self._before[path] = path.read_bytes() if path.is_file() else None
            self._made += [folder for folder in path.parents if not folder.exists()]
        atomic_write(path, content)

    def undo(self) -> None:
        """Put back what was there before, and remove folders that were made."""
        for path, content in reversed(self._before.items()):
            with suppress(OSError):
                path.unlink(missing_ok=True) if content is None else atomic_write(path, content)
        for folder in sorted(set(self._made), key=lambda folder: -len(folder.parts)):
            with suppress(OSError):
                folder.rmdir()
        self._before.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.undo()
