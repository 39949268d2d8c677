"""Keyword tables: the nouns and verbs that captions use most, as labels of clips (Ye et al. 2021, section 2.1).

Tags and lemmas are those of the embedded caption parser, so nothing is downloaded. A word counts as often as it is used
as a noun or as a verb other than "be"; words of one or two letters and of `STOP` are left out. How forms of a word come
together is a setting:
- `lemma` (the paper): verbs become their base form, nouns stay as they are. A clip has a keyword if one of its words,
  so treated, is in the table. A third person ("a man talks", "wind blows") that the tagger takes for a plural is a verb
  where the captions use its base form more often as a verb than as a noun.
- `suffix` (the public code): endings are cut off where that leads to a word of the captions' vocabulary, for the table,
  or to a word of the table, for the clips; nouns lose their plural, and parts of speech are not looked at in clips.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, get_args

from aacbench.errors import AacbenchError, UserError, one_line
from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import load_json
from aacbench.text.normalise import words
from aacbench.text.parser import load_parser
from aacbench.text.ptb import tokenize_captions
from aacbench.text.vocabulary import UNK, Vocabulary

Forms = Literal["lemma", "suffix"]
Tagged = tuple[tuple[str, str, str], ...]
"""A caption's words, each with its Penn tag and its lemma."""

# The public code's list of words that say nothing about a sound (78 words).
STOP = frozenset(
    "accelerate amount approach back background become begin cause change closing come continue couple cover create "
    "day distance do effect end follow forth frequency get go has have increase interval item kind leave lot make "
    "night note number object occur other others overhead page passing past path pattern people person piece place "
    "play proximity put rate repeat second set side signal slow someone something speaks start system take thing "
    "time times top try turn use variety vary way work".split()
)
SHORTEST = 3
# Tags that are not a word's own choice in a sentence: the parser has the noun in "for a while", nltk the conjunction.
_FIXED_TAGS = {"while": "IN"}
# The public code's endings, in its order: what is cut off, how many letters before it, and what comes instead.
_ENDINGS = (
    ("ing", 0, ""), ("ing", 1, ""), ("ly", 0, ""), ("ly", 1, ""), ("s", 0, ""), ("es", 0, ""), ("d", 0, ""),
    ("ed", 0, ""), ("ing", 0, "e"),
)  # fmt: skip


class Tagger:
    """Tags and lemmas of captions; what was tagged once is remembered."""

    def __init__(self) -> None:
        self._known: dict[str, Tagged] = {}

    def __call__(self, captions: Sequence[str]) -> list[Tagged]:
        """Return each caption's lower-cased Penn tokens without punctuation, with tags and lemmas."""
        new = [caption for caption in dict.fromkeys(captions) if caption not in self._known]
        if new:
            parses = load_parser().parse([line.split() for line in tokenize_captions(new)])
            for caption, parse in zip(new, parses, strict=True):
                tags = (_FIXED_TAGS.get(word, tag) for word, tag in zip(parse.words, parse.tags, strict=True))
                self._known[caption] = tuple(zip(parse.words, tags, parse.lemmas, strict=True))
        return [self._known[caption] for caption in captions]


