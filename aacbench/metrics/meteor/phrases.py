"""Compile METEOR's paraphrase table (5 million pairs, 272 MB of text) into a trie and adjacency lists.

The table has three lines an entry: probability (not used for scoring), phrase, paraphrase. Word ids are
given in order of appearance. A trie node is one phrase prefix; nodes are numbered level by level (level =
words), sorted within a level by key = parent x number of words + word id, so that a node's number is its
place in the array of keys and lookups are binary searches. The pairs of one phrase keep the file's order:
alignments depend on it.

Words are told apart by 64-bit keys: their bytes for up to eight bytes, a mixed hash for longer ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

_CHUNK = 1 << 23
_NEWLINE = 10
_SPACE = 32
_BUCKET_BITS = 20
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MASKS = np.array([(1 << (8 * count)) - 1 for count in range(9)], dtype=np.uint64)

Progress = Callable[[float], None]
Words = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class PhraseTable:
    """The compiled table; `pairs[starts[i]:starts[i + 1]]` are the paraphrases of node `sources[i]`."""

    words: list[bytes]
    keys: npt.NDArray[np.uint64]  # (nodes,), parent x words + word
    levels: npt.NDArray[np.int64]  # (levels + 1,), where each level starts in `keys`
    sources: npt.NDArray[np.int32]  # (phrases,), sorted nodes that have paraphrases
    starts: npt.NDArray[np.int32]  # (phrases + 1,)
    pairs: npt.NDArray[np.int32]  # (pairs,), nodes of the paraphrases


@dataclass
class _Vocabulary:
    """Word ids by key: a bucket table answers most lookups, a dictionary the rest."""

    words: list[bytes] = field(default_factory=list)
    ids: dict[int, int] = field(default_factory=dict)
    bucket_keys: npt.NDArray[np.uint64] = field(default_factory=lambda: np.zeros(1 << _BUCKET_BITS, np.uint64))
    bucket_ids: npt.NDArray[np.uint32] = field(default_factory=lambda: np.zeros(1 << _BUCKET_BITS, np.uint32))

    def lookup(self, keys: npt.NDArray[np.uint64], text_of: Callable[[int], bytes]) -> Words:
        """Return the ids of words; `text_of(i)` spells the i-th one out if it is new."""
        slots = (keys * _MULTIPLIER) >> np.uint64(64 - _BUCKET_BITS)
        result: Words = self.bucket_ids[slots]
        missed = np.flatnonzero(self.bucket_keys[slots] != keys)
        unique, first, inverse = np.unique(keys[missed], return_index=True, return_inverse=True)
        ids = np.empty(len(unique), np.uint32)
        for index, key in enumerate(unique.tolist()):
            known = self.ids.get(key)
            if known is None:
                known = self.ids[key] = len(self.words)
                self.words.append(text_of(int(missed[first[index]])))
                slot = int(slots[missed[first[index]]])
                if self.bucket_keys[slot] == 0:
                    self.bucket_keys[slot], self.bucket_ids[slot] = key, known
            ids[index] = known
        result[missed] = ids[inverse]
        return result


def compile_table(path: Path, progress: Progress) -> PhraseTable:
    """Read and compile the gzipped paraphrase table; `progress` is told the fraction done.

    Raises:
        zlib.error, EOFError: the file is not a whole gzip file.
    """
    vocabulary = _Vocabulary()
    left: list[Words] = []
    right: list[Words] = []
    runs: list[npt.NDArray[np.int64]] = []
    entries = 0
    for chunk, fraction in _chunks(path):
        source, target = _read_entries(chunk, vocabulary)
        changed = np.ones(len(source), bool)
        changed[1:] = (source[1:] != source[:-1]).any(axis=1)
        runs.append(np.flatnonzero(changed) + entries)
        left.append(source[changed])
        right.append(target)
        entries += len(target)
        progress(0.5 * fraction)
    sources, targets = _stack(left), _stack(right)
    keys, levels, nodes = _build_trie(sources, targets, len(vocabulary.words), progress)
    run_nodes, pairs = nodes[: len(sources)], nodes[len(sources) :]
    return _adjacency(vocabulary.words, keys, levels, run_nodes, np.concatenate([*runs, [entries]]), pairs)


def _chunks(path: Path) -> Iterator[tuple[bytes, float]]:
    """Yield the text in blocks of whole entries (three lines each), with the fraction of the file read."""
    rest = b""
    blocks = _decompress(path)
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(next, blocks, None)
        while (block := pending.result()) is not None:
            pending = pool.submit(next, blocks, None)
            text = rest + block[0]
            ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _NEWLINE)
            whole = len(ends) // 3 * 3
            cut = int(ends[whole - 1]) + 1 if whole else 0
            rest = text[cut:]
            if cut:
                yield text[:cut], block[1]


def _decompress(path: Path) -> Iterator[tuple[bytes, float]]:
    """Yield a gzip file's content in large blocks, with the fraction of the file read."""
    size = path.stat().st_size
    stream = zlib.decompressobj(wbits=31)
    with path.open("rb") as file:
        while raw := file.read(_CHUNK // 4):
            yield stream.decompress(raw), file.tell() / size
    if not stream.eof:
        raise EOFError(f"{path} ends too early")


def _read_entries(chunk: bytes, vocabulary: _Vocabulary) -> tuple[Words, Words]:
    """Return the phrases and the paraphrases of a block as rows of word ids + 1, padded with 0."""
    text = np.frombuffer(chunk, np.uint8)
    ends = np.flatnonzero(text <= _SPACE)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lines = np.cumsum(text[ends] == _NEWLINE)
    lines = np.concatenate([[0], lines[:-1]])
    wanted = (lines % 3 != 0) & (ends > starts)
    starts, ends, lines = starts[wanted], ends[wanted], lines[wanted]
    keys = _word_keys(chunk, starts, ends - starts)
    ids = vocabulary.lookup(keys, lambda index: chunk[starts[index] : ends[index]])
    first = np.concatenate([[True], lines[1:] != lines[:-1]])
    column = np.arange(len(lines)) - np.maximum.accumulate(np.where(first, np.arange(len(lines)), 0))
    kind = np.uint16 if len(vocabulary.words) < 0xFFFF else np.uint32
    rows = np.zeros((int(lines[-1]) // 3 + 1, 2, int(column.max()) + 1), kind)
    rows[lines // 3, lines % 3 - 1, column] = ids + np.uint32(1)
    return rows[:, 0], rows[:, 1]


def _word_keys(chunk: bytes, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    padded = chunk + bytes(8)
    eights = np.ndarray((len(chunk) + 1,), "<u8", padded, strides=(1,))
    keys = eights[starts] & _MASKS[np.minimum(lengths, 8)]
    longer = np.flatnonzero(lengths > 8)
    offset = 8
    while len(longer):
        mixed = keys[longer] * _MULTIPLIER
        piece = eights[starts[longer] + offset] & _MASKS[np.minimum(lengths[longer] - offset, 8)]
        keys[longer] = (mixed ^ (mixed >> np.uint64(29))) + piece * _MULTIPLIER + np.uint64(1)
        offset += 8
        longer = longer[lengths[longer] > offset]
    return keys


def _stack(blocks: list[Words]) -> Words:
    """Concatenate blocks of rows, padding all to the widest; empties the list to spare memory."""
    width = max(block.shape[1] for block in blocks)
    stacked = np.zeros((sum(len(block) for block in blocks), width), np.result_type(*blocks))
    end = len(stacked)
    while blocks:
        block = blocks.pop()
        stacked[end - len(block) : end, : block.shape[1]] = block
        end -= len(block)
    return stacked


def _build_trie(
    sources: Words, targets: Words, word_count: int, progress: Progress
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Return the keys of all nodes, where each level starts, and the node of every source and target row."""
    nodes = np.zeros(len(sources) + len(targets), np.int32)
    width = max(sources.shape[1], targets.shape[1])
    keys: list[npt.NDArray[np.uint64]] = []
    levels = [0]
    for level in range(width):
        column = np.zeros(len(nodes), sources.dtype)
        for rows, part in ((sources, column[: len(sources)]), (targets, column[len(sources) :])):
            if level < rows.shape[1]:
                part[:] = rows[:, level]
        alive = np.flatnonzero(column)
        words = column[alive] - np.uint64(1)
        unique, ranks = _rank(words, word_count) if level == 0 else _unique(nodes[alive], words, word_count)
        nodes[alive] = ranks + np.int32(levels[-1])
        keys.append(unique)
        levels.append(levels[-1] + len(unique))
        progress(0.5 + 0.45 * (level + 1) / width)
    return np.concatenate(keys), np.array(levels, np.int64), nodes


def _rank(words: npt.NDArray[np.uint64], word_count: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """Return the sorted distinct words and each word's place among them, without sorting."""
    seen = np.zeros(word_count, bool)
    seen[words] = True
    ranks = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(seen).astype(np.uint64), ranks[words]


def _unique(
    parents: npt.NDArray[np.int32], words: npt.NDArray[np.uint64], word_count: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """Return the sorted distinct keys of (parent, word) and each row's place among them."""
    keys = parents.astype(np.uint64) * np.uint64(word_count) + words
    order = np.argsort(keys)
    keys = keys[order]
    new = np.ones(len(keys), bool)
    new[1:] = keys[1:] != keys[:-1]
    ranks = np.empty(len(keys), np.int32)
    ranks[order] = np.cumsum(new, dtype=np.int32) - np.int32(1)
    return keys[new], ranks


def _adjacency(
    words: list[bytes],
    keys: npt.NDArray[np.uint64],
    levels: npt.NDArray[np.int64],
    run_nodes: npt.NDArray[np.int32],
    run_starts: npt.NDArray[np.int64],
    pairs: npt.NDArray[np.int32],
) -> PhraseTable:
    """Sort the runs of pairs by the node of their phrase, each run as it stands in the file."""
    order = np.argsort(run_nodes, kind="stable")
    lengths = np.diff(run_starts)[order]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    gather = np.repeat(run_starts[:-1][order] - starts[:-1], lengths) + np.arange(len(pairs))
    sources, first = np.unique(run_nodes[order], return_index=True)
    bounds = np.concatenate([starts[first], starts[-1:]]).astype(np.int32)
    return PhraseTable(words, keys, levels, sources, bounds, pairs[gather])
