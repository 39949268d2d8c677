"""METEOR's compiled kernels between processes: kept sealed, under the content of all that they are made from.

numba keeps compiled code as pickles, which run what they hold when they are read. So numba reads and writes in a
folder of this process alone; between processes the folder's files are one sealed file (`aacbench.files.sealed`), whose
name carries a hash of the sources, the versions and the processor. On any doubt the kernels are compiled anew.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding
import numba
import numba.core.config

from aacbench.files.cache_dir import cache
from aacbench.files.safe_read import parse_json
from aacbench.files.sealed import keep_sealed, read_sealed


class Compiled:
    """A function that numba compiles on its first call, unless that was done before."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Take the plain function, which with all that it calls lies in this folder."""
        self._function = function
        self._ready: Any = None  # numba's dispatcher

    def ready(self, arguments: Sequence[Any]) -> Callable[..., None]:
        """Return the compiled function, which works without the interpreter's lock, for arguments of these types."""
        if self._ready is None:
            path = cache("meteor") / f"kernels-{_key()}.sealed"
            kept, folder = read_sealed(path), _own_folder()
            try:
                self._ready = self._compile(kept, folder, arguments)
            except Exception:
                if kept is None:
                    raise
                folder = _own_folder()  # what was kept is not what this numba reads
                self._ready = self._compile(None, folder, arguments)
            if sum(self._ready.stats.cache_misses.values()):
                keep_sealed(path, _pack(folder))
        ready: Callable[..., None] = self._ready
        return ready

    def _compile(self, kept: bytes | None, folder: Path, arguments: Sequence[Any]) -> Any:
        _unpack(kept, folder)
        type_of: Callable[[Any], Any] = numba.typeof
        with _numba_folder(str(folder)):
            compiled: Any = numba.njit(nogil=True, cache=True)(self._function)
        compiled.compile(tuple(map(type_of, arguments)))
        return compiled


def _own_folder() -> Path:
    """Return a folder for numba's files, as long as the process lives."""
    folder = Path(tempfile.mkdtemp(prefix="aacbench-kernels-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _key() -> str:
    """Return a hash of what the machine code depends on."""
    parts = [platform.python_version(), numba.__version__, llvmlite.__version__]
    parts += [platform.machine(), llvmlite.binding.get_host_cpu_name()]
    parts += [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@contextmanager
def _numba_folder(folder: str) -> Iterator[None]:
    """Let numba keep what is decorated inside the block in `folder`."""
    settings: Any = numba.core.config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = folder
    try:
        yield
    finally:
        settings.CACHE_DIR = before


def _pack(folder: Path) -> bytes:
    """Return a folder's files as one: a line of JSON with names and sizes, then the contents."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    contents = [path.read_bytes() for path in paths]
    sizes = {str(path.relative_to(folder)): len(content) for path, content in zip(paths, contents, strict=True)}
    return json.dumps(sizes).encode() + b"\n" + b"".join(contents)


def _unpack(content: bytes | None, folder: Path) -> None:
    """Write the files of `_pack` below `folder`; None is nothing."""
    if content is None:
        return
    line, _, rest = content.partition(b"\n")
    sizes: Any = parse_json(line)
    start = 0
    for name, size in sizes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rest[start : start + size])
        start += size
