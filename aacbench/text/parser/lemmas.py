"""Lemmas of tagged words: spelling rules for nouns and verbs, and a table of what the rules get wrong.

The rules are English inflection as school grammars give it; the table is made from the parsed captions by
`exceptions`, so that on them both together agree with the lemmas of their parses. Words of other tags keep
their form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

NOUN, VERB, PRONOUN, ARTICLE, OTHER = "noun", "verb", "pronoun", "article", "other"
_CLASSES = {"NN": NOUN, "NNS": NOUN, "PRP": PRONOUN, "PRP$": PRONOUN, "DT": ARTICLE}

_PRONOUNS = {
    "me": "I", "my": "I", "mine": "I", "us": "we", "our": "we", "ours": "we", "your": "you", "yours": "you",
    "him": "he", "his": "he", "her": "she", "hers": "she", "its": "its", "them": "they", "their": "they",
    "theirs": "they",
}  # fmt: skip

# One irregular verb an entry: base, then its other forms.
_IRREGULAR_VERBS = """
be am is are was were been 're 'm|have has had 've 'd|do did done|go went gone|arise arose arisen|
awake awoke awoken|bear bore borne|beat beaten|become became|begin began begun|bend bent|bind bound|
bite bit bitten|bleed bled|blow blew blown|break broke broken|breed bred|bring brought|build built|
burn burnt|buy bought|catch caught|choose chose chosen|cling clung|come came|creep crept|deal dealt|
dig dug|draw drew drawn|dream dreamt|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|
feed fed|feel felt|fight fought|find found|flee fled|fling flung|fly flew flown|forget forgot forgotten|
freeze froze frozen|get got gotten|give gave given|grind ground|grow grew grown|hang hung|hear heard|
hide hid hidden|hold held|keep kept|kneel knelt|know knew known|lay laid|lead led|leap leapt|
learn learnt|leave left|lend lent|light lit|lose lost|make made|mean meant|meet met|pay paid|
ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen|seek sought|sell sold|
send sent|shake shook shaken|shine shone|shoot shot|show shown|shrink shrank shrunk|sing sang sung|
sink sank sunk|sit sat|sleep slept|slide slid|sling slung|smell smelt|speak spoke spoken|spend spent|
spill spilt|spin spun|spring sprang sprung|stand stood|steal stole stolen|stick stuck|sting stung|
strike struck|string strung|sweep swept|swell swollen|swim swam swum|swing swung|take took taken|
teach taught|tear tore torn|tell told|think thought|throw threw thrown|understand understood|
wake woke woken|wear wore worn|weave wove woven|weep wept|win won|wring wrung|write wrote written|
die dying|lie lying|tie tying|vie vying
"""
_VERBS = {
    form: base
    for base, *forms in (entry.split() for entry in _IRREGULAR_VERBS.replace("\n", "").split("|"))
    for form in forms
}
_PLURALS = {
    "children": "child", "feet": "foot", "geese": "goose", "mice": "mouse", "teeth": "tooth", "oxen": "ox",
    **{f"{s}ves": f"{s}f" for s in ("cal", "hal", "hoo", "lea", "loa", "scar", "shel", "thie", "wol")},
    **{f"{s}ves": f"{s}fe" for s in ("kni", "li", "wi")},
}  # fmt: skip

_VOWELS = re.compile(r"[aeiou]+|(?<=[^aeiou])y")
_ES = re.compile(r"(ss|x|z{2}|ch|sh|[^aeiou]o)es$")
_DOUBLED = re.compile(r"([bcdgkmnprtv])\1$")
# Stems that lost a silent e before -ed or -ing, whatever their length ...
_SILENT = re.compile(
    r"([^k]c|v|[^o]u|[^z]z|[^sui]s|[aeu]is|us|[iu]at|creat|ced|hal|[dr]g|[aeiou]g|ung|chang|rang|[^aeiourlw]l|eath|ooth)$"
)
# ... with one vowel before the last consonant, in longer words ...
_SILENT_LONG = re.compile(r"[^aeiou](at|ut|ot|[aeiou]k|[aiou]d|in|um|om|ul|ap|ar|[iuo]r|ib|ob|ub|am|as|os)$")
# ... and in words of one syllable.
_SILENT_SHORT = re.compile(r"^([^aeiou]|qu)*([aeiouy])[^aeiouwxy]$")


def tag_class(tag: str) -> str:
    """Which rules a Penn tag asks for."""
    return VERB if tag.startswith("VB") else _CLASSES.get(tag, OTHER)


def _noun(word: str) -> str:
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("men") and len(word) > 2:
        return word[:-2] + "an"
    if len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return _without_s(word)


def _without_s(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if _ES.search(word) else word[:-1]


def _verb(word: str) -> str:
    if word in _VERBS:
        return _VERBS[word]
    if word.endswith("s") and len(word) > 2 and not word.endswith(("ss", "us")):
        return _without_s(word)
    if word.endswith("ied") and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and _VOWELS.search(stem) and not word.endswith("eed"):
            return _restored(stem)
    return word


def _restored(stem: str) -> str:
    """The base form of a stem left by -ed or -ing."""
    syllables = len(_VOWELS.findall(stem.replace("qu", "q")))
    if _DOUBLED.search(stem) or (syllables > 1 and stem.endswith("ll")):
        return stem[:-1]
    silent = _SILENT.search(stem) or (_SILENT_LONG.search(stem) if syllables > 1 else _SILENT_SHORT.search(stem))
    return stem + "e" if silent else stem


def by_rules(word: str, kind: str) -> str:
    """The lemma of a word of a tag class by the rules alone."""
    if kind == NOUN:
        return _noun(word)
    if kind == VERB:
        return _verb(word)
    if kind == PRONOUN:
        return _PRONOUNS.get(word, word)
    return "a" if kind == ARTICLE and word == "an" else word


def exceptions(lemmas: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    """What the rules get wrong of (word, tag, lemma) triples: by tag class, word -> lemma."""
    table: dict[str, dict[str, str]] = {}
    for word, tag, lemma in sorted(set(lemmas)):
        kind = tag_class(tag)
        if by_rules(word, kind) != lemma:
            table.setdefault(kind, {})[word] = lemma
    return table


class Lemmatiser:
    """Rules with a table of exceptions; remembers what it was asked."""

    def __init__(self, table: Mapping[str, Mapping[str, str]]) -> None:
        self._table = table
        self._known: dict[tuple[str, str], str] = {}

    def lemma(self, word: str, tag: str) -> str:
        """The lemma of a lower-cased word with a Penn tag."""
        lemma = self._known.get((word, tag))
        if lemma is None:
            kind = tag_class(tag)
            irregular = self._table.get(kind, {}).get(word)
            lemma = by_rules(word, kind) if irregular is None else irregular
            self._known[word, tag] = lemma
        return lemma

    def lemmas(self, words: Sequence[str], tags: Sequence[str]) -> tuple[str, ...]:
        """The lemmas of a sentence."""
        return tuple(map(self.lemma, words, tags))
