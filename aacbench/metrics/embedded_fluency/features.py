"""What the embedded fluency checker sees of a caption: short strings, hashed to columns of its weights.

Neighbouring words; neighbours with content words read as their tags, so that a pattern is learnt for all nouns at once;
edges of the parse; what is said twice, and how far apart; how the caption ends.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from aacbench.text.parser.parse import Parse

Ids = npt.NDArray[np.int64]

OPEN = ("NN", "VB", "JJ", "RB")  # tags of content words begin so
FINITE = frozenset({"VBZ", "VBP", "VBD"})
JOINING = frozenset({"and", "while", "as", "then", "before"})
COUNTED = ("nsubj", "conj", "cc", "dep", "ccomp", "root", "parataxis", "acl:relcl", "det")  # relations
_EDGE = ("<s>",), ("</s>",)


def columns(parse: Parse, width: int) -> Ids:
    """Return the distinct columns below `width` that a caption's features fall on, in order."""
    hashed = {zlib.crc32(text.encode("utf-8", "surrogatepass")) % width for text in features(parse)}
    return np.array(sorted(hashed), np.int64)


def features(parse: Parse) -> Iterator[str]:
    """Yield the features of a caption; some come several times."""
    words, tags = _framed(parse.words), _framed(parse.tags)
    shapes = [tag if tag.startswith(OPEN) else word for word, tag in zip(words, tags, strict=True)]
    yield from _grams("w", words, (2, 3))
    yield from _grams("s", shapes, (2, 3, 4, 5))
    yield from _edges(parse, tags, shapes)
    yield from _repeated_words(parse, shapes)
    yield from _repeated_runs(parse.words)
    yield from _ending(shapes)


def _framed(row: Sequence[str]) -> list[str]:
    return [*_EDGE[0], *row, *_EDGE[1]]


def _grams(kind: str, row: Sequence[str], sizes: Iterable[int]) -> Iterator[str]:
    for size in sizes:
        for start in range(len(row) - size + 1):
            yield f"{kind}{size} {' '.join(row[start : start + size])}"


def _edges(parse: Parse, tags: Sequence[str], shapes: Sequence[str]) -> Iterator[str]:
    """Yield the parse's edges, and how many of some relations and of finite verbs there are."""
    for place, (head, relation) in enumerate(zip(parse.heads, parse.relations, strict=True), 1):
        yield f"edge {relation} {tags[head]} {tags[place]}"
        yield f"edge {relation} {shapes[head]} {shapes[place]} {'<' if head > place else '>'}"
    counts = Counter(parse.relations)
    for relation in COUNTED:
        yield f"count {relation} {min(counts[relation], 4)}"
    verbs = min(sum(tag in FINITE for tag in parse.tags), 4)
    subjects, joints = counts["nsubj"] + counts["nsubjpass"], counts["cc"] + counts["mark"]
    yield f"verbs {verbs}"
    yield f"verbs {verbs} {min(subjects, 4)} {min(joints, 4)}"


def _repeated_words(parse: Parse, shapes: Sequence[str]) -> Iterator[str]:
    """Yield what is repeated at once, up to four words later, and anywhere."""
    lemmas, tags = parse.lemmas, parse.tags
    for start in range(len(lemmas)):
        for gap in range(1, min(5, len(lemmas) - start)):
            if lemmas[start] == lemmas[start + gap]:
                yield f"again {gap} {tags[start]}"
                yield f"again {gap} {' '.join(shapes[start + 1 : start + gap + 2])}"
    content = Counter((lemma, tag[:2]) for lemma, tag in zip(lemmas, tags, strict=True) if tag.startswith(OPEN))
    for (_, tag), count in content.items():
        if count > 1:
            yield f"times {tag} {min(count, 3)}"
    pairs = Counter(zip(parse.words, parse.words[1:], strict=False))
    yield f"pair {min(max(pairs.values(), default=0), 3)}"
    yield f"pairs {min(sum(count > 1 for count in pairs.values()), 6)}"


def _repeated_runs(words: Sequence[str]) -> Iterator[str]:
    """Yield the longest run of words that comes again, with what stands between, and clauses that come again."""
    length, between = 0, tuple[str, ...]()
    for first, second in combinations(range(len(words)), 2):
        size = 0
        while second + size < len(words) and first + size < second and words[first + size] == words[second + size]:
            size += 1
        if size > length:
            length, between = size, tuple(words[first + size : second])
    yield f"run {min(length, 8)}"
    if length > 1:
        yield f"run {min(length, 5)} {' '.join(between[:2])} {len(between) > 2}"
    clauses = [clause for clause in _clauses(words) if clause]
    yield f"clauses {len(clauses) - len(set(clauses))}"
    if len({clause[-3:] for clause in clauses}) < len(clauses):
        yield "clauses end alike"


def _clauses(words: Sequence[str]) -> list[tuple[str, ...]]:
    clauses: list[list[str]] = [[]]
    for word in words:
        if word in JOINING:
            clauses.append([])
        else:
            clauses[-1].append(word)
    return [tuple(clause) for clause in clauses]


def _ending(shapes: Sequence[str]) -> Iterator[str]:
    yield f"last {shapes[-2]}"
    yield f"last {' '.join(shapes[-3:-1])}"
    yield f"length {min((len(shapes) - 2) // 3, 8)}"
