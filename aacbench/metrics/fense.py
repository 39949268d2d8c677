"""FENSE (Zhou et al. 2022): SBERT similarity, cut by 90 % where a fluency checker finds an error; -1 to 1.

The reference engine has the published checker and sentence model; the native one needs no download.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aacbench.files.download.hub import cached_folder
from aacbench.metrics.fluency import FENSE, load_checker
from aacbench.metrics.penalised import penalise
from aacbench.metrics.sentence_model import DEFAULT_MODEL, is_here, load_model
from aacbench.types import Score, ScoringItems

TOKENIZER = "bert-base-uncased"  # which the published checkpoint names


@dataclass(frozen=True)
class Fense:
    """FENSE from `sbert_sim` and `fer`, both from the engine that was asked for."""

    penalty: float = 0.9
    engine: str = "native"

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `fense`."""
        return [penalise("fense", needed["sbert_sim"], needed["fer"], self.penalty)]


def fetch(target: Path | None = None) -> Path:
    """Get what FENSE needs: the fluency checker, and through the Hugging Face cache its tokenizer and
    sentence model.

    Returns the checker's path, below `target` if given (then set `fer.model` to it).

    Raises:
        UserError: offline, or a library is not installed.
        AacbenchError: a server fails, or sends bytes that fail the checksum.
    """
    from aacbench.files.download import download  # noqa: PLC0415
    from aacbench.models.published import weights_path  # noqa: PLC0415

    default = weights_path(FENSE)
    path = download(FENSE.url, default if target is None else target / default.name, sha256=FENSE.sha256)
    load_checker(path)
    load_model(DEFAULT_MODEL, None, "cpu")
    return path


def find() -> Path | None:
    """Return where the fluency checker lies; None where it, its tokenizer or the sentence model was not fetched."""
    from aacbench.models.published import weights_path  # noqa: PLC0415

    path = weights_path(FENSE)
    return path if path.is_file() and is_here() and cached_folder(TOKENIZER) else None
