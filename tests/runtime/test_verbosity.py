"""How much is said: silence inside a block, and what was chosen before after it."""

from __future__ import annotations

import os

import pytest

from aacbench.runtime.verbosity import SWITCH, quiet, silent


def test_silence_ends_with_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    for before in ("", "verbose"):
        monkeypatch.setenv(SWITCH, before)
        with silent():
            assert quiet()
        assert os.environ[SWITCH] == before
    monkeypatch.delenv(SWITCH)
    with silent():
        assert quiet()
    assert SWITCH not in os.environ
