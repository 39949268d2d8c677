"""The jar behind the reference engine: what happens when Java is absent or fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.metrics.meteor import reference


def test_missing_java_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="needs Java"):
        reference.score(["a dog"], [["a dog"]])


def test_failing_java_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'Could not reserve enough space for object heap' >&2\nexit 1\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(UserError, match=r"Could not reserve enough space.*2G of free memory"):
        reference.score(["a dog"], [["a dog"]])


def test_nothing_to_score_is_refused() -> None:
    with pytest.raises(UserError, match="at least one candidate"):
        reference.score([], [])
