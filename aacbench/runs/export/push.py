"""Send an exported run to the Hugging Face hub, with its own library, which finds the user's token itself."""

from __future__ import annotations

import re
from pathlib import Path

from aacbench.errors import UserError, one_line
from aacbench.files.download.network import SWITCH, hub_advice, local_only, offline

ID = re.compile(r"(?:[A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}")


def check_id(repository: str) -> None:
    """Refuse what is no repository's name, and a hub that must not or cannot be reached.

    Raises:
        UserError: either.
    """
    if not ID.fullmatch(repository):
        raise UserError(
            f"--push wants the name of a repository on the hub, such as me/my-captioner; got {repository!r}"
        )
    if local_only():
        why = f"{SWITCH} is set: unset it" if offline() else hub_advice(repository)
        raise UserError(f"cannot send anything to the hub; {why}, and name the exported folder with --run afterwards")


def push(folder: Path, repository: str, private: bool = False) -> str:
    """Send the files in `folder` to `repository`, made if absent, in one commit; return its address.

    Raises:
        UserError: the hub refuses, or cannot be reached.
    """
    from huggingface_hub import HfApi  # loaded where something is sent

    api = HfApi(library_name="aacbench")
    try:
        made = api.create_repo(repository, exist_ok=True, private=private or None)
        api.upload_folder(repo_id=made.repo_id, folder_path=folder, commit_message="Export of an aacbench run")
    except Exception as error:  # the hub has many kinds of errors
        raise UserError(
            f"cannot send {folder} to {repository} ({one_line(error)}); it is written whole, so repeat it with "
            f"`aacbench export {folder} --to OTHER --push {repository}`, after `hf auth login` where the hub asks who "
            "you are"
        ) from error
    return str(made)
