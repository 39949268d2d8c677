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
_IDEOGRAPHIC = re.compile("[\u3005\u3041-\u3094\u3099-\u309e\u30a1-\u30fe\u4e00-\u9fa5\uf900-\ufa2d]")
# A word as Java's word breaker sees it, in the shapes of `_shape`: hyphens, apostrophes and stops join letters, stops
# and commas join figures; kana and ideographs stand alone.
_WORD = re.compile(r"(?:lm*(?:['.\-\u2010\u2011\u058a\xb7\xad_](?=l))?|dm*(?:['.,](?=d))?)+")
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

    Only the final sigma differs from Python's rule: Java looks for cased letters within the word around it.
    """
    if _SIGMA not in token:
        return token.lower()
    chars = list(token)
    for word in _WORD.finditer("".join(map(_shape, token))):
        for index in range(word.start(), word.end()):
            if token[index] == _SIGMA:
                before, behind = token[word.start() : index], token[index + 1 : word.end()]
                chars[index] = "ς" if any(map(_is_cased, before)) and not any(map(_is_cased, behind)) else "σ"
    return "".join(chars).lower()


def _shape(char: str) -> str:
    """Return l for a letter, d for a figure, m for a mark, or the character itself."""
    kind = unicodedata.category(char)
    if kind in ("Mn", "Me") or char in "\u06dd\u070f":
        return "m"
    if kind == "Nd":
        return "d"
    letter = kind[0] in "LN" or kind == "Mc"
    return "l" if letter and not _IDEOGRAPHIC.match(char) else " " if letter else char


def _is_cased(char: str) -> bool:
    code = ord(char)
    return (unicodedata.category(char) in ("Lu", "Ll", "Lt") and char not in "ªº") or any(
        first <= code <= last for first, last in _CASED_RANGES
    )
