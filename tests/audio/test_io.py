"""Reading audio: formats, channels, scale, resampling, and what is said about files that cannot be used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from aacbench.audio.io import info, read, resample
from aacbench.errors import UserError

Waveform = NDArray[np.float32]


def tone(hertz: float, sample_rate: int, seconds: float = 1.0) -> Waveform:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * sample_rate)) / sample_rate)).astype(np.float32)


@pytest.mark.parametrize(
    ("suffix", "subtype", "tolerance"),
    [
        ("wav", "PCM_16", 1e-4),
        ("wav", "PCM_24", 1e-6),
        ("wav", "PCM_U8", 1e-2),
        ("wav", "FLOAT", 0.0),
        ("flac", "PCM_16", 1e-4),
        ("ogg", "VORBIS", 0.05),
        ("mp3", "MPEG_LAYER_III", 0.05),
    ],
)
def test_formats_are_read_at_full_scale_one(suffix: str, subtype: str, tolerance: float, tmp_path: Path) -> None:
    wave = tone(440, 44100)
    path = tmp_path / f"a tone.{suffix}"
    soundfile.write(path, wave, 44100, subtype=subtype)
    found = read(path)
    assert found.dtype == np.float32 and found.shape == wave.shape
    np.testing.assert_allclose(found[2000:-2000], wave[2000:-2000], atol=tolerance)
    assert (info(path).seconds, info(path).sample_rate, info(path).channels) == (1.0, 44100, 1)


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = tone(300, 16000), tone(700, 16000)
    soundfile.write(tmp_path / "both.wav", np.stack([left, right], axis=1), 16000, subtype="FLOAT")
    np.testing.assert_allclose(read(tmp_path / "both.wav"), (left + right) / 2, atol=1e-7)
    assert info(tmp_path / "both.wav").channels == 2


@pytest.mark.parametrize(("old", "new"), [(44100, 32000), (44100, 16000), (16000, 44100), (48000, 32000)])
def test_resampling_keeps_a_tone(old: int, new: int) -> None:
    found = resample(tone(1000, old), old, new)
    expected = tone(1000, new)
    assert found.dtype == np.float32 and len(found) == len(expected)
    middle = slice(new // 10, -new // 10)  # the filter rings where the tone starts and ends
    np.testing.assert_allclose(found[middle], expected[middle], atol=1e-4)


def test_resampling_removes_what_the_new_rate_cannot_hold() -> None:
    found = resample(tone(9000, 44100), 44100, 16000)
    assert np.abs(found[1600:-1600]).max() < 1e-4


def test_number_of_samples_after_resampling_is_rounded_up() -> None:
    assert len(resample(tone(100, 44100)[:44101], 44100, 32000)) == 32000
    assert len(resample(np.zeros(44101, np.float32), 44100, 32000)) == 32001


@pytest.mark.parametrize(("old", "new"), [(44101, 32000), (11127, 44100), (22051, 22050)])
def test_rates_without_a_small_ratio_need_no_large_kernel(old: int, new: int) -> None:
    found = resample(tone(1000, old), old, new)
    assert abs(len(found) - new) <= 2
    spectrum = np.abs(np.fft.rfft(found * np.hanning(len(found))))
    assert abs(int(spectrum.argmax()) * new / len(found) - 1000) < 1  # Hz
    assert np.abs(found).max() == pytest.approx(0.5, abs=0.01)


def test_read_resamples(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "tone.wav", tone(440, 44100), 44100, subtype="FLOAT")
    assert np.array_equal(read(tmp_path / "tone.wav", 16000), resample(tone(440, 44100), 44100, 16000))


def damaged(kind: str, folder: Path) -> Path:
    path = folder / f"{kind}.wav"
    if kind == "text":
        path.write_text("this is no audio")
    elif kind == "no bytes":
        path.write_bytes(b"")
    elif kind == "no samples":
        soundfile.write(path, np.zeros(0, np.float32), 16000)
    elif kind in ("nan", "inf"):
        wave = tone(440, 16000)
        wave[100] = float(kind)
        soundfile.write(path, wave, 16000, subtype="FLOAT")
    elif kind == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing", "missing"),
        ("folder", "is a folder"),
        ("text", "cannot be read"),
        ("no bytes", "cannot be read"),
        ("no samples", "holds no samples"),
        ("nan", "NaN"),
        ("inf", "infinite"),
    ],
)
def test_unusable_file_is_named_with_the_reason(kind: str, said: str, tmp_path: Path) -> None:
    path = damaged(kind, tmp_path)
    with pytest.raises(UserError, match=said) as caught:
        read(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["missing", "folder", "text", "no bytes", "no samples"])
def test_info_names_an_unusable_file(kind: str, tmp_path: Path) -> None:
    path = damaged(kind, tmp_path)
    with pytest.raises(UserError, match=r"audio file") as caught:
        info(path)
    assert str(path) in str(caught.value)


def test_names_with_blanks_commas_and_umlauts(tmp_path: Path) -> None:
    path = tmp_path / " Grüße, leading blank (1).wav"
    soundfile.write(path, tone(440, 16000), 16000)
    assert len(read(path)) == 16000


def test_importing_audio_and_features_loads_no_torch() -> None:
    code = "import sys, aacbench.audio.io, aacbench.audio; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("rate", [1, 999, 1_000_001, 2**31 - 1])
def test_rates_that_no_recording_has_are_refused(rate: int, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "odd.wav", tone(440, 8000), rate)
    for use in (info, read):
        with pytest.raises(UserError, match=r"samples a second; wanted 1,000 to 1,000,000"):
            use(tmp_path / "odd.wav")


def test_long_recordings_are_refused_before_and_after_resampling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "long.wav", tone(440, 8000), 8000)
    monkeypatch.setattr("aacbench.audio.io.LONGEST", 10_000)
    assert len(read(tmp_path / "long.wav")) == 8000
    with pytest.raises(UserError, match=r"is longer than 0 minutes; cut it into clips"):
        read(tmp_path / "long.wav", 16000)
    monkeypatch.setattr("aacbench.audio.io.LONGEST", 7999)
    for use in (info, read):
        with pytest.raises(UserError, match="is longer than"):
            use(tmp_path / "long.wav")


def test_samples_whose_squares_are_infinite_are_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "loud.wav", tone(440, 8000) * np.float32(1e30), 8000, subtype="FLOAT")
    with pytest.raises(UserError, match=r"or some beyond 1e\+09"):
        read(tmp_path / "loud.wav")


def test_what_is_no_plain_file_or_has_no_header(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(bytes(100))
    for path, message in ((tmp_path / "a.raw", "cannot be read"), (Path("/dev/zero"), "is a pipe or a device")):
        for use in (info, read):
            with pytest.raises(UserError, match=message):
                use(path)


def test_resampling_from_any_rate_takes_little_memory() -> None:
    assert len(resample(tone(440, 8000, 0.1), 999_983, 32000)) == pytest.approx(26, abs=1)
