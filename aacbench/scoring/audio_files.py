"""The audio of clips that are scored by name, found in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aacbench.errors import UserError, first_few
from aacbench.files.audio_files import audio_below
from aacbench.files.names import match_names


def find_audio(folder: Path, ids: Sequence[str]) -> tuple[tuple[Path, ...], list[str]]:
    """Return the file of each clip below `folder`, and what a reader should know.

    Raises:
        UserError: there is no such folder, or a clip has no file.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder; --audio wants the one that holds the clips")
    files = {str(path.relative_to(folder)): path for path in audio_below(folder)}
    names = match_names(ids, files)
    if names.missing:
        raise UserError(
            f"{len(names.missing)} of {len(ids)} clips have no audio in {folder}: "
            f"{first_few(names.missing)}{names.hint()}"
        )
    return tuple(files[names.of[clip]] for clip in ids), names.said(str(folder), "the clips")
