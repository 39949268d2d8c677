"""The leaderboard, the command line and sweeps know parts by their specs: none is called by its name there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from aacbench.host import manager
from tests.test_layers import PACKAGE, ROOT

FOLDERS = ("leaderboard", "cli", "sweep")
OTHERWISE = {"command", "hub"}  # words that stand there for a command of click and for an extra of the package


def names() -> set[str]:
    """Return the names of all parts that are registered, of scores too."""
    registries = manager.load().registries
    parts = (registries.metrics, registries.methods, registries.datasets, registries.encoders)
    scores = {output for spec in registries.metrics for output in spec.outputs}
    return {spec.name for registry in parts for spec in registry} | scores


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts in a module's code; docstrings, help and messages are sentences, which name nothing alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_part_is_known_by_name(folder: str) -> None:
    known = names()
    assert {"spider", "rlssr", "clotho", "cnn10", "bleu_4"} <= known
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        for line, text in texts(path)
        if text in known - OTHERWISE
    ]
    assert found == []
