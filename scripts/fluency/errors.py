"""Errors put into human captions, of the five kinds of the FENSE benchmark (Zhou et al. 2022, section 3.2).

Each is given the parse of a caption and returns the words of an ill-formed one, None where the caption does not lend
itself to it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from aacbench.text.parser.parse import Parse

TAILS = """and|with|with a|a|the|while|as|as a|in the|in a|of|of a|by|and a|and the|then|and then|on the|on a|is|are|
followed by|followed by a|in the background and|to|at|from a|for""".replace("\n", "").split("|")
DANGLING = frozenset({"DT", "IN", "CC", "TO", "PRP$"})  # tags of words that no caption ends with
JOINING = frozenset({"and", "while", "as", "then", "before"})
CONJUNCTIONS = JOINING | {"after", "when", "or", "but"}
CONJUNCTION_TAGS = frozenset({"CC", "IN", "RB", "WRB"})
PREPOSITIONS = frozenset({"in", "on", "at", "over", "to", "into", "of"})
VERBS = frozenset({"VBZ", "VBP", "VBG", "VBD"})
CLAUSES = frozenset({"root", "conj", "advcl", "ccomp"})  # relations of a clause's verb
HELPERS = frozenset({"aux", "auxpass", "cop"})

Words = list[str]


def added_tail(parse: Parse, rng: random.Random) -> Words | None:
    """A caption that goes on and ends in mid-air, or is cut off there."""
    words, tags = [*parse.words], parse.tags
    stops = [i for i in range(2, len(words) - 1) if tags[i] in DANGLING and tags[i + 1] != "CC"]
    if not stops or rng.random() < 0.5:
        return words + rng.choice(TAILS).split()
    return words[: rng.choice(stops) + 1]


def repeated_event(parse: Parse, rng: random.Random) -> Words | None:
    """An event that is told again."""
    words, tags = [*parse.words], parse.tags
    joint = rng.choice([["and"], ["and"], ["while"], ["as"], ["then"], []])
    cuts = [i for i, word in enumerate(words) if word in JOINING and 1 < i < len(words) - 2]
    if cuts and rng.random() < 0.6:
        cut = cuts[0]
        first, second = words[:cut], words[cut + 1 :]
        return rng.choice([
            words + joint + first, [*first, words[cut], *first], first + joint + first + words[cut:],
            words + joint + second, words + joint + words,
        ])  # fmt: skip
    long = [i for i, word in enumerate(words) if tags[i].startswith(("NN", "VB")) and len(word) > 3]
    if long and rng.random() < 0.3:
        end = rng.choice(long)
        return [*words[: end + 1], *rng.choice([["and"], []]), *words[end:]]
    return words + joint + words


def repeated_adverb(parse: Parse, rng: random.Random) -> Words | None:
    """An adverb, or a phrase of place, that is said twice."""
    words, tags = [*parse.words], parse.tags
    adverbs = [i for i, word in enumerate(words) if tags[i] == "RB" and word.endswith("ly")]
    if adverbs:
        i = rng.choice(adverbs)
        return rng.choice([words[: i + 1] + words[i:], [*words[: i + 1], "and", *words[i:]], [*words, words[i]]])
    phrases = [
        i
        for i in range(len(words) - 2)
        if words[i] in PREPOSITIONS and tags[i] == "IN" and words[i + 1] in ("the", "a")
    ]
    if not phrases:
        return None
    i = rng.choice(phrases)
    return words[: i + 3] + words[i:]


def missing_conjunction(parse: Parse, rng: random.Random) -> Words | None:
    """Two events with nothing between them."""
    words, tags = [*parse.words], parse.tags
    places = [
        i
        for i in range(2, len(words) - 2)
        if words[i] in CONJUNCTIONS and tags[i] in CONJUNCTION_TAGS and tags[i - 1] != "RB"
    ]
    if not places:
        return None
    i = rng.choice(places)
    return words[:i] + words[i + 1 :]


def missing_verb(parse: Parse, rng: random.Random) -> Words | None:
    """A clause whose verb is gone, mostly with its helpers."""
    subjects = {
        head for head, relation in zip(parse.heads, parse.relations, strict=True) if relation in ("nsubj", "nsubjpass")
    }
    verbs = [
        i
        for i in range(1, len(parse.words) - 1)
        if parse.tags[i] in VERBS and parse.relations[i] in CLAUSES and i + 1 in subjects
    ]
    if not verbs:
        return None
    verb = rng.choice(verbs)
    gone = {verb}
    if rng.random() < 0.7:
        gone |= {i for i, head in enumerate(parse.heads) if head == verb + 1 and parse.relations[i] in HELPERS}
    kept = [word for i, word in enumerate(parse.words) if i not in gone]
    return kept if len(kept) > 2 else None


KINDS: dict[str, Callable[[Parse, random.Random], Words | None]] = {
    "added tail": added_tail,
    "repeated event": repeated_event,
    "repeated adverb": repeated_adverb,
    "missing conjunction": missing_conjunction,
    "missing verb": missing_verb,
}


def with_errors(parses: Iterable[Parse], rng: random.Random) -> list[tuple[str, Words]]:
    """Return one ill-formed caption, with its kind, for each of the captions that lends itself to one of the kinds."""
    made = []
    for parse in parses:
        if len(parse.words) < 4:
            continue
        for kind in rng.sample([*KINDS], len(KINDS)):
            words = KINDS[kind](parse, rng)
            if words is not None and tuple(words) != parse.words:
                made.append((kind, words))
                break
    return made
