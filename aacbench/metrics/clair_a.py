"""CLAIR-A (Wu et al. 2024): a language model judges captions against references, 90 points for content, 10 for style.

The prompt follows the paper's rubric in words of its own (`prompts/clair_a.txt`; its hash is in the signature). The
paper breaks ties with FENSE; here the share of words with the nearest reference does, which needs no model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from aacbench.metrics.judging import Judged


@dataclass
class ClairA(Judged):
    """Scores 0 to 1 by CLAIR-A's rubric."""

    name: ClassVar[str] = "clair_a"
    own_prompt: ClassVar[str] = "clair_a.txt"
