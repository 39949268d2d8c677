"""Sentence models through sentence-transformers, loaded when they are used; ids are those of the Hugging
Face hub.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from aacbench.errors import UserError
from aacbench.files.checksums import digest
from aacbench.files.download import hub_advice, local_only
from aacbench.runtime import libraries

DEFAULT_MODEL = "paraphrase-TinyBERT-L6-v2"


def identity(name: str) -> str:
    """Return what names a model: its id without the owner, or, for a folder, a checksum of its weights."""
    folder = Path(name)
    if not folder.is_dir():
        return name.rsplit("/", 1)[-1]
    files = sorted(path for path in folder.rglob("*") if path.name in ("model.safetensors", "pytorch_model.bin"))
    return "+".join(f"sha256-{digest(path, 'sha256')[:12]}" for path in files) or folder.name


def load_model(name: str, revision: str | None, device: str) -> Any:
    """Load a sentence-transformers model.

    Raises:
        UserError: the library cannot be loaded, or the model is neither here nor to be had.
    """
    local = local_only()
    library = libraries.load("sentence_transformers", "SBERT similarity", "SentenceTransformer")
    if not sys.stderr.isatty():
        libraries.load("transformers", "SBERT similarity").utils.logging.disable_progress_bar()
    try:
        return library.SentenceTransformer(name, revision=revision, device=device, local_files_only=local)
    except Exception as error:  # the hub, the file system and transformers each raise their own kinds
        line = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise UserError(
            f"cannot load the sentence model {name!r} ({line}); {hub_advice(name)}, or set sbert_sim.model to a folder"
        ) from error
