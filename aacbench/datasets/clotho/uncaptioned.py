"""Clotho's splits without captions: what systems are given to caption or to search in, and nobody's references.

`dcase-test` is the blind test set (`clotho_audio_test.7z`, metadata in `clotho_metadata_test.csv`), `dcase-analysis`
DCASE's analysis set, `dcase-retrieval` that of the retrieval task. Not verified here (check the DCASE challenge's pages
on captioning and on language-based retrieval, and Zenodo record 3865658): the archives' names.
"""

from __future__ import annotations

from pathlib import Path

from aacbench.audio.source import audio_path
from aacbench.datasets.clotho.layout import audio_folder
from aacbench.datasets.shared.audio import check_audio
from aacbench.errors import UserError
from aacbench.files.audio_files import audio_below
from aacbench.types import Clip

FOLDERS = {
    "dcase-test": ("test", "dcase-test"),
    "dcase-analysis": ("analysis", "clotho_analysis", "dcase-analysis"),
    "dcase-retrieval": ("retrieval_test", "clotho_retrieval", "retrieval", "dcase-retrieval"),
}


def uncaptioned_folder(root: Path, split: str) -> Path | None:
    """Return the folder with the audio of such a split, or None."""
    folders = (audio_folder(root, name) for name in FOLDERS[split])
    return next((folder for folder in folders if folder is not None and folder.is_dir()), None)


def uncaptioned_clips(root: Path, split: str) -> list[Clip]:
    """Return the clips of such a split, without captions, by name; every header has been read.

    Raises:
        UserError: its folder is not there, holds no audio, or holds audio that cannot be read.
    """
    folder = uncaptioned_folder(root, split)
    if folder is None:
        names = " or ".join(f"{name}/" for name in FOLDERS[split])
        raise UserError(f"clotho in {root} has no {split}: put its audio into {names} there")
    clips = [Clip(path.name, path) for path in sorted(audio_below(folder))]
    if not clips:
        raise UserError(f"{folder} holds no audio; put that of {split} there")
    check_audio(f"clotho {split}", {clip.id: audio_path(clip.audio) for clip in clips}, (), folder, "Mend them")
    return clips
