"""Audio whose headers lie, whose bytes were changed, or that ends too soon."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import strategies as st

from aacbench.audio.io import HIGHEST_RATE, LOWEST_RATE, info, read
from aacbench.datasets.shared.audio import unreadable
from tests.faults.fuzz.harness import fuzz, outcome
from tests.faults.fuzz.mutations import byte_changes
from tests.faults.tally import Outcome, Tally

pytestmark = pytest.mark.faults

RATE, SAMPLES = 8000, 1200
KINDS = {
    "wav": ("WAV", "PCM_16"), "wav, float": ("WAV", "FLOAT"), "wav, a-law": ("WAV", "ALAW"), "rf64": ("RF64", "PCM_24"),
    "flac": ("FLAC", "PCM_16"), "ogg": ("OGG", "VORBIS"), "mp3": ("MP3", "MPEG_LAYER_III"), "aiff": ("AIFF", "PCM_16"),
}  # fmt: skip
# Where a field of a WAV header begins, and its bytes.
FIELDS = {"size": (4, 4), "format": (20, 2), "channels": (22, 2), "rate": (24, 4), "bytes": (28, 4), "align": (32, 2),
          "bits": (34, 2), "data": (40, 4)}  # fmt: skip
NUMBERS = (0, 1, 2, 3, 7, 8, 24, 100, 999, 1025, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@cache
def sound(kind: str) -> bytes:
    """Return a short noise as a file of that kind."""
    file = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 0.1, (SAMPLES, 2))
    form, subtype = KINDS[kind]
    soundfile.write(file, noise, RATE, format=form, subtype=subtype)
    return file.getvalue()


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """Return a WAV file whose header has some fields of other values."""
    found = bytearray(sound(draw(st.sampled_from(("wav", "wav, float")))))
    for name in draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=3)):
        place, width = FIELDS[name]
        number = draw(st.sampled_from(NUMBERS) | st.integers(0, 2 ** (8 * width) - 1))
        found[place : place + width] = (number % 2 ** (8 * width)).to_bytes(width, "little")
    return bytes(found)


@st.composite
def samples(draw: st.DrawFn) -> bytes:
    """Return a WAV file with samples that are no numbers, or too large ones."""
    odd = draw(st.lists(st.sampled_from((float("nan"), float("inf"), 3e38, -3e38, 1e-45, 0.0)), max_size=4))
    data = struct.pack(f"<{len(odd)}f", *odd) + bytes(draw(st.integers(0, 9)))
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1, RATE, 4 * RATE, 4, 32,
                       b"data", len(data))  # fmt: skip
    return head + data


def judge_in(folder: Path, suffix: str) -> Callable[[bytes], Outcome]:
    """Return what reads a file as a clip: its header, as a dataset does, then its samples."""
    path = folder / f"clip.{suffix}"

    def heard() -> None:
        found = info(path)
        assert LOWEST_RATE <= found.sample_rate <= HIGHEST_RATE and found.channels > 0 and found.seconds > 0
        assert set(unreadable({"clip": path})) <= {"clip"}
        wave = read(path)
        assert wave.ndim == 1 and wave.dtype == np.float32 and len(wave) and np.isfinite(wave).all()
        if len(wave) < 10 * SAMPLES and found.sample_rate in (RATE, 16000):
            assert np.isfinite(read(path, 16000)).all()

    def judge(content: bytes) -> Outcome:
        path.write_bytes(content)
        return outcome(heard, path)

    return judge


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_of_audio(kind: str, tally: Tally, tmp_path: Path) -> None:
    cases = 100 if kind in ("ogg", "mp3") else 160
    judge = judge_in(tmp_path, {"MP3": "mp3", "OGG": "ogg", "FLAC": "flac"}.get(KINDS[kind][0], "wav"))
    fuzz(tally, f"audio: {kind}", cases, byte_changes(sound(kind)), judge)


def test_wav_headers(tally: Tally, tmp_path: Path) -> None:
    fuzz(tally, "audio: wav header", 350, headers(), judge_in(tmp_path, "wav"))


def test_wav_samples(tally: Tally, tmp_path: Path) -> None:
    fuzz(tally, "audio: wav samples", 100, samples(), judge_in(tmp_path, "wav"))


def test_flac_headers(tally: Tally, tmp_path: Path) -> None:
    """The length, rate, channels and block sizes that FLAC's first block states."""
    whole = sound("flac")
    changes = st.binary(min_size=18, max_size=18)
    strategy = st.tuples(st.integers(0, 17), st.integers(1, 8), changes).map(
        lambda drawn: whole[: 8 + drawn[0]] + drawn[2][: drawn[1]] + whole[8 + drawn[0] + drawn[1] :]
    )
    fuzz(tally, "audio: flac header", 160, strategy, judge_in(tmp_path, "flac"))


def test_names_without_audio(tally: Tally, tmp_path: Path) -> None:
    """Texts under the names of audio, and sounds under other names."""
    content = st.one_of(st.sampled_from([sound(kind) for kind in KINDS]), st.binary(max_size=64))
    names = st.sampled_from(("wav", "flac", "ogg", "mp3", "raw", "RAW", "txt", "", "w64", "sd2", "au", "vox", "opus"))

    def judge(drawn: tuple[bytes, str]) -> Outcome:
        return judge_in(tmp_path, drawn[1])(drawn[0])

    fuzz(tally, "audio: other names", 160, st.tuples(content, names), judge)
