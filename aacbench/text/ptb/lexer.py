"""The scanner of the PTB tokenizer: longest match over the rules, from left to right."""

from __future__ import annotations

import re
from functools import lru_cache

from aacbench.text.ptb.characters import DIGITS, LETTERS, MARKS, SYMBOLS, shapes
from aacbench.text.ptb.rewrite import lower
from aacbench.text.ptb.rules import RULES, Rule

_LETTER = re.compile(rf"[{LETTERS}{MARKS}\xad]")
_SIGN = re.compile(rf"[{SYMBOLS}.,:;+\-/&$\u2044]")
_DIGIT = re.compile(rf"[{DIGITS}]")


def scan(text: str, following: str = "") -> list[str]:
    """Return the tokens of one line, in lower case, before any removal.

    `following` is what stands behind the line in its file, from the line end on. It is looked at, never consumed:
    an abbreviation's full stop, for one, depends on the word behind it. Without it the line is the file's last.
    Line ends within text divide tokens.
    """
    units = _code_units(text)
    source, end = shapes(units + _code_units(following)), len(units)
    tokens: list[str] = []
    position = 0
    while position < end:
        winner = _longest(source, position)
        if winner is None:
            position += 1
            continue
        rule, stop = winner
        token = rule.rewrite(units[position:stop])
        if token:
            tokens.append(lower(_characters(token)))
        position = stop - 1 if rule.returns_stop else stop
    return tokens


def _longest(source: str, position: int) -> tuple[Rule, int] | None:
    """Return the winning rule at a place and where its token ends."""
    best, best_end, stop = None, position, position
    for rule in _rules_for(source[position]):
        match = rule.pattern.match(source, position)
        if match is not None and match.end() > best_end:
            best, best_end = rule, match.end()
            stop = match.end("t") if rule.pattern.groups else best_end
    return (best, stop) if best is not None else None


@lru_cache(maxsize=1024)
def _rules_for(char: str) -> tuple[Rule, ...]:
    """Return the rules, in order, that can start with a character."""
    return tuple(rule for rule in RULES if _can_start(rule.first, char))


def _can_start(first: str, char: str) -> bool:
    """Say whether a rule whose `first` is such can start with a character."""
    if first == "any" or char in first or char.lower() in first:
        return True
    if first.startswith("letter") and (char == "&" or _LETTER.match(char)):
        return True
    if first == "sign":
        return _SIGN.match(char) is not None
    return "0" in first and _DIGIT.match(char) is not None


def _code_units(text: str) -> str:
    """Return text with each character above U+FFFF as its two UTF-16 code units."""
    if text.isascii() or max(text, default="") <= "\uffff":
        return text
    data = text.encode("utf-16-le", "surrogatepass")
    return "".join(map(chr, memoryview(data).cast("H")))


def _characters(units: str) -> str:
    """Return text whose UTF-16 pairs are joined again."""
    if units.isascii():
        return units
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
