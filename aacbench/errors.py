"""Errors that end a command: a user's mistake (exit code 2) or a failure (exit code 1), one clear line each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AacbenchError(Exception):
    """A failure whose message stands alone: it is printed without a traceback."""

    exit_code = 1


class UserError(AacbenchError):
    """A user's mistake. The message says what was wanted, what came and what to do next."""

    exit_code = 2


LISTED = 40  # names in a message; clips can be thousands


def unknown_name(kind: str, name: str, known: Iterable[str], hint: str = "") -> UserError:
    """Return the error for a name that no registered `kind` bears, with near matches and the known names."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    suggestion = f" Did you mean {' or '.join(repr(match) for match in near)}?" if near else ""
    more = f" and {len(names) - LISTED:,} more" if len(names) > LISTED else ""
    listing = ", ".join(names[:LISTED]) + more if names else "none"
    return UserError(f"unknown {kind} {name!r}.{suggestion} Known: {listing}.{' ' + hint if hint else ''}")


def first_few(items: Iterable[object], limit: int = 3) -> str:
    """Return the first items as text, with the count of what was left out: `'a', 'b', 'c' and 4 more`."""
    texts = [repr(str(item)) for item in items]
    rest = len(texts) - limit
    return ", ".join(texts[:limit]) + (f" and {rest} more" if rest > 0 else "")
