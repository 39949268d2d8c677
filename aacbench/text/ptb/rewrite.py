"""How the PTB tokenizer rewrites a token's text: quotes, dashes, brackets, entities, currency and letter case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Rewrite = Callable[[str], str]

NO_BREAK_SPACE = "\xa0"  # stands for every blank inside a token, as blanks divide tokens
_QUOTES = str.maketrans(
    {
        **dict.fromkeys("\x91‘‛‹", "`"),
        **dict.fromkeys("\x92’›", "'"),
        **dict.fromkeys("\x93“«", "``"),
        **dict.fromkeys("\x94”»", "''"),
    }
)
_ROUND = str.maketrans({"(": "-lrb-", ")": "-rrb-"})
_BRACKETS = {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"}
_AMPERSAND = re.compile("&amp;", re.IGNORECASE)
_SIGMA = "Σ"
_IDEOGRAPHIC = re.compile("[\u3040-\u30ff\u4e00-\u9fa5\uf900-\ufa2d\uff66-\uff9f]")
# Modifier letters that count as cased for the final sigma rule, though they are neither upper nor lower case.
_CASED_RANGES = ((0x2B0, 0x2B8), (0x2C0, 0x2C1), (0x2E0, 0x2E4), (0x345, 0x345), (0x37A, 0x37A), (0x1D2C, 0x1D61))


def keep(token: str) -> str:
    """Return the token as it stands."""
    return token


def join_blanks(token: str) -> str:
    """Return the token with its blanks made unbreakable."""
    return token.replace(" ", NO_BREAK_SPACE)


def round_brackets(token: str) -> str:
    """Return the token with its round brackets spelt out (telephone numbers and faces)."""
    return join_blanks(token.translate(_ROUND))


def bracket(token: str) -> str:
    """Return the Penn Treebank's name of a bracket."""
    return _BRACKETS[token]


def plain_quotes(token: str) -> str:
    """Return the token with typographic quotes as the Penn Treebank writes them."""
    return token.replace("&apos;", "'").translate(_QUOTES)


def without_soft_hyphens(token: str) -> str:
    """Return the token without soft hyphens; a token of nothing else is a hyphen."""
    return token.replace("\xad", "") or "-"


def plain_ampersand(token: str) -> str:
    """Return the token with the entity of an ampersand resolved."""
    return _AMPERSAND.sub("&", token)


def always(text: str) -> Rewrite:
    """Return a rewrite to one fixed text; empty text drops the token."""
    return lambda token: text


def lower(token: str) -> str:
    """Return the token in lower case as Java's `String.toLowerCase` has it.

    Only the final sigma differs from Python's rule: Java looks for cased letters within the word that its word
    breaker finds, where a hyphen, an apostrophe or a full stop between letters does not end the word.
    """
    lowered = token.lower()
    if _SIGMA not in token:
        return lowered
    final = "".join("ς" if _is_final(token, place) else "σ" for place, c in enumerate(token) if c == _SIGMA)
    sigmas = iter(final)
    return "".join(next(sigmas) if c == _SIGMA else c.lower() for c in token)


def _is_final(token: str, place: int) -> bool:
    before, behind = token[:place], token[place + 1 :]
    return any(map(_is_cased, _word_part(before[::-1]))) and not any(map(_is_cased, _word_part(behind)))


def _word_part(text: str) -> str:
    """Return the start of text, which follows or precedes a sigma, up to the first place that ends a word."""
    letter = True
    for place, char in enumerate(text):
        if unicodedata.category(char).startswith("M") or char == "\xad":
            continue
        joins = letter and char in "'’.-‐‑·֊" and text[place + 1 : place + 2].isalpha()
        if not joins and (not char.isalnum() or _IDEOGRAPHIC.match(char)):
            return text[:place]
        letter = char.isalpha()
    return text


def _is_cased(char: str) -> bool:
    code = ord(char)
    return (unicodedata.category(char) in ("Lu", "Ll", "Lt") and char not in "ªº") or any(
        first <= code <= last for first, last in _CASED_RANGES
    )
