"""Which commit of a Hugging Face repository is loaded: a pinned one, or the first one met, which then stays.

A branch of the hub may move between two runs, which then would share a name and not their weights. So where no commit
is known beforehand, the one that the first use finds is kept below the cache root and asked for ever after.
"""

from __future__ import annotations

import re
from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.atomic import atomic_write
from aacbench.files.cache_dir import cache
from aacbench.files.download import hub_advice, local_only


def commit_of(repository: str) -> str:
    """Return the commit (40 hex digits) of the hub's `repository` that this cache root uses.

    Raises:
        UserError: none is kept yet, and the hub cannot be asked.
    """
    kept = cache("hub") / f"{repository.replace('/', '--')}.commit"
    if kept.is_file():
        commit = kept.read_text(encoding="utf-8", errors="replace").strip()
        if not re.fullmatch("[0-9a-f]{40}", commit):
            raise UserError(f"{kept} wants a commit of {repository}, and holds {commit[:60]!r}; delete it")
        return commit
    commit = _newest(repository)
    atomic_write(kept, commit + "\n")
    return commit


def _newest(repository: str) -> str:
    """Return the commit that the hub's main branch is at, or was when this machine last asked."""
    local = local_only()
    from huggingface_hub import hf_hub_download  # noqa: PLC0415

    try:
        path = Path(hf_hub_download(repository, "config.json", local_files_only=local))
    except Exception as error:  # the hub, its http library and the file system each raise their own kinds
        line = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise UserError(
            f"cannot ask the hub for {repository} ({line}); {hub_advice(repository)}, or set text.source to a folder "
            "or 'captions'"
        ) from error
    return path.parent.name  # .../snapshots/COMMIT/config.json
