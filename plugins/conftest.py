"""Fixtures that the plugins' tests share with the core's."""

from tests.conftest import test_data

__all__ = ["test_data"]
