"""One process a shared stage at a time; whoever waits says for whom."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from aacbench.runs.stage_lock import StageLock


def test_whoever_waits_says_for_whom_and_then_has_its_turn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (StageLock(tmp_path / "tags-0123", Path("runs") / name) for name in ("a", "b"))
    first.acquire()
    assert first.owner.read_text().startswith(f"runs/a (process {os.getpid()} on ")
    waiting = threading.Thread(target=second.acquire)
    waiting.start()
    said = ""
    deadline = time.monotonic() + 30
    while "waiting" not in said and time.monotonic() < deadline:
        time.sleep(0.01)
        said += capsys.readouterr().err
    assert said.startswith("tags-0123 is being computed by runs/a (process ")
    assert waiting.is_alive()
    first.release()
    waiting.join(30)
    assert not waiting.is_alive()
    assert second.owner.read_text().startswith("runs/b")
    second.release()
    assert not second.owner.exists()
    assert capsys.readouterr().err == "tags-0123 has come free; going on\n"
