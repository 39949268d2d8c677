"""Runs that are called after the model they load, and the commit or the content that it stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aacbench.contracts import Variant
from aacbench.errors import UserError
from aacbench.files.content import content_key
from aacbench.files.download.hub import model_folder
from aacbench.files.names import path_safe

FOLDER = "sha256-"


def run_name(model: str, method: str) -> str:
    """Return the last part of a model's id, or of a folder's path, as it can stand in a path.

    Raises:
        UserError: there is none.
    """
    if not model:
        raise UserError(f"{method} wants a model of the hub, or a folder: --set model=ORG/NAME, or --variant NAME")
    return path_safe(Path(model).name)


def variant_named(name: str, known: Sequence[Variant], method: str) -> Variant:
    """Return the variant of that name.

    Raises:
        UserError: there is none.
    """
    from aacbench.errors import resolve_name  # noqa: PLC0415

    by_name = {variant.name: variant for variant in known}
    return by_name[resolve_name(f"variant of {method}", name, by_name, "Any other model is --set model=ORG/NAME.")]


def settle(settings: Any, what: str) -> Any:
    """Return the settings with the commit that the model is of; of a folder, a hash of what its files hold.

    Raises:
        UserError: the model is neither here nor to be had, or the folder holds another one than the settings say.
    """
    folder = located(settings.model, settings.revision, what)
    revision = folder_revision(folder) if is_folder(settings.model) else folder.name
    if is_folder(settings.model) and settings.revision not in (None, revision):
        raise UserError(f"{folder} holds another model than {settings.revision}, which the run was made with")
    return settings.model_copy(update={"revision": revision})


def located(model: str, revision: str | None, what: str) -> Path:
    """Return the folder with a model's files, fetched if need be."""
    return model_folder(model, what, None if is_folder(model) else revision, "model")


def is_folder(model: str) -> bool:
    """Whether a model is named by a folder."""
    return Path(model).expanduser().is_dir()


def folder_revision(folder: Path) -> str:
    """Return a hash of the names and contents of a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file() and "__pycache__" not in one.parts):
        digest.update(f"{path.relative_to(folder)} {content_key(path)}\n".encode())
    return f"{FOLDER}{digest.hexdigest()[:24]}"
