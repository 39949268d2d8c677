"""Features against independent computations: librosa, TensorFlow's definition in NumPy, and transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from aacbench.audio import FRONT_ENDS, FeatureSettings, front_end
from aacbench.audio import logmel as logmel_module
from aacbench.audio.io import read
from aacbench.audio.logmel import extract
from aacbench.audio.mel import mel_matrix
from aacbench.errors import UserError
from aacbench.runtime.libraries import torchaudio_fault

Array = NDArray[Any]
TOLERANCE = 1e-4


def scene(sample_rate: int, seconds: float = 1.7) -> NDArray[np.float32]:
    """A loud tone, a quiet one, a sweep, noise and a click: what log features are sensitive to."""
    time = np.arange(int(seconds * sample_rate)) / sample_rate
    rng = np.random.default_rng(7)
    wave = 0.5 * np.sin(2 * np.pi * 440 * time) + 0.001 * np.sin(2 * np.pi * 3150 * time)
    wave += 0.1 * np.sin(2 * np.pi * (200 + 1500 * time) * time) + 1e-3 * rng.standard_normal(len(time))
    wave[len(wave) // 2] += 0.3
    return wave.astype(np.float32)


def by_librosa(wave: Array, settings: FeatureSettings) -> Array:
    wave = wave.astype(np.float64)
    if settings.normalise_peak:
        wave = wave / np.abs(wave).max()
    mel = librosa.feature.melspectrogram(
        y=wave,
        sr=settings.sample_rate,
        n_fft=settings.n_fft,
        win_length=settings.window,
        hop_length=settings.hop,
        center=settings.centre,
        pad_mode=settings.pad_mode,
        power=settings.power,
        n_mels=settings.mel_bins,
        fmin=settings.f_min,
        fmax=settings.f_max,
        htk=settings.mel_scale == "htk",
        norm=settings.mel_norm,
    )
    if settings.log == "db":
        return np.asarray(librosa.power_to_db(mel, ref=1.0, amin=settings.log_floor, top_db=None)).T
    return np.asarray(np.log(np.maximum(mel, settings.log_floor) + settings.log_offset)).T


@pytest.mark.parametrize("name", ["panns", "panns-16k", "rlssr", "dcase-baseline", "maac", "at-cnn"])
def test_front_end_equals_librosa(name: str) -> None:
    settings = front_end(name)
    wave = scene(settings.sample_rate)
    np.testing.assert_allclose(extract(wave, settings), by_librosa(wave, settings), atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"mel_scale": "htk", "mel_norm": None, "f_min": 0.0},
        {"mel_scale": "htk", "mel_norm": "slaney", "mel_bins": 40},
        {"pad_mode": "constant", "power": 1.0},
        {"centre": False, "hop": 333, "log": "ln", "log_floor": 1e-5},
        {"log": "ln", "log_floor": 0.0, "log_offset": 0.01, "normalise_peak": True},
        {"window": 640, "n_fft": 2048, "mel_bins": 128, "f_max": 16000.0},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_each_setting_equals_librosa(changes: dict[str, Any]) -> None:
    settings = front_end("panns", **changes)
    wave = scene(settings.sample_rate)
    np.testing.assert_allclose(extract(wave, settings), by_librosa(wave, settings), atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("name", ["panns", "rlssr", "at-cnn"])
def test_real_recording_equals_librosa(name: str, test_data: Path) -> None:
    settings = front_end(name)
    files = sorted((test_data / "clotho-mini" / "evaluation").glob("*.wav"))[:2]
    assert len(files) == 2
    for file in files:
        wave = read(file, settings.sample_rate)
        np.testing.assert_allclose(extract(wave, settings), by_librosa(wave, settings), atol=TOLERANCE, rtol=0)


def test_short_window_without_centring_starts_at_the_first_sample() -> None:
    """TensorFlow frames by the window, with zeros up to the FFT length; librosa frames by the FFT length."""
    settings = front_end("panns-16k", centre=False, window=400)
    wave = scene(16000, 0.3)
    frames = [wave[at : at + 400].astype(np.float64) for at in range(0, len(wave) - 399, 160)]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    power = np.abs(np.fft.rfft(np.stack(frames) * hann, 512)) ** 2
    mel = librosa.filters.mel(sr=16000, n_fft=512, n_mels=64, fmin=50, fmax=8000, dtype=np.float64)
    expected = 10 * np.log10(np.maximum(power @ mel.T, 1e-10))
    np.testing.assert_allclose(extract(wave, settings), expected, atol=TOLERANCE, rtol=0)


def yamnet_by_definition(wave: Array) -> Array:
    """tf.signal's STFT, magnitude and linear_to_mel_weight_matrix, each from its documented definition."""
    hops = -(-max(0, len(wave) - 15600) // 7680)
    wave = np.pad(wave.astype(np.float64), (0, 15600 + hops * 7680 - len(wave)))
    frames = np.stack([wave[at : at + 400] for at in range(0, len(wave) - 399, 160)])
    magnitude = np.abs(np.fft.rfft(frames * np.hanning(401)[:400], 512))
    mels = 1127.0 * np.log1p(np.arange(257) * 16000 / 512 / 700.0)
    edges = np.linspace(1127.0 * np.log1p(125 / 700.0), 1127.0 * np.log1p(7500 / 700.0), 66)
    matrix = np.zeros((257, 64))
    for column in range(64):
        low, middle, high = edges[column : column + 3]
        for row in range(1, 257):  # the 0 Hz row stays empty
            up, down = (mels[row] - low) / (middle - low), (high - mels[row]) / (high - middle)
            matrix[row, column] = max(0.0, min(up, down))
    return np.log(magnitude @ matrix + 0.001)


@pytest.mark.parametrize("samples", [300, 15600, 15601, 50000])
def test_yamnet_equals_its_definition(samples: int) -> None:
    wave = scene(16000, 4.0)[:samples]
    features = extract(wave, front_end("yamnet"))
    np.testing.assert_allclose(features, yamnet_by_definition(wave), atol=TOLERANCE, rtol=0)
    assert (len(features) - 96) % 48 == 0  # whole patches of 96 frames, every 48


def by_transformers(wave: Array, single_precision: bool, monkeypatch: pytest.MonkeyPatch) -> Array:
    module = pytest.importorskip(
        "transformers.models.audio_spectrogram_transformer.feature_extraction_audio_spectrogram_transformer"
    )
    if single_precision and (fault := torchaudio_fault()):
        pytest.skip(f"transformers' single precision is torchaudio's: {fault}")
    monkeypatch.setattr(module, "is_speech_available", lambda: single_precision)
    extractor = module.ASTFeatureExtractor()  # with torchaudio in single precision, without in double
    values: Array = extractor(wave, sampling_rate=16000, return_tensors="np")["input_values"][0]
    return values


@pytest.mark.filterwarnings("ignore:At least one mel filter has all zero values")
def test_ast_equals_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, wave = front_end("ast"), scene(16000, 3.0)
    expected = by_transformers(wave, False, monkeypatch)
    features = extract(wave, settings)
    assert len(features) == 298
    np.testing.assert_allclose(features, expected[:298], atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(-settings.mean / settings.divisor, expected[298:], atol=1e-6, rtol=0)


def test_ast_equals_transformers_on_real_recordings(test_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in sorted((test_data / "clotho-mini" / "evaluation").glob("*.wav"))[:2]:
        wave = read(file, 16000)
        features = extract(wave, front_end("ast"))[:1024]
        expected = by_transformers(wave, True, monkeypatch)[: len(features)]
        np.testing.assert_allclose(features, expected, atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
@pytest.mark.parametrize("norm", ["slaney", None])
def test_mel_matrix_equals_librosa(scale: Any, norm: Any) -> None:
    settings = front_end("rlssr", mel_scale=scale, mel_norm=norm)
    expected = librosa.filters.mel(
        sr=44100, n_fft=1024, n_mels=64, fmin=0, fmax=22050, htk=scale == "htk", norm=norm, dtype=np.float64
    )
    np.testing.assert_allclose(mel_matrix(settings).T, expected, atol=1e-12, rtol=1e-9)


@pytest.mark.parametrize("name", sorted(FRONT_ENDS))
@pytest.mark.parametrize("samples", [1, 160, 399, 512, 513, 4410, 44101])
def test_frames_are_as_many_as_the_settings_say(name: str, samples: int) -> None:
    settings = front_end(name)
    features = extract(scene(settings.sample_rate, 3.0)[:samples], settings)
    assert features.shape == (settings.frames(samples), settings.width)
    assert features.dtype == torch.float32 and bool(features.isfinite().all())


@pytest.mark.parametrize("name", sorted(FRONT_ENDS))
def test_silence_is_finite_and_constant(name: str) -> None:
    settings = front_end(name)
    features = extract(np.zeros(settings.sample_rate, np.float32), settings)
    assert bool(features.isfinite().all()) and float(features.max() - features.min()) < 1e-5


def test_length_of_blocks_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, wave = front_end("panns"), scene(32000, 1.0)
    whole = extract(wave, settings)
    monkeypatch.setattr(logmel_module, "_BLOCK", 7)
    torch.testing.assert_close(extract(wave, settings), whole, rtol=0, atol=1e-5)


def test_tensors_and_arrays_give_the_same() -> None:
    settings, wave = front_end("maac"), scene(44100, 0.5)
    assert torch.equal(extract(torch.from_numpy(wave), settings), extract(wave, settings))


@pytest.mark.parametrize("shape", [(0,), (2, 100)])
def test_a_waveform_that_is_none_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match="mono waveform"):
        extract(np.zeros(shape, np.float32), front_end("panns"))


def test_louder_audio_gives_the_same_peak_normalised_features(tmp_path: Path) -> None:
    wave = scene(44100, 0.5)
    settings = front_end("dcase-baseline")
    np.testing.assert_allclose(extract(wave * 0.1, settings), extract(wave, settings), atol=1e-4)
    soundfile.write(tmp_path / "quiet.wav", wave * 0.1, 44100, subtype="FLOAT")
    assert not torch.allclose(extract(wave * 0.1, front_end("maac")), extract(wave, front_end("maac")), atol=1)
