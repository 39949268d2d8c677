"""Which commit of a Hugging Face repository is used: a known one, or the first one met, which then stays.

A branch of the hub may move between two runs, which then would share a name and not their weights. Where no commit is
known beforehand, the one that the first use finds is kept below the cache root and asked for ever after.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.atomic import atomic_write
from aacbench.files.cache_dir import cache, home

KNOWN = {
    "FacebookAI/roberta-base": "e2da8e2f811d1448a5b465c236feacd80ffbac7b",
    "FacebookAI/roberta-large": "722cf37b1afa9454edce342e7895e588b6ff1d59",
    "google-bert/bert-base-uncased": "86b5e0934494bd15c9632b12f734a8a67f723594",
    "laion/clap-htsat-unfused": "8fa0f1c6d0433df6e97c127f64b2a1d6c0dcda8a",
}
_OWNERLESS = {name.partition("/")[2]: commit for name, commit in KNOWN.items()}  # what older ids are led to


def pinned_commit(repository: str) -> str | None:
    """Return the commit (40 hex digits) of `repository` that is used: a known one, else the one kept; None if neither.

    Raises:
        UserError: what is kept is no commit.
    """
    if (known := _known(repository)) is not None:
        return known
    kept = _kept(repository)
    if not kept.is_file():
        return None
    commit = kept.read_text(encoding="utf-8", errors="replace").strip()
    if not re.fullmatch("[0-9a-f]{40}", commit):
        raise UserError(f"{kept} wants a commit of {repository}, and holds {commit[:60]!r}; delete it")
    return commit


def keep_commit(repository: str, commit: str) -> None:
    """Remember the commit that the first use found, where none is pinned and the cache can be written."""
    if re.fullmatch("[0-9a-f]{40}", commit) and pinned_commit(repository) is None:
        with suppress(OSError, UserError):
            cache("hub")
            atomic_write(_kept(repository), commit + "\n")


def signed(repository: str, revision: str | None) -> dict[str, str]:
    """Return what a metric's signature says of the commit: one that was asked for, or that only this machine chose."""
    commit = revision or (None if _known(repository) else pinned_commit(repository))
    return {"revision": commit} if commit else {}


def _known(repository: str) -> str | None:
    return KNOWN.get(repository) or _OWNERLESS.get(repository)


def _kept(repository: str) -> Path:
    return home() / "hub" / f"{repository.replace('/', '--')}.commit"
