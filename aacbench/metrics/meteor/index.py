"""METEOR's resources compiled once into one memory-mapped file, shared by all processes.

Layout: 8 bytes magic, 8 bytes header length, a JSON header (names, types, shapes and places of the arrays,
check sums, word lists), then the arrays, each at a multiple of 64 bytes. The file's name carries the
format's version and the sources' fingerprint. It is written beside its place and moved there; of processes
that start at once one builds it and the others wait. A file that is cut short or altered is built anew.
"""

from __future__ import annotations

import json
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aacbench.errors import UserError
from aacbench.files.atomic import atomic_path
from aacbench.files.cache_dir import cache
from aacbench.files.download.locks import exclusive
from aacbench.files.safe_read import parse_json
from aacbench.metrics.meteor.ahead import kernels_meanwhile
from aacbench.metrics.meteor.phrases import PhraseTable, Progress, compile_table
from aacbench.metrics.meteor.resources import Sources, find_sources
from aacbench.runtime.progress import progress

_VERSION = 1
_MAGIC = b"AACBMETR"
_ALIGNMENT = 64

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Index:
    """The compiled resources. Lists of lists are flat: row i is `values[starts[i]:starts[i + 1]]`."""

    words: npt.NDArray[np.bytes_]  # (words,), sorted, UTF-8
    phrase_words: Ints  # (words,), the word's id in the paraphrase table, -1 if it is not in it
    synset_starts: Ints
    synsets: Ints
    base_starts: Ints  # irregular forms: the words they come from, as places in `words`
    bases: Ints
    irregular: npt.NDArray[np.bool_]  # (words,), whether the word is an irregular form
    keys: npt.NDArray[np.uint64]  # the phrase trie, see PhraseTable
    levels: npt.NDArray[np.int64]
    sources: Ints
    starts: Ints
    pairs: Ints
    phrase_word_count: int
    function_words: frozenset[str]
    prefixes: dict[str, bool]

    def find(self, words: npt.NDArray[np.bytes_]) -> Ints:
        """Return the places of UTF-8 words in `words`, -1 for those that are absent."""
        rows = np.searchsorted(self.words, words).astype(np.int32)
        np.minimum(rows, len(self.words) - 1, out=rows)
        return np.where(self.words[rows] == words, rows, np.int32(-1))


class _DamagedError(Exception):
    """The file is not a whole index of this version."""


@lru_cache(maxsize=1)
def load_index() -> Index:
    """Return the index, built first if it is absent or damaged.

    Raises:
        UserError: pycocoevalcap is missing or damaged, or the cache folder cannot be written.
    """
    sources = find_sources()
    path = cache("meteor") / f"v{_VERSION}-{sources.fingerprint}.index"
    with suppress(FileNotFoundError, _DamagedError):
        return _open(path)
    with exclusive(path):  # of several processes that want it, one builds it
        with suppress(FileNotFoundError, _DamagedError):
            return _open(path)
        _build_shown(sources, path)
    return _open(path)


def _build_shown(sources: Sources, path: Path) -> None:
    with progress("compiling METEOR's paraphrases (once)", 100) as bar, kernels_meanwhile():
        try:
            build(sources, path, lambda fraction: bar.update(int(100 * fraction)))
        except OSError as error:
            raise UserError(
                f"cannot write METEOR's index to {path.parent} ({error.strerror or error}); free some space there, or "
                "set AACBENCH_HOME to a folder that can be written"
            ) from error


def build(sources: Sources, path: Path, progress: Progress) -> None:
    """Compile `sources` into the file `path`; `progress` is told the fraction done.

    Raises:
        UserError: the paraphrase table cannot be unpacked.
    """
    try:
        table = compile_table(sources.paraphrases, progress)
    except (zlib.error, EOFError) as error:
        raise UserError(
            f"METEOR's paraphrase table {sources.paraphrases} is damaged ({error}); "
            "run: pip install --force-reinstall pycocoevalcap==1.2"
        ) from error
    arrays = _word_arrays(sources, table)
    arrays |= {name: getattr(table, name) for name in ("keys", "levels", "sources", "starts", "pairs")}
    extra = {
        "phrase_word_count": len(table.words),
        "function_words": sorted(sources.function_words()),
        "prefixes": sources.prefixes(),
    }
    with atomic_path(path) as temporary:
        _write(temporary, arrays, extra)
    progress(1.0)


