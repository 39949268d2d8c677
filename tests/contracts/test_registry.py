"""Registries: the one way in which datasets are opened, and the dataset that is used where none is named."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from aacbench.contracts import Dataset, DatasetOptions, DatasetSpec
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.host import manager
from tests.test_layers import PACKAGE


def test_a_dataset_of_others_is_opened_like_any() -> None:
    """Its factory wants a second argument, which callers should not have to know."""
    opened: list[object] = []

    def composed(options: DatasetOptions, open_other: Callable[..., Dataset]) -> object:
        opened.extend((options, open_other))
        return "composed"

    made = Registries()
    made.datasets.add(DatasetSpec("both", "", composed, composed=True), "test")
    options = DatasetOptions(settings={"parts": "a,b"})
    opening: object = made.dataset("both", options)
    assert opening == "composed"
    assert opened == [options, made.dataset]


def test_the_default_dataset_is_the_embedded_one() -> None:
    assert manager.load([]).registries.default_dataset == "soundscapes"
    made = Registries()
    made.datasets.add(DatasetSpec("far", "", "nowhere:none"), "test")
    with pytest.raises(UserError, match="name one with --dataset"):
        _ = made.default_dataset


def test_nobody_else_opens_datasets() -> None:
    """Their factories are called in one place, so that none forgets what those made of others want besides."""
    opened = re.compile(r"load\([\w.]+\.factory\)\(\s*(DatasetOptions|options)\b")
    places = [path.name for path in PACKAGE.rglob("*.py") if opened.search(path.read_text(encoding="utf-8"))]
    assert places == ["registry.py"]
