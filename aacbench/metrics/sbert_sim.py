"""SBERT similarity: mean cosine of the candidate's sentence embedding with each reference's; range -1 to 1.

As in FENSE (Zhou et al. 2022), on raw captions; the default model is the one DCASE uses. The corpus score is
the mean of the items. Models come through sentence-transformers, by id or as a folder.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aacbench.download.checksums import digest
from aacbench.errors import UserError
from aacbench.types import Score, ScoringItems

DEFAULT_MODEL = "paraphrase-TinyBERT-L6-v2"


@dataclass(frozen=True)
class SbertSimilarity:
    """Sentence similarity with the model `model`, a sentence-transformers id or a folder."""

    model: str = DEFAULT_MODEL
    revision: str | None = None
    device: str = "cpu"
    batch_size: int = 32

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `sbert_sim`.

        Raises:
            UserError: sentence-transformers is not installed, or the model cannot be had.
        """
        model = load_model(self.model, self.revision, self.device)
        texts = [*items.candidates, *(text for captions in items.references for text in captions)]
        distinct = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        vectors = model.encode(
            list(distinct), batch_size=self.batch_size, normalize_embeddings=True, show_progress_bar=False
        )
        vectors = np.asarray(vectors, np.float64)  # (distinct texts, width)
        pairs = zip(items.candidates, items.references, strict=True)
        rows = tuple(
            float((vectors[[distinct[text] for text in captions]] @ vectors[distinct[candidate]]).mean())
            for candidate, captions in pairs
        )
        signature = {"version": 1, "tokeniser": "none", "model": identity(self.model)}
        if self.revision:
            signature["revision"] = self.revision
        return [Score("sbert_sim", sum(rows) / len(rows), rows, signature)]


def identity(name: str) -> str:
    """Return what names a model: its id without the owner, or, for a folder, a checksum of its weights."""
    folder = Path(name)
    if not folder.is_dir():
        return name.rsplit("/", 1)[-1]
    files = sorted(
        path for path in folder.rglob("*") if path.name in ("model.safetensors", "pytorch_model.bin")
    )
    return "+".join(f"sha256-{digest(path, 'sha256')[:12]}" for path in files) or folder.name


def load_model(name: str, revision: str | None, device: str) -> Any:
    """Load a sentence-transformers model.

    Raises:
        UserError: the library is not installed, or the model is neither here nor to be had.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise UserError(
            "SBERT similarity needs sentence-transformers: pip install 'aacbench[text]'"
        ) from error
    if not sys.stderr.isatty():
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(name, revision=revision, device=device)
    except Exception as error:  # the hub, the file system and transformers each raise their own kinds
        line = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise UserError(
            f"cannot load the sentence model {name!r} ({line}); connect once, "
            "or set sbert_sim.model to a folder"
        ) from error
