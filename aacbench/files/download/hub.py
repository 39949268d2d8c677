"""Models of the Hugging Face hub, found or refused within two seconds: a folder of files, or one clear line.

What lies in the hub's cache is taken without asking the network. What does not is fetched where the hub can be reached
(`local_only`); where it cannot, nobody waits for the retries of its libraries. Every model is of one commit
(`revisions`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.download.network import hub_advice, local_only
from aacbench.files.download.revisions import keep_commit, pinned_commit

TOKENIZER = ("*.json", "*.txt", "*.model")
_OTHER_FORMATS = ("*.onnx", "onnx/*", "*.h5", "*.ot", "*.msgpack", "openvino/*", "*.tflite", "*.mlmodel", "coreml/*")


def model_folder(
    name: str, what: str, revision: str | None = None, setting: str = "", only: Sequence[str] | None = None
) -> Path:
    """Return the folder of a model's files: `name` itself where it is one, else the cache's, fetched if need be.

    `what` and `setting` are for messages: what the model is, and the setting that may name a folder instead. `only`
    are the patterns of the files that are wanted (a tokenizer's, say). `revision` is a commit; None is the pinned one.

    Raises:
        UserError: it is neither here nor to be had.
    """
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    commit = revision or (pinned_commit(name) if _is_id(name) else None)
    here = cached_folder(name, commit)
    if here is not None:
        keep_commit(name, here.name)
        return here
    advice = f"{hub_advice(name)}{f', or set {setting} to a folder' if setting else ''}"
    if os.sep in name and not _is_id(name):
        raise UserError(f"cannot load the {what} {name!r} (there is no such folder); {advice}")
    if local_only():  # forbidden, or not to be reached
        lacking = f"commit {commit[:12]} of it" if commit and cached_folder(name, "main") else "it"
        raise UserError(f"cannot load the {what} {name!r} ({lacking} is not in the Hugging Face cache); {advice}")
    from huggingface_hub import snapshot_download  # loaded where a model is fetched

    try:
        folder = Path(
            snapshot_download(
                name,
                revision=commit,
                allow_patterns=None if only is None else [*only],
                ignore_patterns=[*_OTHER_FORMATS],
            )
        )
    except Exception as error:  # the hub has many kinds of errors, all for want of files
        line = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise UserError(f"cannot load the {what} {name!r} ({line}); {advice}") from error
    keep_commit(name, folder.name)
    print(f"{name}: commit {folder.name[:12]}; not verified, no checksum of it is published", file=sys.stderr)
    return folder


def cached_folder(name: str, revision: str | None = None) -> Path | None:
    """Return where a model lies in the hub's cache, None where it does not; the network is not asked.

    Without a `revision`, that is the pinned commit, or what the main branch was at.
    """
    if not _is_id(name):
        return None
    root = _cache_root() / f"models--{name.replace('/', '--')}"
    commit = revision or pinned_commit(name) or "main"
    reference = root / "refs" / commit
    if reference.is_file():
        commit = reference.read_text(encoding="utf-8").strip()
    folder = root / "snapshots" / commit
    return folder if folder.is_dir() and any(folder.iterdir()) else None


def quiet_progress() -> None:
    """Have transformers draw no progress bars into a log."""
    if not sys.stderr.isatty() and (transformers := sys.modules.get("transformers")) is not None:
        transformers.utils.logging.disable_progress_bar()


def _is_id(name: str) -> bool:
    parts = name.split("/")
    return len(parts) <= 2 and all(part and not part.startswith(".") for part in parts)


def _cache_root() -> Path:
    own = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if own:
        return Path(own).expanduser()
    home = os.environ.get("HF_HOME") or os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "huggingface")
    return Path(home).expanduser() / "hub"
