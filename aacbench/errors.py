"""Errors that end a command: a user's mistake (exit code 2) or a failure (exit code 1), one clear line each."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path


class AacbenchError(Exception):
    """A failure whose message stands alone: it is printed without a traceback."""

    exit_code = 1


class UserError(AacbenchError):
    """A user's mistake. The message says what was wanted, what came and what to do next."""

    exit_code = 2


class DamagedError(AacbenchError):
    """The file at `path`, which aacbench wrote, is missing, cut short or altered: what made it can make it again."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.path, str(self))


def disk_error(error: OSError) -> AacbenchError:
    """Return what a failed write or read means for the user: what failed, why, and what to do next."""
    what, why = error.filename or "a file", error.strerror or one_line(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return UserError(f"cannot write {what} ({why}); free some disk and repeat the command, it goes on from there")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR):
        return UserError(
            f"cannot use {what} ({why}); name a place that can be written (AACBENCH_HOME for the cache, --output for "
            "runs), or move what is in the way"
        )
    return AacbenchError(one_line(error))


LISTED = 40  # names in a message; clips can be thousands
LONGEST = 100  # characters of a name, a cell or another error's text in a message; a damaged file's can be millions


def unknown_name(kind: str, name: str, known: Iterable[str], hint: str = "") -> UserError:
    """Return the error for a name that no registered `kind` bears, with near matches and the known names."""
    import difflib  # noqa: PLC0415 - for mistakes alone

    name, names = cut(name), sorted(map(cut, known))
    alike = {_alike(known): known for known in reversed(names)}
    near = [alike[match] for match in difflib.get_close_matches(_alike(name), [*alike], n=3, cutoff=0.5)]
    suggestion = f" Did you mean {' or '.join(repr(match) for match in near)}?" if near else ""
    more = f" and {len(names) - LISTED:,} more" if len(names) > LISTED else ""
    listing = ", ".join(names[:LISTED]) + more if names else "none"
    return UserError(f"unknown {kind} {name!r}.{suggestion} Known: {listing}.{' ' + hint if hint else ''}")


def resolve_name(kind: str, name: str, known: Iterable[str], hint: str = "") -> str:
    """Return the one of the `known` names that is meant: this one, or the only one alike but for case, `-` and `_`.

    Raises:
        UserError: there is none, as `unknown_name`.
    """
    names = [*known]
    alike = [other for other in names if _alike(other) == _alike(name)]
    if name in names or len(alike) == 1:
        return name if name in names else alike[0]
    raise unknown_name(kind, name, names, hint)


def _alike(name: str) -> str:
    return name.strip().casefold().replace("-", "_")


def first_few(items: Iterable[object], limit: int = 3) -> str:
    """Return the first items as text, with the count of what was left out: `'a', 'b', 'c' and 4 more`."""
    listed = list(items)
    rest = len(listed) - limit
    return ", ".join(repr(cut(str(item))) for item in listed[:limit]) + (f" and {rest} more" if rest > 0 else "")


def counted(count: object, noun: str, plural: str = "") -> str:
    """Return `1 clip`, `2 clips`, `1,045 clips`."""
    shown = f"{count:,}" if isinstance(count, int) else str(count)
    return f"{shown} {noun if count == 1 else plural or noun + 's'}"


def cut(text: str, limit: int = LONGEST) -> str:
    """Return `text`, or its beginning with `...` where it is longer than `limit`."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def one_line(error: BaseException, limit: int = 2 * LONGEST) -> str:
    """Return what an error says as one line that is not long; its kind where it says nothing."""
    return cut(" ".join(str(error).split()) or type(error).__name__, limit)
