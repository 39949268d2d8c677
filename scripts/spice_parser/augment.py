"""Further parsed sentences from the parsed ones: words and base noun phrases put in each other's place.

The teacher is a probabilistic context-free grammar. It knows a word only by how likely each tag makes it, and a
phrase only by its category; so where a word that takes one tag alone stands for another such word, every analysis
of the sentence changes by the same factor, and the best one stays the best. Words that take several tags in like
shares, and base noun phrases of one number, are exchanged by the same reasoning, which then holds nearly: captions
that differ in nothing else have the same heads and relations for 97 % of their words.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spice_parser.corpus import Sentence

OPEN_TAGS = ("NN", "NNS", "VBG", "VBZ", "VBP", "VB", "VBN", "VBD", "JJ", "RB")
LEXICAL = frozenset(("nmod:tmod", "nmod:npmod", "mwe", "cc:preconj", "det:predet", "case", "mark"))
"""Relations that depend on the word itself, by the converter's lists."""

AUXILIARIES = frozenset("is are was were am be been being has have had does do did not".split())
"""Words that the grammar has categories of their own for."""

PURE_COUNT, MIXED_COUNT = 10, 30  # occurrences from which a word's tags are trusted
PURE = 0.98  # share of one tag from which a word counts as taking it alone
RARE_TAG = 0.02  # share under which a tag is an accident
STEP = 1.0  # of the logarithm of two tags' ratio: words in one step are alike
SHARE = 0.45  # of words, and of phrases, that are exchanged


@dataclass(frozen=True, slots=True)
class Phrase:
    """A base noun phrase: determiners, adjectives and nouns before a noun that all hang on it."""

    first: int
    last: int  # the noun; both are places in the sentence


@dataclass(frozen=True, slots=True)
class Piece:
    """A noun phrase without its sentence: words and tags, and the relations of all but the noun."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    lemmas: tuple[str, ...]
    relations: tuple[str, ...]


def classes(sentences: Sequence[Sentence]) -> dict[str, str]:
    """The class of every word that may be exchanged: its tags, with their ratios in coarse steps."""
    tags: dict[str, Counter[str]] = defaultdict(Counter)
    bound: Counter[str] = Counter()
    for s in sentences:
        for word, tag, relation in zip(s.words, s.tags, s.relations, strict=True):
            tags[word][tag] += 1
            bound[word] += relation in LEXICAL
    free = (word for word, counts in tags.items() if bound[word] < RARE_TAG * counts.total())
    named = {word: class_of(tags[word]) for word in free if word not in AUXILIARIES}
    sizes = Counter(named.values())
    return {word: name for word, name in named.items() if name and sizes[name] > 1}


def class_of(counts: Counter[str]) -> str:
    """A word's class by its tags; the empty string for a word that keeps its place."""
    total = counts.total()
    often = {tag: counts[tag] for tag in OPEN_TAGS if counts[tag] >= RARE_TAG * total}
    if total < PURE_COUNT or sum(often.values()) < (1 - 1.5 * RARE_TAG) * total:
        return ""
    top = max(often, key=lambda tag: often[tag])
    if often[top] >= PURE * total:
        return top
    if total < MIXED_COUNT:
        return ""
    first, *others = sorted(often)
    return " ".join((first, *(f"{tag}{round(math.log(often[tag] / often[first]) / STEP)}" for tag in others)))


def base_phrases(s: Sentence, known: Mapping[str, str]) -> Iterator[Phrase]:
    """The base noun phrases whose words, articles apart, all take one tag alone."""
    dependents: dict[int, list[int]] = defaultdict(list)
    for place, head in enumerate(s.heads):
        dependents[head - 1].append(place)
    for noun, tag in enumerate(s.tags):
        inside = s.relations[noun] == "compound"  # of a larger phrase
        if inside or tag not in ("NN", "NNS") or known.get(s.words[noun]) != tag:
            continue
        before = [d for d in dependents[noun] if d < noun and s.relations[d] in ("det", "amod", "compound")]
        first = min(before, default=noun)
        if len(before) == noun - first and all(plain(s, d, known) and not dependents[d] for d in before):
            yield Phrase(first, noun)


def plain(s: Sentence, place: int, known: Mapping[str, str]) -> bool:
    """Whether a word before a noun is an article, or an adjective or noun that is nothing else."""
    if s.tags[place] == "DT":
        return s.words[place] in ("a", "an", "the")
    return s.tags[place] in ("JJ", "NN") and known.get(s.words[place]) == s.tags[place]


class Exchange:
    """Makes sentences from the given ones; the same seed gives the same sentences."""

    def __init__(self, sentences: Sequence[Sentence], seed: int) -> None:
        self._sentences, self._rng = sentences, random.Random(seed)
        self._classes = classes(sentences)
        self._phrases = [list(base_phrases(s, self._classes)) for s in sentences]
        words: dict[str, Counter[str]] = defaultdict(Counter)
        self._pieces: dict[str, list[Piece]] = defaultdict(list)
        for s, phrases in zip(sentences, self._phrases, strict=True):
            for word in s.words:
                if name := self._classes.get(word):
                    words[name][word] += 1
            for phrase in phrases:
                self._pieces[s.tags[phrase.last]].append(piece(s, phrase))
        self._words = {name: (list(counts), [n**0.75 for n in counts.values()]) for name, counts in words.items()}

    def __iter__(self) -> Iterator[Sentence]:
        """One new sentence for each that has something to exchange."""
        for s, phrases in zip(self._sentences, self._phrases, strict=True):
            made = self._with_words(self._with_phrases(s, phrases))
            if made.words != s.words:
                yield made

    def _with_words(self, s: Sentence) -> Sentence:
        """The sentence with some words replaced by others of their class."""
        words = list(s.words)
        for place, word in enumerate(words):
            name = self._classes.get(word)
            if name and s.relations[place] not in LEXICAL and self._rng.random() < SHARE:
                choices, weights = self._words[name]
                words[place] = self._rng.choices(choices, weights)[0]
        return Sentence(tuple(words), s.tags, s.lemmas, s.heads, s.relations)

    def _with_phrases(self, s: Sentence, phrases: Sequence[Phrase]) -> Sentence:
        """The sentence with some base noun phrases replaced by others of the same number."""
        for phrase in reversed(phrases):  # from the end, so that earlier places hold
            if s.relations[phrase.last] not in LEXICAL and self._rng.random() < SHARE:
                s = replaced(s, phrase, self._rng.choice(self._pieces[s.tags[phrase.last]]))
        return s


def piece(s: Sentence, phrase: Phrase) -> Piece:
    """A phrase taken out of its sentence."""
    part = slice(phrase.first, phrase.last + 1)
    return Piece(s.words[part], s.tags[part], s.lemmas[part], s.relations[phrase.first : phrase.last])


def replaced(s: Sentence, phrase: Phrase, new: Piece) -> Sentence:
    """The sentence with a phrase replaced by another."""
    first, after, size = phrase.first, phrase.last + 1, len(new.words)
    noun = first + size  # of the new phrase, counted from 1
    shift = size - (after - first)

    def moved(head: int) -> int:
        return head + shift if head > phrase.last else head

    heads = [moved(h) for h in s.heads]
    relations = (*new.relations, s.relations[phrase.last])
    return Sentence(
        s.words[:first] + new.words + s.words[after:],
        s.tags[:first] + new.tags + s.tags[after:],
        s.lemmas[:first] + new.lemmas + s.lemmas[after:],
        (*heads[:first], *(noun for _ in new.relations), heads[phrase.last], *heads[after:]),
        s.relations[:first] + relations + s.relations[after:],
    )
