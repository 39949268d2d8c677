"""Forked commands are told what is asked of them, and nothing that a library has set in the tests' own process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.forked import Zygote


def test_what_a_library_sets_here_is_not_the_forks(
    zygote: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    done = zygote.run(
        "plugins", cwd=tmp_path, environment={**os.environ, "PYTHONPATH": zygote.environment["PYTHONPATH"]}
    )
    assert done.code == 0 and "rlssr" in done.output


def test_what_is_read_at_import_cannot_be_asked_for(zygote: Zygote, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="MKL_NUM_THREADS"):
        zygote.run("plugins", cwd=tmp_path, environment={**zygote.environment, "MKL_NUM_THREADS": "7"})
