"""What is done to a model's answer before it is scored: a rule with a name, which stands in the score's signature.

| rule | does |
|---|---|
| `none` | nothing |
| `strip` | takes blanks and quotation marks off both ends |
| `first-sentence` | `strip`, and all after the first sentence goes |
| `unprefix` | `strip`, and a beginning such as "Caption:" or "The audio features" goes, and Markdown's marks |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, cast

from aacbench.errors import resolve_name

RuleName = Literal["none", "strip", "first-sentence", "unprefix"]
NONE: RuleName = "none"

_QUOTES = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb"
_MARKS = re.compile(r"(\*\*|__|\*|_|`|~~)(?=\S)(.+?)(?<=\S)\1")
_LINE_MARKS = re.compile(r"^\s*(?:#{1,6}\s+|[-*+>]\s+|\d+\.\s+)", re.MULTILINE)
_LABEL = re.compile(
    r"^(?:(?:here is|here's|sure)\b[^:]{0,60}:|(?:audio |sound )?(?:caption|description|answer|summary)\s*\d*\s*:)\s*",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:in )?(?:the|this) (?:audio|sound|clip|recording|audio clip|sound clip|audio recording)(?: file)?,?\s+"
    r"(?:(?:features|contains|captures|includes|presents|consists of|depicts|describes|is of|has)\s+|"
    r"(?:we|you|one) (?:can )?hear\s+|there (?:is|are)\s+)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)]*\s+(?=[A-Z\u00c0-\u00dd\"'\u201c(])|\n")


def strip(text: str) -> str:
    """Return the text without blanks and quotation marks at its ends."""
    bare = text.strip()
    while len(bare) > 1 and bare[0] in _QUOTES and bare[-1] in _QUOTES:
        bare = bare[1:-1].strip()
    return bare


def first_sentence(text: str) -> str:
    """Return the first sentence."""
    return strip(_SENTENCE.split(strip(text), maxsplit=1)[0])


def unprefix(text: str) -> str:
    """Return the text without Markdown and without what models put in front of a caption."""
    bare = strip(without_markdown(text))
    for pattern in (_LABEL, _OPENING):
        rest = pattern.sub("", bare, count=1)
        bare = strip(rest) if rest.strip() else bare
    return bare


def without_markdown(text: str) -> str:
    """Return the text without emphasis, headings and list marks."""
    bare = _LINE_MARKS.sub("", text)
    for _ in range(3):  # marks inside marks
        bare = _MARKS.sub(r"\2", bare)
    return bare


def has_markdown(text: str) -> bool:
    """Whether a caption carries Markdown."""
    return without_markdown(text) != text


RULES: Mapping[RuleName, Callable[[str], str]] = {
    "none": lambda text: text,
    "strip": strip,
    "first-sentence": first_sentence,
    "unprefix": unprefix,
}


def rule(name: str) -> Callable[[str], str]:
    """Return the rule called `name`.

    Raises:
        UserError: there is none; the near ones are named.
    """
    return RULES[cast(RuleName, resolve_name("rule of post-processing", name, RULES))]