def _word_arrays(sources: Sources, table: PhraseTable) -> dict[str, npt.NDArray[Any]]:
    """Join the words of the three resources; the normaliser sets `_` apart, so words with it cannot occur."""
    synsets = {word.encode(): ids for word, ids in sources.synsets().items() if "_" not in word}
    exceptions = {form.encode(): [base.encode() for base in bases] for form, bases in sources.exceptions().items()}
    bases_of_all = {base for bases in exceptions.values() for base in bases}
    words = sorted({*table.words, *synsets, *exceptions, *bases_of_all})
    row_of = {word: row for row, word in enumerate(words)}
    phrase_words = np.full(len(words), -1, np.int32)
    phrase_words[[row_of[word] for word in table.words]] = np.arange(len(table.words))
    synset_starts, synset_ids = _flatten([synsets.get(word, []) for word in words])
    base_starts, bases = _flatten([[row_of[base] for base in exceptions.get(word, [])] for word in words])
    return {
        "words": np.array(words),
        "phrase_words": phrase_words,
        "synset_starts": synset_starts,
        "synsets": synset_ids,
        "base_starts": base_starts,
        "bases": bases,
        "irregular": np.array([word in exceptions for word in words]),
    }


def _flatten(rows: list[list[int]]) -> tuple[Ints, Ints]:
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int32)
    return starts, np.array([value for row in rows for value in row], np.int32)


def _check_sum(content: npt.NDArray[np.uint8]) -> list[int]:
    """Return the length, sum and exclusive or of a multiple of 8 bytes: fast enough for every start."""
    words = content.view(np.uint64)
    return [len(words), int(words.sum(dtype=np.uint64)), int(np.bitwise_xor.reduce(words))]


def _header_check(stated: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(stated).encode())


def _write(path: Path, arrays: dict[str, npt.NDArray[Any]], extra: dict[str, Any]) -> None:
    layout: dict[str, tuple[str, list[int], int]] = {}
    size = 0
    for name, array in arrays.items():
        layout[name] = (array.dtype.str, list(array.shape), size)
        size += -(-array.nbytes // _ALIGNMENT) * _ALIGNMENT
    content = np.zeros(size, np.uint8)
    for name, array in arrays.items():
        offset = layout[name][2]
        content[offset : offset + array.nbytes] = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
    stated = {"arrays": layout, "check": _check_sum(content), "extra": extra}
    header = json.dumps({**stated, "header_check": _header_check(stated)}).encode()
    header += b" " * (-(len(header) + 16) % _ALIGNMENT)
    with path.open("wb") as file:
        file.write(_MAGIC + len(header).to_bytes(8, "little") + header)
        file.write(content.data)


def _open(path: Path) -> Index:
    with path.open("rb") as file:
        start = file.read(16)
        length = int.from_bytes(start[8:], "little")
        if start[:8] != _MAGIC or length > 1 << 24:
            raise _DamagedError
        header_bytes = file.read(length)
    try:
        header = parse_json(header_bytes)
        if not isinstance(header, dict) or header.pop("header_check", None) != _header_check(header):
            raise _DamagedError
        content = np.memmap(path, np.uint8, "r", 16 + length)
        if _check_sum(content) != header["check"]:
            raise _DamagedError
    except ValueError as error:
        raise _DamagedError from error
    arrays = {
        name: np.ndarray(tuple(shape), np.dtype(kind), content, offset)
        for name, (kind, shape, offset) in header["arrays"].items()
    }
    extra: dict[str, Any] = header["extra"]
    extra["function_words"] = frozenset(extra["function_words"])
    fields: dict[str, Any] = {**arrays, **extra}
    return Index(**fields)
