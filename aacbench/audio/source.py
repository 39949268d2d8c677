"""The sources that a clip's audio comes from: files, members of tar shards, samples in memory.

`Clip.audio` may be a path, which is a file's. What reads audio (`aacbench.audio.io`) takes both; what keeps something
of a clip goes by `audio_key`, the SHA-256 of the audio file's bytes, so that a recording has one key wherever it lies.
"""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aacbench.errors import UserError, one_line
from aacbench.files.content import changed_since_read, content_key, fresh_key, location, remembered_key
from aacbench.files.file_part import SEPARATOR, FilePart
from aacbench.files.tar_members import tar_member
from aacbench.types import Audio, AudioSource


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A file on disk."""

    path: Path

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    @property
    def key(self) -> str:
        """The SHA-256 of the file, remembered while it is unchanged."""
        return content_key(self.path)

    def open(self) -> BinaryIO:
        """Return the file, open; raises `UserError` where it cannot be read."""
        try:
            return self.path.open("rb")
        except OSError as error:
            raise UserError(f"audio file {self.path} cannot be read ({error.strerror})") from error


@dataclass(frozen=True, slots=True)
class ShardMember:
    """A file inside a tar archive, read in place."""

    part: FilePart

    @property
    def name(self) -> str:
        """The archive and the member, `shard.tar::key.flac`."""
        return f"{self.part.file}{SEPARATOR}{self.part.name}"

    @property
    def key(self) -> str:
        """The SHA-256 of the member, remembered while the archive is unchanged."""
        return content_key(self.part)

    def open(self) -> BinaryIO:
        """Return the member, open; raises `UserError` where the archive cannot be read."""
        try:
            return self.part.open()
        except OSError as error:
            raise UserError(f"audio file {self.name} cannot be read ({error.strerror})") from error


@dataclass(frozen=True, slots=True)
class AudioBytes:
    """An audio file that is in memory whole; two of equal bytes and name are equal."""

    name: str
    content: bytes

    @property
    def key(self) -> str:
        """The SHA-256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    def open(self) -> BinaryIO:
        """Return the bytes."""
        return io.BytesIO(self.content)


def array_audio(samples: NDArray[Any], sample_rate: int, name: str = "samples in memory") -> AudioBytes:
    """Return samples, (N,) or (N, channels), of `sample_rate` Hz as a source: a WAV file of 32-bit floats in memory.

    Integers are scaled to [-1, 1] by their type, as in a file.

    Raises:
        UserError: they are no samples.
    """
    import soundfile  # noqa: PLC0415

    values = np.asarray(samples)
    if values.ndim not in (1, 2) or not values.size or values.dtype.kind not in "fi":
        raise UserError(f"{name}: wanted samples (N,) or (N, channels), not {values.dtype} of the shape {values.shape}")
    if values.dtype.kind == "i":
        values = values / -float(np.iinfo(values.dtype).min)
    stream = io.BytesIO()
    try:
        soundfile.write(stream, values.astype(np.float32), sample_rate, format="WAV", subtype="FLOAT")
    except (soundfile.SoundFileError, TypeError, ValueError) as error:
        raise UserError(f"{name}: no samples that can be used ({one_line(error)})") from error
    return AudioBytes(name, stream.getvalue())


def audio_source(audio: Audio) -> AudioSource:
    """Return a clip's audio as a source."""
    return AudioFile(audio) if isinstance(audio, Path) else audio


def audio_name(audio: Audio) -> str:
    """Return what a clip's audio is called in messages."""
    return audio.name if not isinstance(audio, Path) else str(audio)


def audio_path(audio: Audio) -> Path:
    """Return the path of audio that is a file; raises `UserError` where it is none."""
    path = _stored(audio)
    if not isinstance(path, Path):
        raise UserError(f"{audio_name(audio)} is no file of its own; unpack it where a file is wanted")
    return path


def audio_location(audio: Audio) -> str:
    """Return a text by which `audio_at` finds the audio from any working folder, where it lies on disk."""
    path = _stored(audio)
    return audio_name(audio) if path is None else location(path)


def audio_at(text: str) -> Audio:
    """Return the audio that `audio_location` named: a path, or a member of a shard.

    Raises:
        UserError: the shard cannot be read, or has no such member.
    """
    part = None if os.path.exists(text) else tar_member(text)
    return Path(text) if part is None else ShardMember(part)


def is_missing(audio: Audio) -> bool:
    """Whether the file that holds the audio is certainly not there."""
    path = _stored(audio)
    if path is None:
        return False
    return not os.path.isfile(path if isinstance(path, Path) else path.file)


def audio_key(audio: Audio) -> str:
    """Return the SHA-256 (hex) of an audio file's bytes, from memory where it is unchanged.

    Raises:
        UserError: it is missing or cannot be read.
    """
    return audio_source(audio).key


def remembered_audio_key(audio: Audio) -> str | None:
    """Return the key without reading audio; None where that cannot be."""
    path = _stored(audio)
    return audio_source(audio).key if path is None else remembered_key(path)


def fresh_audio_key(audio: Audio) -> str:
    """Return the key of what is there now; raises `UserError` where it changed without a new date, or is missing."""
    path = _stored(audio)
    return audio_source(audio).key if path is None else fresh_key(path)


def audio_changed(audio: Audio) -> bool:
    """Whether the audio is another than when this process first read it.

    Raises:
        UserError: it is missing or cannot be read.
    """
    path = _stored(audio)
    return path is not None and changed_since_read(path)


def audio_size(audio: Audio) -> int | str:
    """Return the bytes of an audio file, without reading it; of a source of another kind its key.

    Raises:
        UserError: it is missing.
    """
    path = _stored(audio)
    if isinstance(path, Path):
        try:
            return os.stat(path).st_size
        except OSError as error:
            raise UserError(f"audio file {path} cannot be read ({error.strerror})") from error
    if path is not None:
        return path.size
    return len(audio.content) if isinstance(audio, AudioBytes) else audio_source(audio).key


def _stored(audio: Audio) -> Path | FilePart | None:
    """Return what of the disk holds the audio, where it is of the kinds that are known here."""
    if isinstance(audio, Path):
        return audio
    if isinstance(audio, AudioFile):
        return audio.path
    return audio.part if isinstance(audio, ShardMember) else None
