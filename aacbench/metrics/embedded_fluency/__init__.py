"""A fluency checker that needs no download: what a caption's parse and its repetitions say of errors in it."""

from aacbench.metrics.embedded_fluency.checker import EmbeddedChecker, load_embedded

__all__ = ["EmbeddedChecker", "load_embedded"]
