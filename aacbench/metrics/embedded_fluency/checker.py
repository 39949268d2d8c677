"""The embedded fluency checker: a logistic regression over hashed features of a caption's parse.

It was trained on human captions and on the same captions with one error put in (`scripts/train_fluency_checker.py`).
A caption of several sentences is as ill-formed as its worst sentence; an empty one is an error.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aacbench.metrics.embedded_fluency.features import columns
from aacbench.text.parser import Parser, load_parser
from aacbench.text.ptb import tokenize_captions

WEIGHTS = "weights.safetensors"
CODE_VERSION = 1  # raised when the same weights would give other probabilities
_END = re.compile(r"(?<=[.!?;])\s+")


@dataclass
class EmbeddedChecker:
    """`weights` (width,) and `bias` of the regression; `version` names them, the code, and the parser."""

    weights: npt.NDArray[np.float32]
    bias: float
    version: str
    parser: Parser
    _known: dict[str, float] = field(default_factory=dict, repr=False)

    def error_probabilities(self, captions: Sequence[str], batch_size: int = 0) -> list[float]:
        """Return the probability of an error in each raw caption; `batch_size` is not of interest here."""
        sentences = {caption: [text for text in _END.split(caption.strip()) if text] for caption in captions}
        self._judge([text for texts in sentences.values() for text in texts])
        return [max((self._known[text] for text in sentences[caption]), default=1.0) for caption in captions]

    def _judge(self, sentences: Sequence[str]) -> None:
        fresh = [text for text in dict.fromkeys(sentences) if text not in self._known]
        for text, parse in zip(
            fresh, self.parser.parse([tokens.split() for tokens in tokenize_captions(fresh)]), strict=True
        ):
            logit = float(self.weights[columns(parse, len(self.weights))].sum()) + self.bias
            self._known[text] = 1.0 / (1.0 + float(np.exp(-logit))) if parse.words else 1.0


@cache
def load_embedded() -> EmbeddedChecker:
    """Return the checker that the package ships, read once a process."""
    from safetensors.numpy import load

    content = (Path(__file__).parent / "data" / WEIGHTS).read_bytes()
    arrays, parser = load(content), load_parser()
    version = f"embedded-{hashlib.sha256(content).hexdigest()[:8]}.{CODE_VERSION}-{parser.version[:8]}"
    return EmbeddedChecker(arrays["weights"].astype(np.float32), float(arrays["bias"][0]), version, parser)
