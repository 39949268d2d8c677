"""Where a dataset is looked for: the folder that the user names, else `$AACBENCH_DATA`, else the cache."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.cache_dir import home


@dataclass(frozen=True, slots=True)
class DatasetLocation:
    """How to find a dataset: `folders` are its usual names in a folder of datasets, the nearest first.

    `present(root)` tells whether it is there, `wanted` says in words what that means; `advice` is how to get it
    (`aacbench fetch ...` is offered if it is empty). `others` are versions that are read from the same files.
    """

    name: str
    title: str
    version: str
    folders: Sequence[str]
    present: Callable[[Path], bool]
    wanted: str
    advice: str = ""
    others: Sequence[str] = ()

    def find(self, data_dir: Path | None) -> Path:
        """Return the dataset's folder: at or below `data_dir` if given; it is not looked for elsewhere then.

        Raises:
            UserError: it is not there.
        """
        tried = list(self.candidates(data_dir))
        for root in tried:
            if self.present(root):
                return root
        if data_dir is not None:
            problem = "is not a folder" if not data_dir.is_dir() else f"holds no {self.title} (wanted {self.wanted})"
            raise UserError(f"{data_dir} {problem}; correct --data-dir, or {self.hint(data_dir)}")
        raise UserError(
            f"{self.title} {self.version} is not on this machine; {self.hint()}, or name its folder with "
            f"--data-dir or AACBENCH_DATA (wanted {self.wanted}; looked in {', '.join(map(str, tried))})"
        )

    def find_tables(self, data_dir: Path | None) -> Path:
        """Return the folder of the captions: at or below `data_dir`, which may hold clips alone, else where they are.

        Raises:
            UserError: `data_dir` is no folder, or the captions are nowhere.
        """
        if data_dir is not None and not data_dir.is_dir():
            self.find(data_dir)
        named = (root for root in self.candidates(data_dir) if self.present(root))
        return next(named, None) or self.find(None)

    def candidates(self, data_dir: Path | None) -> Iterator[Path]:
        """Yield the folders in which it may lie, best first; they need not exist."""
        if data_dir is not None:
            yield data_dir
            yield from (data_dir / folder for folder in self.folders)
            return
        if base := os.environ.get("AACBENCH_DATA"):
            folder = Path(base).expanduser()
            yield from (folder / below for below in self.folders)
            yield folder
        yield self.cache_folder
        yield from (self.cache_folder.with_name(version) for version in self.others)

    @property
    def cache_folder(self) -> Path:
        """Where `aacbench fetch` puts it by default; it may not exist."""
        return home() / "datasets" / self.name / self.version

    def hint(self, data_dir: Path | None = None) -> str:
        """Return what to do to get it."""
        if self.advice:
            return self.advice
        command = f"aacbench fetch {self.name} --version {self.version}"
        return f"run `{command}`" if data_dir is None else f"run `{command} --data-dir {data_dir}`"
