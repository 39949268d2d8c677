"""The Snowball English stemmer (Porter2) as it stood around 2010, which METEOR 1.5 carries.

Later revisions of the algorithm stem some words otherwise, so an installed Snowball package cannot stand
in. Words are lower-case; letters outside `aeiouy` count as consonants, digits and marks too.

Source: M. Porter, "The English (Porter2) stemming algorithm", snowballstem.org.
"""

from __future__ import annotations

from functools import lru_cache

_VOWELS = frozenset("aeiouy")
_DOUBLES = frozenset(("bb", "dd", "ff", "gg", "mm", "nn", "pp", "rr", "tt"))
_WHOLE = {
    "skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "idly": "idl",
    "gently": "gentl", "ugly": "ugli", "early": "earli", "only": "onli", "singly": "singl",
} | {word: word for word in ("sky", "news", "howe", "atlas", "cosmos", "bias", "andes")}  # fmt: skip
_DONE_AFTER_1A = frozenset(("inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"))
_REGION_PREFIXES = ("gener", "commun", "arsen")
_LI_BEFORE = frozenset("cdeghkmnrt")
_STEP_2 = {
    "tional": "tion", "enci": "ence", "anci": "ance", "abli": "able", "entli": "ent", "izer": "ize",
    "ization": "ize", "ational": "ate", "ation": "ate", "ator": "ate", "alism": "al", "aliti": "al",
    "alli": "al", "fulness": "ful", "ousli": "ous", "ousness": "ous", "iveness": "ive", "iviti": "ive",
    "biliti": "ble", "bli": "ble", "ogi": "og", "fulli": "ful", "lessli": "less", "li": "",
}  # fmt: skip
_STEP_3 = {
    "tional": "tion", "ational": "ate", "alize": "al", "icate": "ic", "iciti": "ic", "ical": "ic",
    "ful": "", "ness": "", "ative": "",
}  # fmt: skip
_STEP_4 = dict.fromkeys(
    ("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ism", "ate", "iti",
     "ous", "ive", "ize", "ion"), "",
)  # fmt: skip


_STEPS = (_STEP_2, _STEP_3, _STEP_4)
_LENGTHS = tuple(sorted({len(suffix) for suffix in suffixes}, reverse=True) for suffixes in _STEPS)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the stem of a lower-case word."""
    if word in _WHOLE:
        return _WHOLE[word]
    if len(word) < 3:
        return word
    word = _mark_consonant_y(word.removeprefix("'"))
    first, second = _regions(word)
    word = _step_1a(word)
    if word in _DONE_AFTER_1A:
        return word
    word = _step_1c(_step_1b(word, first))
    for step in range(3):
        word = _replace_suffix(word, step, first, second)
    return _step_5(word, first, second).replace("Y", "y")


def _mark_consonant_y(word: str) -> str:
    """Write Y for each y that acts as a consonant: at the start, or right after a vowel."""
    letters = list(word)
    if letters[:1] == ["y"]:
        letters[0] = "Y"
    index = 0
    while index + 1 < len(letters):
        if letters[index] in _VOWELS and letters[index + 1] == "y":
            letters[index + 1] = "Y"
            index += 1
        index += 1
    return "".join(letters)


def _past_vowel_and_consonant(word: str, start: int) -> int:
    """Return the index past the first consonant that follows a vowel from `start` on, else the length."""
    index = start
    while index < len(word) and word[index] not in _VOWELS:
        index += 1
    while index < len(word) and word[index] in _VOWELS:
        index += 1
    return min(index + 1, len(word))


def _regions(word: str) -> tuple[int, int]:
    """Return where R1 and R2 start."""
    prefix = next((prefix for prefix in _REGION_PREFIXES if word.startswith(prefix)), None)
    first = len(prefix) if prefix else _past_vowel_and_consonant(word, 0)
    return first, _past_vowel_and_consonant(word, first)


def _has_vowel(part: str) -> bool:
    return not _VOWELS.isdisjoint(part)


def _ends_in_short_syllable(word: str) -> bool:
    if len(word) == 2:
        return word[0] in _VOWELS and word[1] not in _VOWELS
    return (
        len(word) > 2
        and word[-1] not in _VOWELS
        and word[-1] not in "wxY"
        and word[-2] in _VOWELS
        and word[-3] not in _VOWELS
    )


def _step_1a(word: str) -> str:
    for ending in ("'s'", "'s", "'"):
        if word.endswith(ending):
            word = word[: -len(ending)]
            break
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith(("ied", "ies")):
        return word[:-2] if len(word) > 4 else word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")) and _has_vowel(word[:-2]):
        return word[:-1]
    return word


def _step_1b(word: str, first: int) -> str:
    for ending in ("eedly", "ingly", "edly", "eed", "ing", "ed"):
        if not word.endswith(ending):
            continue
        base = word[: -len(ending)]
        if ending.startswith("ee"):
            return base + "ee" if len(base) >= first else word
        return _mend(base, first) if _has_vowel(base) else word
    return word


def _mend(base: str, first: int) -> str:
    """Repair a base from which -ed or -ing was cut: hop(p)ing, fil(e)ing, luxuriat(e)ing."""
    if base.endswith(("at", "bl", "iz")):
        return base + "e"
    if base[-2:] in _DOUBLES:
        return base[:-1]
    if len(base) == first and _ends_in_short_syllable(base):
        return base + "e"
    return base


def _step_1c(word: str) -> str:
    if len(word) > 2 and word[-1] in "yY" and word[-2] not in _VOWELS:
        return word[:-1] + "i"
    return word


def _replace_suffix(word: str, step: int, first: int, second: int) -> str:
    """Apply step 2, 3 or 4 (`step` 0, 1 or 2): only the longest suffix that fits is tried."""
    for length in _LENGTHS[step]:
        suffix = word[-length:]
        replacement = _STEPS[step].get(suffix)
        if replacement is None or len(suffix) < length:
            continue
        start = len(word) - length
        before = word[:start][-1:]
        allowed = start >= (second if step == 2 or suffix == "ative" else first)
        if suffix == "ogi":
            allowed = allowed and before == "l"
        elif suffix == "li":
            allowed = allowed and before in _LI_BEFORE
        elif suffix == "ion":
            allowed = allowed and before in ("s", "t")
        return word[:start] + replacement if allowed else word
    return word


def _step_5(word: str, first: int, second: int) -> str:
    start = len(word) - 1
    if word.endswith("e") and (start >= second or (start >= first and not _ends_in_short_syllable(word[:start]))):
        return word[:start]
    if word.endswith("ll") and start >= second:
        return word[:start]
    return word
