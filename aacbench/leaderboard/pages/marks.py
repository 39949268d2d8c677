"""Sections of a page that are written by a script, between two marks."""

from __future__ import annotations

import re


def begin(what: str) -> str:
    """Return the mark that begins the section."""
    return f"<!-- {what}: written by scripts/write_claims.py -->"


def end(what: str) -> str:
    """Return the mark that ends it."""
    return f"<!-- {what}: end -->"


def with_section(text: str, what: str, lines: str) -> str:
    """Return a page whose section `what` holds `lines`, marks included; a page without the marks stays as it is."""
    section = "\n".join((begin(what), lines, end(what)))
    return re.sub(re.escape(begin(what)) + ".*?" + re.escape(end(what)), lambda _: section, text, flags=re.DOTALL)
