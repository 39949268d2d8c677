"""Which commit of a Hugging Face repository is loaded: the pinned one, or what the main branch is at, which stays."""

from __future__ import annotations

from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.download import hub_advice, local_only
from aacbench.files.download.revisions import keep_commit, pinned_commit


def commit_of(repository: str) -> str:
    """Return the commit (40 hex digits) of the hub's `repository` that this cache root uses.

    Raises:
        UserError: none is kept yet, and the hub cannot be asked.
    """
    commit = pinned_commit(repository)
    if commit is None:
        commit = _newest(repository)
        keep_commit(repository, commit)
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
