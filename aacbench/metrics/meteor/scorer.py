"""METEOR 1.5 for English, equal to `meteor-1.5.jar -l en -norm`, without Java.

Scores lie between 0 and 1. Input is what the official tools feed the jar: captions split by the Penn
Treebank tokeniser. Source: Denkowski and Lavie 2014; behaviour compared with the jar.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from aacbench.errors import UserError
from aacbench.metrics.meteor.alignment import BEAM, align
from aacbench.metrics.meteor.corpus import Corpus, prepare
from aacbench.metrics.meteor.index import load_index
from aacbench.metrics.meteor.matching import MODULES, Matcher
from aacbench.metrics.meteor.normalise import words
from aacbench.metrics.meteor.statistics import Statistics, best_rows, corpus_score, count, score_rows
from aacbench.runtime.chunks import blocks

Engine = Literal["auto", "numba", "python"]

_LITTLE_WORK = 40_000
"""Up to this many pairs of words (some 300 pairs of captions), plain Python is done before numba is imported."""
_CHOICE = BEAM
"""What a match beyond two a word costs, in pairs of words: each path of the search can take it."""


@dataclass(frozen=True)
class PhraseMatch:
    """Words of the candidate matched with words of the reference; positions count words from 0."""

    candidate: tuple[str, ...]
    reference: tuple[str, ...]
    candidate_start: int
    reference_start: int
    module: str  # exact, stem, synonym or paraphrase


@dataclass(frozen=True)
class Explanation:
    """How METEOR saw a candidate and one reference."""

    candidate: tuple[str, ...]
    reference: tuple[str, ...]
    matches: tuple[PhraseMatch, ...]
    chunks: int
    score: float


def score(
    candidates: Sequence[str], references: Sequence[Sequence[str]], engine: Engine = "auto"
) -> tuple[float, list[float]]:
    """Return METEOR's corpus score (from summed statistics) and each item's score.

    Args:
        candidates: one caption an item.
        references: one or more captions an item.
        engine: `numba` (compiled), `python`, or `auto`: compiled where that is quicker. Scores are equal.

    Raises:
        UserError: nothing to score, an item without references, or METEOR's resources are missing.
    """
    rows, scores = item_statistics(candidates, references, engine)
    return corpus_score(rows), scores.tolist()


def item_statistics(
    candidates: Sequence[str], references: Sequence[Sequence[str]], engine: Engine = "auto"
) -> tuple[Statistics, npt.NDArray[np.float64]]:
    """Return each item's statistics with its best reference (items, 23) and its scores (items,).

    Arguments and errors are those of `score`; the columns are described in `statistics`.
    """
    check_items(candidates, references)
    parts = [_block(candidates[some], references[some], engine) for some in blocks(len(candidates))]
    return np.concatenate([rows for rows, _ in parts]), np.concatenate([scores for _, scores in parts])


def _block(
    candidates: Sequence[str], references: Sequence[Sequence[str]], engine: Engine
) -> tuple[Statistics, npt.NDArray[np.float64]]:
    captions: dict[str, int] = {}
    pairs = [
        [captions.setdefault(clean(text), len(captions)) for text in (candidate, reference)]
        for candidate, its_references in zip(candidates, references, strict=True)
        for reference in its_references
    ]
    index = load_index()
    corpus = prepare([words(caption, index.prefixes) for caption in captions], index)
    rows = _statistics(corpus, np.array(pairs, np.int32), engine)
    scores = score_rows(rows)
    starts = np.concatenate([[0], np.cumsum([len(group) for group in references])]).astype(np.int64)
    best = best_rows(scores, starts)
    return rows[best], scores[best]


def explain(candidate: str, reference: str) -> Explanation:
    """Return the alignment METEOR chooses between two captions, and its score."""
    index = load_index()
    sides = [tuple(words(clean(caption), index.prefixes)) for caption in (candidate, reference)]
    corpus = prepare([list(side) for side in sides], index)
    chosen = align(Matcher(corpus).matches(0, 1), len(sides[0]))
    functions = [[word in index.function_words for word in side] for side in sides]
    row = count(chosen, functions[0], functions[1])
    matches = tuple(
        PhraseMatch(
            sides[0][match.candidate : match.candidate + match.candidate_words],
            sides[1][match.reference : match.reference + match.reference_words],
            match.candidate,
            match.reference,
            MODULES[match.module],
        )
        for match in chosen
    )
    return Explanation(sides[0], sides[1], matches, row[20], float(score_rows(np.array([row]))[0]))


def clean(caption: str) -> str:
    """Return a caption without the field mark of METEOR's protocol and without line breaks."""
    return " ".join(caption.replace("|||", "").splitlines())


def check_items(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Refuse what cannot be scored.

    Raises:
        UserError: numbers of candidates and references differ, there are none, or an item has no reference.
    """
    if len(candidates) != len(references):
        raise UserError(
            "METEOR wants one list of references a candidate, "
            f"got {len(references)} lists and {len(candidates)} candidates"
        )
    if not candidates:
        raise UserError("METEOR wants at least one candidate, got none")
    bare = next((number for number, group in enumerate(references) if not group), None)
    if bare is not None:
        raise UserError(f"METEOR wants at least one reference an item; item {bare} has none")


def _statistics(corpus: Corpus, pairs: npt.NDArray[np.int32], engine: Engine) -> Statistics:
    """Return the statistics of all (candidate, reference) pairs, shape (pairs, 23)."""
    if engine == "auto":
        engine = "numba" if "numba" in sys.modules or _work(corpus, pairs) > _LITTLE_WORK else "python"
    if engine == "numba":
        from aacbench.metrics.meteor.kernels import pair_statistics  # noqa: PLC0415

        return pair_statistics(corpus, pairs)
    matcher = Matcher(corpus)
    functions = [[bool(corpus.function[word]) for word in caption] for caption in matcher.captions]
    rows = [
        count(align(matcher.matches(ours, theirs), len(functions[ours])), functions[ours], functions[theirs])
        for ours, theirs in pairs.tolist()
    ]
    return np.array(rows, np.int64)


def _work(corpus: Corpus, pairs: npt.NDArray[np.int32]) -> int:
    """Return how much there is to do, in pairs of words; what repeats its words has many alignments to choose from."""
    lengths = np.diff(corpus.token_starts).astype(np.int64)
    work = int((lengths[pairs[:, 0]] * lengths[pairs[:, 1]]).sum())
    if work > _LITTLE_WORK:
        return work
    captions = Matcher(corpus).captions
    for ours, theirs in pairs.tolist():
        times = Counter(captions[ours])
        matches = sum(times[word] for word in captions[theirs])
        work += _CHOICE * max(0, matches - 2 * len(captions[theirs]))
    return work
