"""A small dependency parser for captions: tags, lemmas and basic Universal Dependencies v1 trees.

See MODEL_CARD.md in this folder for what it was trained on, how well it does, and how to train it again.
"""

from aacbench.text.parser.api import Parser, load_parser

__all__ = ["Parser", "load_parser"]
