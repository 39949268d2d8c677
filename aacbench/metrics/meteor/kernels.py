"""Matching, alignment and counting of `matching`, `alignment` and `statistics`, compiled by numba.

One kernel does a block of (candidate, reference) pairs without the interpreter's lock; blocks run in a thread
a core. `compiled` keeps the machine code between processes. Arrays are those of `Corpus`; a match is a row
of five numbers in the order of `Match`. Results are equal to the plain Python path (a test compares them).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numba
import numpy as np
import numpy.typing as npt

from aacbench.metrics.meteor.alignment import BEAM, WEIGHTS
from aacbench.metrics.meteor.compiled import Compiled
from aacbench.metrics.meteor.corpus import Corpus
from aacbench.metrics.meteor.matching import EXACT, PARAPHRASE, STEM
from aacbench.metrics.meteor.statistics import CHUNKS, LENGTH, Statistics
from aacbench.runtime.cores import cores

Array = npt.NDArray[Any]
_MODULE_WEIGHTS = np.array(WEIGHTS)
_WORTH_A_THREAD = 1000  # pairs
# Numbers with a type: for each literal among a function's arguments numba compiles it once more.
_ZERO, _ONE, _SKIP = (cast(int, np.int64(value)) for value in (0, 1, -1))
_PARAPHRASE, _YES, _NO = np.int64(PARAPHRASE), np.bool_(True), np.bool_(False)

njit: Callable[[Callable[..., Any]], Callable[..., Any]] = numba.njit(nogil=True)


@njit
def _append(matches: Array, count: int, start: int, words: int, other: int, other_words: int, module: int) -> Array:
    """Write a match behind the others, into twice the room if there is none left."""
    if count == len(matches):
        larger = np.empty((2 * count, 5), np.int32)
        for old in range(count):
            for column in range(5):
                larger[old, column] = matches[old, column]
        matches = larger
    matches[count, 0], matches[count, 1] = start, words
    matches[count, 2], matches[count, 3] = other, other_words
    matches[count, 4] = module
    return matches


@njit
def _shares(starts: Array, values: Array, row: int, value: int) -> bool:
    """Tell whether a sorted row of a flat list of lists holds a value."""
    low, high = starts[row], starts[row + 1]
    while low < high:
        middle = (low + high) // 2
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return bool(low < starts[row + 1] and values[low] == value)


@njit
def _word_matches(
    ours: Array,
    theirs: Array,
    spellings: Array,
    stems: Array,
    synonym_starts: Array,
    synonyms: Array,
    matches: Array,
) -> tuple[Array, int]:
    """Find exact, stem and synonym matches; `ours` is the reference."""
    count = _ZERO
    equal = len(ours) == len(theirs)
    for our_index in range(len(ours)):
        equal = equal and ours[our_index] == theirs[our_index]
    for module in range(1 if equal else 3):
        for our_index in range(len(ours)):
            word = ours[our_index]
            for other_place in range(len(theirs)):
                other = theirs[other_place]
                same = spellings[word] == spellings[other]
                if module == EXACT or same:
                    alike = module == EXACT and same
                elif module == STEM:
                    alike = stems[word] == stems[other]
                else:
                    alike = _shares(synonym_starts, synonyms, word, other)
                if alike:
                    matches = _append(matches, count, our_index, _ONE, other_place, _ONE, module)
                    count += 1
    return matches, -count - 1 if equal else count


@njit
def _phrase_matches(
    source: Array,
    target: Array,
    from_reference: bool,
    paraphrase_starts: Array,
    paraphrases: Array,
    first: Array,
    matches: Array,
    count: int,
) -> tuple[Array, int]:
    """Add paraphrase matches; `first[phrase]` is scratch space, -1 everywhere before and after."""
    following = np.empty(len(target), np.int32)
    for row in range(len(target) - 1, -1, -1):
        following[row] = first[target[row, 2]]
        first[target[row, 2]] = row
    for row in range(len(source)):
        start, words, phrase = np.int64(source[row, 0]), np.int64(source[row, 1]), source[row, 2]
        for pair in range(paraphrase_starts[phrase], paraphrase_starts[phrase + 1]):
            other = first[paraphrases[pair]]
            while other >= 0:
                their_start, their_words = np.int64(target[other, 0]), np.int64(target[other, 1])
                if from_reference:
                    matches = _append(matches, count, start, words, their_start, their_words, _PARAPHRASE)
                else:
                    matches = _append(matches, count, their_start, their_words, start, words, _PARAPHRASE)
                count += 1
                other = following[other]
    for row in range(len(target)):
        first[target[row, 2]] = -1
    return matches, count


@njit
def _by_start(matches: Array, count: int, length: int) -> tuple[Array, Array]:
    """Sort matches by the reference's word, keeping the order of equals; return where each word's start."""
    starts, fill = np.zeros(length + 1, np.int32), np.zeros(length + 1, np.int32)
    for row in range(count):
        starts[matches[row, 0] + 1] += 1
    for index in range(length):
        starts[index + 1] += starts[index]
        fill[index + 1] = starts[index + 1]
    ordered = np.empty((count, 5), np.int32)
    for row in range(count):
        for column in range(5):
            ordered[fill[matches[row, 0]], column] = matches[row, column]
        fill[matches[row, 0]] += 1
    return ordered, starts


@njit
def _spans(match: Array) -> tuple[Any, Any, Any, Any]:
    return np.int64(match[0]), np.int64(match[1]), np.int64(match[2]), np.int64(match[3])


@njit
def _all_ones(cover: Array, start: int, words: int) -> bool:
    others = 0
    for index in range(start, start + words):
        if cover[index] != 1:
            others += 1
    return others == 0


@njit
def _fixed(matches: Array, starts: Array, candidate_length: int) -> Array:
    """Tell for each reference word whether its only match shares no word with any other match."""
    length = len(starts) - 1
    reference_cover = np.zeros(length, np.int32)
    candidate_cover = np.zeros(candidate_length, np.int32)
    for row in range(len(matches)):
        start, words, other, other_words = _spans(matches[row])
        for index in range(start, start + words):
            reference_cover[index] += 1
        for index in range(other, other + other_words):
            candidate_cover[index] += 1
    fixed = np.zeros(length, np.bool_)
    for index in range(length):
        if starts[index + 1] - starts[index] == 1:
            start, words, other, other_words = _spans(matches[starts[index]])
            fixed[index] = _all_ones(reference_cover, start, words) and _all_ones(candidate_cover, other, other_words)
    return fixed


@njit
def _insert(beam: Array, order: Array, size: int, state: tuple[int, int, int, int, int, int, int]) -> int:
    """Put a state among the best in order, behind its equals; return how many there are now.

    A state is (matched, chunks, distance, position, last end, parent, match).
    """
    rank = size
    while rank > 0:
        other = beam[order[rank - 1]]
        if state[0] != other[0]:
            better = state[0] > other[0]
        elif state[1] != other[1]:
            better = state[1] < other[1]
        else:
            better = state[2] < other[2]
        if not better:
            break
        rank -= 1
    if rank == BEAM:
        return size
    slot = order[BEAM - 1] if size == BEAM else size
    for index in range(min(size, BEAM - 1), rank, -1):
        order[index] = order[index - 1]
    order[rank] = slot
    for column in range(7):
        beam[slot, column] = state[column]
    return min(size + 1, BEAM)


@njit
def _is_free(used: Array, start: int, words: int) -> bool:
    for bit in range(start, start + words):  # noqa: SIM110  (numba compiles no generator)
        if used[bit >> 6] & (np.uint64(1) << np.uint64(bit & 63)):
            return False
    return True


@njit
def _expand(
    beam: Array,
    used: Array,
    size: int,
    position: int,
    matches: Array,
    fixed: bool,
    following: Array,
    order: Array,
) -> int:
    """Fill `following` with the best continuations at a reference word; return how many there are."""
    count = _ZERO
    for parent in range(size):
        total, chunks, distance = beam[parent, 0], beam[parent, 1], beam[parent, 2]
        next_position, last = beam[parent, 3], beam[parent, 4]
        if next_position > position:
            count = _insert(following, order, count, (total, chunks, distance, next_position, last, parent, _SKIP))
            continue
        for row in range(len(matches)):
            start, words, other, other_words = _spans(matches[row])
            weight = _MODULE_WEIGHTS[matches[row, 4]]
            if not fixed and not _is_free(used[parent], other, other_words):
                continue
            gain = int(words * weight) + int(other_words * weight)
            grown = chunks + (1 if last != -1 and last != other else 0)
            moved = distance + abs(start - other)
            child = (
                total + gain,
                grown,
                moved if fixed else distance,
                start + words,
                other + other_words,
                parent,
                row,
            )
            count = _insert(following, order, count, child)
            distance = moved
        if not fixed:
            closed = chunks + (1 if last != -1 else 0)
            count = _insert(following, order, count, (total, closed, distance, position + 1, _SKIP, parent, _SKIP))
    return count


@njit
def _align(matches: Array, starts: Array, fixed: Array, candidate_length: int) -> tuple[Array, int]:
    """Return the chosen matches (places in `matches`), last one first, and their number."""
    length = len(fixed)
    blocks = (candidate_length + 63) // 64
    beam, following = np.zeros((BEAM, 7), np.int64), np.zeros((BEAM, 7), np.int64)
    used, used_next = np.zeros((BEAM, blocks), np.uint64), np.zeros((BEAM, blocks), np.uint64)
    trail, trail_next = np.full(BEAM, -1, np.int64), np.full(BEAM, -1, np.int64)
    history = np.empty((BEAM * length + 1, 2), np.int64)  # match, entry before
    order = np.zeros(BEAM, np.int64)
    beam[0, 4] = -1
    size, entries = _ONE, _ZERO
    for position in range(length):
        here = matches[starts[position] : starts[position + 1]]
        count = _expand(beam, used, size, position, here, fixed[position], following, order)
        for rank in range(count):
            parent, chosen = following[order[rank], 5], following[order[rank], 6]
            for column in range(5):
                beam[rank, column] = following[order[rank], column]
            for block in range(blocks):
                used_next[rank, block] = used[parent, block]
            trail_next[rank] = trail[parent]
            if chosen != _SKIP:
                for bit in range(here[chosen, 2], here[chosen, 2] + here[chosen, 3]):
                    used_next[rank, bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
                history[entries, 0], history[entries, 1] = starts[position] + chosen, trail[parent]
                trail_next[rank] = entries
                entries += 1
        used, used_next = used_next, used
        trail, trail_next = trail_next, trail
        size = count
    count = _ZERO
    for parent in range(size):
        total, chunks, distance = beam[parent, 0], beam[parent, 1], beam[parent, 2]
        next_position, last = beam[parent, 3], beam[parent, 4]
        closed = chunks + (1 if last != -1 else 0)
        count = _insert(following, order, count, (total, closed, distance, next_position, _SKIP, parent, _SKIP))
    chosen_rows = np.empty(length, np.int64)
    number, entry = 0, trail[following[order[0], 5]]
    while entry >= 0:
        chosen_rows[number] = history[entry, 0]
        number += 1
        entry = history[entry, 1]
    return chosen_rows, number


@njit
def _common(caption: Array, start: int, words: int, function: Array) -> int:
    """Count the function words among some words of a caption."""
    common = 0
    for index in range(start, start + words):
        if function[caption[index]]:
            common += 1
    return common


@njit
def _count(matches: Array, chosen: Array, number: int, theirs: Array, ours: Array, function: Array, row: Array) -> None:
    """Fill in a row of statistics; `chosen` holds the last match first."""
    row[0], row[1] = len(theirs), len(ours)
    row[2] = _common(theirs, _ZERO, len(theirs), function)
    row[3] = _common(ours, _ZERO, len(ours), function)
    last_start, last_other = -1, -1
    for index in range(number):
        start, words, other, other_words = _spans(matches[chosen[index]])
        module = matches[chosen[index], 4]
        common = _common(theirs, other, other_words, function)
        row[4 + 4 * module] += other_words - common
        row[6 + 4 * module] += common
        common = _common(ours, start, words, function)
        row[5 + 4 * module] += words - common
        row[7 + 4 * module] += common
        row[CHUNKS + 1] += other_words
        row[CHUNKS + 2] += words
        if start + words != last_start or other + other_words != last_other:
            row[CHUNKS] += 1
        last_start, last_other = start, other


def _pair_block(
    pairs: Array,
    token_starts: Array,
    tokens: Array,
    spellings: Array,
    stems: Array,
    function: Array,
    synonym_starts: Array,
    synonyms: Array,
    occurrence_starts: Array,
    occurrences: Array,
    paraphrase_starts: Array,
    paraphrases: Array,
    rows: Array,
) -> None:
    """Fill `rows` (pairs, 23) with the statistics of each (candidate, reference) pair."""
    room = np.empty((1024, 5), np.int32)
    first = np.full(len(paraphrase_starts), -1, np.int32)
    for pair in range(len(pairs)):
        candidate, reference = pairs[pair, 0], pairs[pair, 1]
        theirs = tokens[token_starts[candidate] : token_starts[candidate + 1]]
        ours = tokens[token_starts[reference] : token_starts[reference + 1]]
        room, count = _word_matches(ours, theirs, spellings, stems, synonym_starts, synonyms, room)
        if count < 0:
            count = -count - 1
        else:
            phrases = occurrences[occurrence_starts[reference] : occurrence_starts[reference + 1]]
            others = occurrences[occurrence_starts[candidate] : occurrence_starts[candidate + 1]]
            room, count = _phrase_matches(phrases, others, _YES, paraphrase_starts, paraphrases, first, room, count)
            room, count = _phrase_matches(others, phrases, _NO, paraphrase_starts, paraphrases, first, room, count)
        matches, starts = _by_start(room, count, len(ours))
        fixed = _fixed(matches, starts, len(theirs))
        chosen, number = _align(matches, starts, fixed, len(theirs))
        _count(matches, chosen, number, theirs, ours, function, rows[pair])


_compiled = Compiled(_pair_block)


def pair_statistics(corpus: Corpus, pairs: npt.NDArray[np.int32]) -> Statistics:
    """Return the statistics of (candidate, reference) pairs of captions of the corpus, shape (pairs, 23)."""
    rows = np.zeros((len(pairs), LENGTH), np.int64)
    arrays = _arrays(corpus)
    kernel = _compiled.ready((pairs, *arrays, rows))
    threads = max(1, min(cores(), len(pairs) // _WORTH_A_THREAD))
    edges = [len(pairs) * thread // threads for thread in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda block: kernel(pairs[block], *arrays, rows[block]), map(slice, edges, edges[1:])))
    return rows


def compile_ahead() -> None:
    """Compile what is not kept yet, and keep it."""
    some = np.zeros(1, np.int32)
    nothing = Corpus(
        words=[],
        token_starts=some,
        tokens=some,
        spellings=some,
        stems=some,
        function=np.zeros(1, bool),
        synonym_starts=some,
        synonyms=some,
        occurrence_starts=some,
        occurrences=np.zeros((1, 3), np.int32),
        paraphrase_starts=some,
        paraphrases=some,
    )
    _compiled.ready((np.zeros((0, 2), np.int32), *_arrays(nothing), np.zeros((0, LENGTH), np.int64)))


def _arrays(corpus: Corpus) -> tuple[Array, ...]:
    return (
        corpus.token_starts,
        corpus.tokens,
        corpus.spellings,
        corpus.stems,
        corpus.function,
        corpus.synonym_starts,
        corpus.synonyms,
        corpus.occurrence_starts,
        corpus.occurrences,
        corpus.paraphrase_starts,
        corpus.paraphrases,
    )
