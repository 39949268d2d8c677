"""Ten-second clips of YouTube videos that the user brings, in the usual naming schemes.

A video's id has 11 letters, digits, `-` and `_`, and may begin with either of the last two. Files are called
`<id>_<start>`, `<id>_<start>_<end>`, `Y<id>`, `<id>` or `Y<id>_<start>`, with times in seconds or milliseconds; in any
folder, at any depth. Videos vanish, so clips that are missing are normal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from aacbench.datasets.shared.shards import packed_clips, shard_members
from aacbench.files.audio_files import audio_below, is_audio, rank
from aacbench.types import Audio

ID = 11  # letters of a video's id


def index(folder: Path) -> dict[str, Audio]:
    """Return the audio below `folder`, files and members of tar shards, by name without ending.

    Of several with one name, the first by ending; a file goes before a shard's member.
    """
    return {stem: audio[0] for stem, audio in index_all(folder).items()}


def index_all(folder: Path) -> dict[str, list[Audio]]:
    """Return all audio below `folder` by name without ending, of each name the best first, as `index` takes it.

    Clips that aacbench packed stand there by their ids, too.
    """
    loose: dict[str, list[Path]] = {}
    for path in audio_below(folder):
        loose.setdefault(path.stem, []).append(path)
    found: dict[str, list[Audio]] = {stem: [*sorted(paths, key=rank)] for stem, paths in loose.items()}
    for name, member in shard_members(folder).items():
        found.setdefault(PurePosixPath(name).stem, []).append(member)
    for name, member in packed_clips(folder):
        found.setdefault(name.rpartition(".")[0] if is_audio(name) else name, []).append(member)
    return found


class Clips:
    """The clips below a folder."""

    def __init__(self, folder: Path) -> None:
        self.files = index(folder)
        # Most of AudioSet's two million clips are not there: what no file name holds is not looked for further.
        self.videos = {stem[:ID] for stem in self.files} | {stem[1 : ID + 1] for stem in self.files if stem[0] == "Y"}

    def find(self, video: str, start: float, end: float | None = None) -> Audio | None:
        """Return the file of the clip of `video` from `start` to `end` seconds, or None."""
        if video not in self.videos:
            return None
        return next((self.files[stem] for stem in stems(video, start, end) if stem in self.files), None)


def stems(video: str, start: float, end: float | None = None) -> Iterator[str]:
    """Yield the names that the clip's file may have, without suffix, the most telling first."""
    end = start + 10 if end is None else end
    for first, last in zip(_times(start), _times(end), strict=True):
        yield f"{video}_{first}"
        yield f"{video}_{first}_{last}"
        yield f"Y{video}_{first}"
        yield f"Y{video}_{first}_{last}"
    yield f"Y{video}"
    yield video


def _times(seconds: float) -> tuple[str, ...]:
    whole = str(int(seconds))
    return (whole, f"{seconds:.1f}", f"{seconds:.3f}", str(round(1000 * seconds)), f"{int(seconds):06d}")


def presence(split: str, wanted: Sequence[str], there: Sequence[str], listed: int = 0) -> str:
    """Return a sentence on which of the split's clips exist; up to `listed` missing ones are named.

    The hash is over the sorted ids: equal hashes mean the same clips.
    """
    digest = hashlib.sha256("\n".join(sorted(there)).encode()).hexdigest()[:16]
    text = f"{split}: {len(there):,} of the {len(wanted):,} clips exist"
    present = set(there)
    missing = [name for name in wanted if name not in present]
    if not missing:
        return text
    names = f"; missing: {', '.join(missing)}" if len(missing) <= listed else ""
    return f"{text} (sha256 of their ids {digest}){names}"