@dataclass(frozen=True)
class KeywordTable:
    """Keywords by falling count, ties by spelling, and for each the form in which the captions have it most often."""

    words: tuple[str, ...]
    spoken: tuple[str, ...]
    forms: Forms = "lemma"
    verbs: Mapping[str, str] = field(default_factory=dict)
    """Plurals that are third persons in these captions, and their base forms."""

    def labels(self, clips: Sequence[Sequence[str]], tagger: Tagger) -> list[frozenset[int]]:
        """Return which keywords, by index, each clip has: those of all its captions (`clips` lists captions)."""
        index_of = {word: index for index, word in enumerate(self.words)}
        captions = [caption for own in clips for caption in own]
        if self.forms == "suffix":
            bases = iter([[shortened(word, index_of) for word in words(caption, "dcase")] for caption in captions])
        else:
            bases = iter([[_base(*word, self.verbs) for word in tagged] for tagged in tagger(captions)])
        return [frozenset(index_of[word] for _ in own for word in next(bases) if word in index_of) for own in clips]

    def ids(self, vocabulary: Vocabulary) -> list[int]:
        """Return the keywords' ids in a vocabulary: the keyword's own, else that of its commonest form, else UNK."""
        return [_id(vocabulary, word) or _id(vocabulary, form) or UNK for word, form in self._pairs()]

    def _pairs(self) -> Iterable[tuple[str, str]]:
        return zip(self.words, self.spoken, strict=True)

    def save(self, path: Path) -> None:
        """Write the table as JSON."""
        atomic_write(path, json.dumps(asdict(self), ensure_ascii=False, indent=0))

    @classmethod
    def load(cls, path: Path) -> KeywordTable:
        """Read what `save` wrote.

        Raises:
            AacbenchError: the file is missing or is no keyword table.
        """
        try:
            stored = load_json(path)
            words, spoken, forms = tuple(stored["words"]), tuple(stored["spoken"]), stored["forms"]
            verbs = dict(stored.get("verbs", {}))  # tables of before had none
            texts = all(isinstance(word, str) for word in (*words, *spoken, *verbs, *verbs.values()))
            if not texts or len(words) != len(spoken) or forms not in get_args(Forms):
                raise ValueError(f"wanted as many words as forms spoken, and forms of {get_args(Forms)}")
            return cls(words, spoken, forms, verbs)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AacbenchError(
                f"{path} is no keyword table ({one_line(error)}); train the run again with --fresh"
            ) from error


def build_table(captions: Sequence[str], size: int, forms: Forms, tagger: Tagger) -> KeywordTable:
    """Return the `size` keywords that `captions` use most, or as many as there are.

    Raises:
        UserError: the captions have no noun and no verb.
    """
    known = {word for caption in captions for word in words(caption, "dcase")} if forms == "suffix" else set()
    counts: Counter[str] = Counter()
    spoken: dict[str, Counter[str]] = {}
    sentences = tagger(captions)
    verbs = {} if forms == "suffix" else third_persons(sentences)
    for tagged in sentences:
        for word, tag, lemma in tagged:
            if tag.startswith("NN") or (tag.startswith("VB") and lemma != "be"):
                keyword = shortened(word, known) if forms == "suffix" else _base(word, tag, lemma, verbs)
                counts[keyword] += 1
                spoken.setdefault(keyword, Counter())[word] += 1
    kept = [word for word in counts if len(word) >= SHORTEST and word not in STOP]
    kept = sorted(kept, key=lambda word: (-counts[word], word))[:size]
    if not kept:
        raise UserError(f"keywords are nouns and verbs of captions; there is none in these {len(captions)} captions")
    commonest = tuple(min(spoken[word], key=lambda form: (-spoken[word][form], form)) for word in kept)
    return KeywordTable(tuple(kept), commonest, forms, verbs)


def third_persons(sentences: Iterable[Tagged]) -> dict[str, str]:
    """Return the words tagged as plurals that are third persons here, with their base forms.

    That is where the captions use the base form more often as a verb than they use the word's singular as a noun.
    """
    nouns: Counter[str] = Counter()
    verbs: Counter[str] = Counter()
    plurals: dict[str, str] = {}
    for tagged in sentences:
        for word, tag, lemma in tagged:
            if tag in ("NN", "NNS"):
                nouns[lemma] += 1
                if tag == "NNS" and word.endswith("s"):
                    plurals[word] = lemma
            elif tag.startswith("VB"):
                verbs[lemma] += 1
    lemmatiser = load_parser().lemmatiser
    bases = {word: lemmatiser.lemma(word, "VBZ") for word in plurals}
    return {word: base for word, base in sorted(bases.items()) if verbs[base] > nouns[plurals[word]]}


def shortened(word: str, known: Collection[str]) -> str:
    """Return what is left when the first ending is cut off that leads to a known word; else the word itself."""
    for ending, more, instead in _ENDINGS:
        if word.endswith(ending):
            stem = word[: len(word) - len(ending) - more] + instead
            if stem in known:
                return stem
    return word


def _base(word: str, tag: str, lemma: str, verbs: Mapping[str, str]) -> str:
    """Return the paper's form of a word: verbs in their base form, everything else unchanged."""
    return lemma if tag.startswith("VB") else verbs.get(word, word) if tag == "NNS" else word


def _id(vocabulary: Vocabulary, word: str) -> int | None:
    """Return the id of a single word, None where the vocabulary does not hold it."""
    ids = vocabulary.encode(word)[1:-1]
    return ids[0] if len(ids) == 1 and ids[0] != UNK else None
