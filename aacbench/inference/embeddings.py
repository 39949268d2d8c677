"""Embeddings of clips by a trained retriever, kept in the cache by the retriever and the content of the audio file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aacbench.audio.source import audio_key
from aacbench.contracts import NamesItself, Retriever
from aacbench.files.arrays import ArrayCache
from aacbench.files.cache_dir import cache
from aacbench.runtime.distributed.collectives import map_ranks, on_rank_zero
from aacbench.runtime.distributed.process_group import group
from aacbench.runtime.progress import progress
from aacbench.types import Clip

CHUNK = 32  # clips between two writes: what a kill costs


def retriever_key(stages: Sequence[str], retriever: Retriever) -> str:
    """Return what embeddings are kept under: a hash of the keys of the stages that trained the retriever.

    One that was trained elsewhere says itself what it is (`NamesItself`).
    """
    own = [retriever.cache_key] if isinstance(retriever, NamesItself) else []
    return hashlib.sha256(json.dumps([*stages, *own]).encode()).hexdigest()[:24]


@on_rank_zero
def _kept_rows(kept: ArrayCache, keys: Sequence[str]) -> dict[int, NDArray[np.float32]]:
    """Return the rows that are kept, by index."""
    return {index: arrays[0] for index, key in enumerate(keys) if (arrays := kept.get(key)) is not None}


def embed(retriever: Retriever, key: str, clips: Sequence[Clip], title: str) -> NDArray[np.float32]:
    """Return the clips' embeddings (N, D), one row a clip; what is kept is not computed again.

    Raises:
        UserError: audio is missing or cannot be read.
    """
    kept = ArrayCache(cache("embeddings", key))
    keys = [audio_key(clip.audio) for clip in clips]
    embedded = _kept_rows(kept, keys)
    chunks = [range(len(clips))[first : first + CHUNK] for first in range(0, len(clips), CHUNK)]
    # a last bit may depend on the neighbours in a chunk, so that a chunk is computed whole, as it would have been
    # without a kill
    chunks = [indices for indices in chunks if any(index not in embedded for index in indices)]

    def work(indices: Sequence[int]) -> NDArray[np.float32]:
        rows = retriever.embed_clips([clips[index] for index in indices])
        for index, row in zip(indices, rows, strict=True):
            kept.put(keys[index], [row])
        return rows

    with progress(title, len(clips)) as bar:
        bar.update(len(embedded))
        at_once = group().count
        for first in range(0, len(chunks), at_once):
            now = chunks[first : first + at_once]
            for indices, rows in zip(now, map_ranks(now, work), strict=True):
                embedded.update(zip(indices, rows, strict=True))
            bar.update(len(embedded))
    return np.stack([embedded[index] for index in range(len(clips))])
