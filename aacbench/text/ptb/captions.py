"""Captions to tokens: one caption, or a whole file of captions as the official wrapper hands them to the tokenizer.

The wrapper writes one caption a line, and the tokenizer looks across line ends in two cases: behind a numbered
abbreviation (`... no.` before a caption that starts with a figure keeps its full stop) and behind a dotted letter
(`... vitamin a.` before a caption that starts with "The" loses it). `tokenize_captions` does the same; the other two
functions treat a caption as a file of its own.

Line ends of any kind inside a caption become blanks first. (The wrapper replaces line feeds only; the others would
shift its later captions by a line.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from aacbench.text.ptb.lexer import scan
from aacbench.text.ptb.words import DOTTED_WORDS, SPLIT_WORDS

# The upper-case bracket names never match, as tokens are in lower case: `-lrb-` stays.
REMOVED = frozenset(["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", *".?!,:-;", "--", "...", ""])

_LINE_ENDS = re.compile("[\n\r\x0b\x0c\u2028\u2029]")
# Parts of a caption between blanks that can be tokenised alone. Figures, brackets, tags and telephone numbers may
# join across a blank; a part of these characters may not, or `_part` finds out.
_SIMPLE = re.compile(r"[A-Za-z,.;:!?'\"/_-]+")
# The common case needs no scan: a word, perhaps hyphenated, with 's or a mark behind it.
_WORD = re.compile(r"([A-Za-z]+(?:-[A-Za-z]+)*)('s)?[,;:!?]?")
_LAST_WORD = re.compile(r"([A-Za-z]{2,}(?:-[A-Za-z]+)*)('s)?\.")
# What may stand behind a part and change its tokens: nothing, small and capital words, sentence starters, figures.
_CONTEXTS = ("", " ", " x", " X x", "  x", " The x", "\n", "\nx", "\nA x", " 5", " 1/2", " . .", " <b> x", " -", " '")


def tokenize(text: str) -> list[str]:
    """Return every token of a caption, in lower case, before any removal (blanks inside a token are U+00A0)."""
    return scan(as_line(text))


def scoring_tokens(text: str) -> list[str]:
    """Return the tokens that metrics see: those of `tokenize` without quotes, stops, commas, colons and dashes."""
    joined = tokenize_captions([text])[0]
    return joined.split(" ") if joined else []


def tokenize_captions(captions: Iterable[str]) -> list[str]:
    """Return, for each caption, its scoring tokens joined by blanks: what pycocoevalcap's wrapper gives for the list.

    Equal captions are tokenised once. An empty caption, or one of punctuation only, gives an empty string.
    """
    lines = [as_line(caption) for caption in captions]
    done: dict[str, str] = {}
    tokenised = []
    for index, line in enumerate(lines):
        known = done.get(line)
        if known is None:
            known = _joined_parts(line)
            if known is not None:
                done[line] = known
            else:
                known = _scored(scan(line, _behind(lines, index)))
        tokenised.append(known)
    return tokenised


def as_line(text: str) -> str:
    """Return text as one line: line feeds, and the other characters the tokenizer ends a line at, become blanks."""
    return _LINE_ENDS.sub(" ", text)


def _joined_parts(line: str) -> str | None:
    """Return the scoring tokens of a line whose parts between blanks can be tokenised alone, else None."""
    parts = line.split(" ")
    last = _last_part(parts.pop())
    if last is None:
        return None
    joined = []
    for part in parts:
        tokens = _part(part)
        if tokens is None:
            return None
        if tokens:
            joined.append(tokens)
    if last:
        joined.append(last)
    return " ".join(joined)


@lru_cache(maxsize=1 << 16)
def _part(part: str) -> str | None:
    """Return the scoring tokens of a part of a caption, or None where they depend on what stands behind it."""
    if not part:
        return ""
    word = _WORD.fullmatch(part)
    if word is not None and word[1].lower() not in SPLIT_WORDS:
        return word[1].lower() + (" 's" if word[2] else "")
    return _probed(part) if _SIMPLE.fullmatch(part) is not None else None


@lru_cache(maxsize=1 << 16)
def _last_part(part: str) -> str | None:
    """Return `_part` for the end of a line, where a full stop cannot join with stops behind it."""
    word = _LAST_WORD.fullmatch(part)
    if word is not None and word[1].lower() not in DOTTED_WORDS and word[1].lower() not in SPLIT_WORDS:
        return word[1].lower() + (" 's" if word[2] else "")
    return _part(part)


def _probed(part: str) -> str | None:
    """Return the scoring tokens of a part if nothing that may stand behind it changes them, else None."""
    alone = scan(part, "\nx")
    for context in _CONTEXTS:
        if scan(part + context)[: len(alone)] != alone:
            return None
    return _scored(alone)


def _behind(lines: Sequence[str], index: int) -> str:
    """Return the text behind a line, as far as the tokenizer can look: to the end of the second line with text."""
    behind: list[str] = []
    seen = 0
    for line in lines[index + 1 :]:
        behind.append("\n" + line)
        seen += bool(line.strip())
        if seen == 2:
            behind.append("\n")
            break
    return "".join(behind)


def _scored(tokens: list[str]) -> str:
    """Return tokens as the wrapper does: joined, stripped on the right, and what is to be removed left out."""
    return " ".join([token for token in " ".join(tokens).rstrip().split(" ") if token not in REMOVED])
