"""Shared fixtures: the folder of real test data, and one cache for the whole test run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_data_folder() -> Path:
    """Return the folder of real test data (`AACBENCH_TEST_DATA`, by default beside the repository)."""
    return (ROOT / os.environ.get("AACBENCH_TEST_DATA", "../shared/data")).resolve()


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real test data; skips where it is absent."""
    folder = test_data_folder()
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}; set AACBENCH_TEST_DATA")
    return folder
