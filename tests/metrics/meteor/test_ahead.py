"""Kernels that another process compiles: they are those that a score wants, and their failure harms nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aacbench.files import sealed
from aacbench.metrics.meteor import ahead, kernels
from aacbench.metrics.meteor.ahead import kernels_meanwhile
from aacbench.metrics.meteor.compiled import Compiled
from aacbench.metrics.meteor.corpus import prepare
from aacbench.metrics.meteor.index import load_index

CAPTIONS = [["a", "dog", "barks", "over", "and", "over"], ["dogs", "are", "barking", "repeatedly"]]


@pytest.mark.slow
def test_what_is_compiled_ahead_is_what_scores_want(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = prepare(CAPTIONS, load_index())
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sealed, "user_state_path", lambda name: tmp_path / "state")
    for misses in (1, 0):
        compiled = Compiled(kernels._pair_block)
        monkeypatch.setattr(kernels, "_compiled", compiled)
        if misses:
            kernels.compile_ahead()
        else:
            assert kernels.pair_statistics(corpus, np.array([[0, 1]], np.int32)).any()
        assert sum(compiled._ready.stats.cache_misses.values()) == misses


@pytest.mark.parametrize("cores", [1, 2])
def test_a_compiler_that_fails_is_waited_for_and_forgotten(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "cores", lambda: cores)
    monkeypatch.setattr(ahead, "_COMPILE", "raise SystemExit(1)")
    with kernels_meanwhile():
        pass
    with pytest.raises(KeyboardInterrupt), kernels_meanwhile():
        raise KeyboardInterrupt


def test_the_compiler_ends_with_the_process_that_began_it() -> None:
    began = "from aacbench.metrics.meteor.apart import end_with_the_other; end_with_the_other()"
    child = subprocess.Popen([sys.executable, "-c", began], stdin=subprocess.PIPE)
    assert child.poll() is None
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(60) == 1
