"""How captions become words for a network. Scoring never uses these: it reads Penn Treebank tokens.

Rules (each lower-cases first):
- `spaces`: punctuation becomes a blank; apostrophes and hyphens inside a word stay. Clotho's 4,365 words.
- `dcase`: punctuation is deleted, as the DCASE baseline does; it glues words around a comma without a blank.
- `ptb`: Penn Treebank tokens without punctuation, as scored.
"""

from __future__ import annotations

import re
from typing import Literal

Rule = Literal["spaces", "dcase", "ptb"]

_NOT_WORD = re.compile(r"[^\w\s'-]|_")
_OUTSIDE_WORDS = re.compile(r"(?<!\w)['-]+|['-]+(?!\w)")
_DCASE = re.compile(r"[^\w\s]")


def words(caption: str, rule: Rule = "spaces") -> list[str]:
    """Return the caption's words under `rule`."""
    if rule == "ptb":
        from aacbench.text.ptb import scoring_tokens  # noqa: PLC0415

        return scoring_tokens(caption)
    text = caption.lower().replace("’", "'")
    if rule == "dcase":
        return _DCASE.sub("", text).split()
    return _OUTSIDE_WORDS.sub(" ", _NOT_WORD.sub(" ", text)).split()
