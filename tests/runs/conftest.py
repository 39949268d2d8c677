"""The small captioning problem of tests/training, for the stages of a run."""

from tests.training.conftest import make_context

__all__ = ["make_context"]
