"""What long work prints where standard error is no terminal."""

from __future__ import annotations

import pytest

from aacbench.runtime import progress


def test_short_work_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.progress("decoding", 3) as bar:
        for done in range(1, 4):
            bar.update(done)
    assert capsys.readouterr().err == "decoding ...\n"


def test_long_work_says_now_and_then_where_it_stands(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([0.0, 0.0, 10.0, 31.0, 40.0, 62.0, 300.0, 300.0])
    monkeypatch.setattr("aacbench.runtime.progress.time.monotonic", lambda: next(seconds))
    with progress.progress("cross-entropy", 100) as bar:
        bar.update(10)  # an earlier run did these
        for done in (20, 40, 50, 70, 100):
            bar.update(done, loss=2.5)
    assert capsys.readouterr().err.splitlines() == [
        "cross-entropy ...",
        "cross-entropy: 40 of 100, loss 2.500, about 62 s left",
        "cross-entropy: 70 of 100, loss 2.500, about 31 s left",
        "cross-entropy: done in 5 min",
    ]
