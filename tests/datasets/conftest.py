"""Made-up recordings, a cache of each test's own, and a web server on this machine."""

from __future__ import annotations

import functools
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile


@pytest.fixture
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of the test's own; only what the test makes is found."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("AACBENCH_DATA", raising=False)
    return tmp_path / "home"


@pytest.fixture
def make_audio() -> Callable[..., None]:
    """Writes short recordings: `make_audio(folder, name, ...)`, the format as the suffix says."""

    def make(folder: Path, *names: str) -> None:
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, np.full(800, 0.1, dtype=np.float32), 8000)

    return make


@pytest.fixture
def make_zip() -> Callable[..., bytes]:
    """Writes a zip archive of the files below a folder that lie in one of the given folders; returns its bytes."""

    def make(archive: Path, root: Path, *names: str) -> bytes:
        archive.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(archive, "w") as file:
            for name in names:
                file.write(root / name, name)
        return archive.read_bytes()

    return make


@dataclass
class Web:
    """A folder served at `url`; `asked` lists what was asked for."""

    folder: Path
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A web server on this machine that serves the folder `web`."""
    served = Web(tmp_path / "web")
    served.folder.mkdir()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("AACBENCH_OFFLINE", raising=False)

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            return None

        def do_GET(self) -> None:
            served.asked.append(self.path.rpartition("/")[2].partition("?")[0])
            super().do_GET()

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(served.folder))) as server:
        server.daemon_threads = True
        served.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield served
        server.shutdown()
        thread.join()
