"""Commits of hub models, against a local server that speaks the hub's protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

CONFIG = json.dumps({"model_type": "bert", "hidden_size": 512}).encode()
FIRST, SECOND = "1" * 40, "2" * 40
ASK = "from aacbench.models.hub import commit_of; print(commit_of('someone/small-bert'))"


class Hub(ThreadingHTTPServer):
    """Serves `config.json` of any repository, at the commit that its main branch is at."""

    daemon_threads = True
    commit = FIRST
    asked = 0


class Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(CONFIG)

    def _answer(self, body: bytes) -> None:
        self.server.asked += 1
        found = self.path.startswith("/someone/small-bert/resolve/")
        self.send_response(200 if found else 404)
        self.send_header("X-Repo-Commit", self.server.commit)
        self.send_header("ETag", '"abc"')
        self.send_header("Content-Length", str(len(CONFIG)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(hub: Hub, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", ASK],
            env={
                **{name: value for name, value in os.environ.items() if not name.endswith("_OFFLINE")},
                "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}",
                "HF_HOME": str(tmp_path / "hf"),
                "AACBENCH_HOME": str(tmp_path / "home"),
                "NO_PROXY": "127.0.0.1",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_the_first_commit_met_stays(hub: Hub, ask: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    first = ask()
    assert first.stdout.strip() == FIRST, first.stderr
    hub.commit, before = SECOND, hub.asked
    assert ask().stdout.strip() == FIRST
    assert hub.asked == before
    assert ask(AACBENCH_OFFLINE="1").stdout.strip() == FIRST


def test_offline_knows_no_new_commit(ask: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = ask(AACBENCH_OFFLINE="1")
    assert done.returncode
    assert "cannot ask the hub for someone/small-bert" in done.stderr.splitlines()[-1]


def test_a_damaged_note_is_named(tmp_path: Path, ask: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    note = tmp_path / "home/hub/someone--small-bert.commit"
    note.parent.mkdir(parents=True)
    note.write_text("main")
    assert "wants a commit of someone/small-bert" in ask().stderr.splitlines()[-1]
