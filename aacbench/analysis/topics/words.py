"""From a caption to its topic words: phrases first, then words, by their own form or by a base form in the lists.

An entry of a list stands for itself and for its regular inflections (WordNet's rules of detachment, and consonants
that are doubled); irregular forms are entries of their own. An inflected form is listed where its topic is another one
than its base form's. Every entry has one topic.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from aacbench.errors import AacbenchError
from aacbench.text.normalise import words
from aacbench.text.wordnet import DETACHMENT

LOCAL = ("source", "action", "property")
GLOBAL = ("scene", "abstraction")
TOPICS = (*LOCAL, *GLOBAL)
FUNCTION = "function"


@cache
def entries() -> dict[str, str]:
    """Return the topic of every entry, `function` for words without one.

    Raises:
        AacbenchError: an entry stands in two lists, which is a defect of the package.
    """
    topic_of: dict[str, str] = {}
    for topic in (*TOPICS, FUNCTION):
        text = files("aacbench.analysis.topics").joinpath(f"data/{topic}.txt").read_text(encoding="utf-8")
        for entry in filter(None, (line.split("#")[0].strip() for line in text.splitlines())):
            if entry in topic_of:
                raise AacbenchError(f"the topic word {entry!r} stands in {topic_of[entry]}.txt and {topic}.txt")
            topic_of[entry] = topic
    return topic_of


def topic_words(caption: str) -> list[tuple[str, str | None]]:
    """Return (entry or word, topic) for each word or phrase of the caption that is no function word.

    The topic is None where the lists do not know a word.
    """
    listed, named = words(caption), []
    position = 0
    while position < len(listed):
        sizes = _sizes().get(listed[position], ())
        size = next((size for size in sizes if " ".join(listed[position : position + size]) in entries()), 1)
        entry = " ".join(listed[position : position + size]) if size > 1 else _entry(listed[position])
        topic = entries().get(entry)
        if topic != FUNCTION:
            named.append((entry, topic))
        position += size
    return named


@cache
def _sizes() -> dict[str, tuple[int, ...]]:
    """Return how many words the phrases have that begin with a word, the longest first."""
    sizes_of: dict[str, set[int]] = {}
    for entry in entries():
        if " " in entry:
            sizes_of.setdefault(entry.split(" ")[0], set()).add(entry.count(" ") + 1)
    return {word: tuple(sorted(sizes, reverse=True)) for word, sizes in sizes_of.items()}


@cache
def _entry(word: str) -> str:
    """Return the entry that a word is a form of, else the word; figures and hyphenated words go by their parts."""
    word = word.removesuffix("'s").removesuffix("'")
    form = next((form for form in (word, *_bases(word)) if form in entries()), None)
    while form is not None:
        base = next((base for base in _bases(form) if entries().get(base) == entries()[form]), None)
        if base is None:
            return form
        form = base  # "speaking" and "speaks" count as "speak"
    if "-" in word:
        parts = [_entry(part) for part in word.split("-") if part]
        known = [part for part in parts if entries().get(part, FUNCTION) != FUNCTION]
        return known[0] if known else word
    return word


def _bases(word: str) -> Iterator[str]:
    """Yield what regular inflection may have made `word` from, the likeliest first."""
    for ending, base in [*DETACHMENT, ["ied", "y"]]:
        stem = word.removesuffix(ending)
        if ending and stem != word and len(stem) > 1:
            yield stem + base
            if ending in ("ed", "ing", "er", "est") and stem[-1] == stem[-2]:
                yield stem[:-1]
