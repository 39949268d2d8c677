"""METEOR's own normaliser for English, punctuation kept, and lower-casing: one caption in, its words out.

It runs on text that a tokeniser may already have split. "Letter" means the Latin, Cyrillic and phonetic
blocks listed below; everything else that is neither an ASCII digit nor known punctuation is set apart by
spaces. Substitutions that look at both neighbours consume them, so `a-b-c` becomes `a b-c`: scores depend
on it.

Source: observed behaviour of METEOR 1.5 (`-l en -norm`), Denkowski and Lavie 2014.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_LETTERS = "A-Za-zÀ-ÖØ-öø-\u017e\u0400-\u0527\u1d00-\u1d7f\ua640-\ua66e\ua67e-\ua697"
_PLAIN = re.compile(r"[a-z0-9 ]*", re.ASCII)
_OTHER = re.compile(rf"([^{_LETTERS}0-9 \t\n\r\f\v.'`,\-’‘])")
_COMMAS = (
    (re.compile(r"([^0-9]),([^0-9])"), r"\1 , \2"),
    (re.compile(r"([0-9]),([^0-9])"), r"\1 , \2"),
    (re.compile(r"([^0-9]),([0-9])"), r"\1 , \2"),
)
_QUOTES = str.maketrans({"`": "'", "‘": "'", "’": "'", "“": '"', "”": '"', "–": "-"})
_DOT_RUN = re.compile(r"(\.{2,})")
_HYPHEN = re.compile(rf"([{_LETTERS}0-9.])-([{_LETTERS}0-9])")
_APOSTROPHES = (
    (re.compile(rf"([^{_LETTERS}])'([^{_LETTERS}])"), r"\1 ' \2"),
    (re.compile(rf"([^{_LETTERS}0-9])'([{_LETTERS}])"), r"\1 ' \2"),
    (re.compile(rf"([{_LETTERS}])'([^{_LETTERS}])"), r"\1 ' \2"),
    (re.compile(rf"([{_LETTERS}])'([{_LETTERS}])"), r"\1 '\2"),
    (re.compile(r"([0-9])'s"), r"\1 's"),
)
_SPACES = re.compile(r"[ \t\n\r\f]+")
_WIDE_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_LETTER = re.compile(f"[{_LETTERS}]")


def words(text: str, prefixes: Mapping[str, bool]) -> list[str]:
    """Return the lower-cased words METEOR sees in `text`.

    Args:
        text: one caption; line breaks count as spaces.
        prefixes: abbreviations whose final dot stays, each with whether only a number may follow.
    """
    if _PLAIN.fullmatch(text):
        return text.split()
    text = _OTHER.sub(r" \1 ", f" {text} ")
    for pattern, replacement in _COMMAS:
        text = pattern.sub(replacement, text)
    text = text.translate(_QUOTES).replace("''", ' " ').replace("--", "-")
    text = _DOT_RUN.sub(r" \1 ", text)
    text = _HYPHEN.sub(r"\1 \2", text)
    for pattern, replacement in _APOSTROPHES:
        text = pattern.sub(replacement, text)
    tokens = [token for token in _SPACES.split(text) if token]
    pieces = [
        _final_dot(token, following, prefixes) for token, following in zip(tokens, [*tokens[1:], ""], strict=True)
    ]
    joined = _WIDE_SPACES.sub(" ", " ".join(pieces)).lower()
    return [word for word in _SPACES.split(joined) if word]


def _final_dot(token: str, following: str, prefixes: Mapping[str, bool]) -> str:
    """Split off a token's final dot, keep it, or drop every dot of an abbreviation such as `u.s.`."""
    stem = token[:-1]
    if not token.endswith(".") or not stem.strip("."):
        return token
    if "." in stem and _LETTER.search(stem):
        return stem.replace(".", "")
    number_only = prefixes.get(stem)
    if number_only is False or following[:1] in _LOWER:
        return token
    if number_only and following[:1] in _DIGITS:
        return token
    return f"{stem} ."


_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_DIGITS = frozenset("0123456789")
