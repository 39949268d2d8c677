"""aacbench trains, decodes, scores and ranks automated audio captioning systems."""

__version__ = "0.1.0"
