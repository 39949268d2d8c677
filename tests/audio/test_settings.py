"""Feature settings: values that go together, keys that stay the same, and the named front-ends."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aacbench.audio import FRONT_ENDS, FeatureSettings, feature_settings, front_end
from aacbench.audio.front_ends import as_mapping
from aacbench.errors import UserError


def test_key_is_the_same_in_every_process_and_version() -> None:
    """A changed key silently recomputes everybody's features: change it on purpose only."""
    assert front_end("panns").key() == "32000hz-1024-320-64mel-ea24c5b86a8f5cb6"


def test_whole_numbers_and_fractions_of_one_value_have_one_key() -> None:
    assert front_end("panns", f_min=50).key() == front_end("panns", f_min=50.0).key()


OTHER: dict[str, Any] = {
    "sample_rate": 48000, "window": 800, "hop": 400, "n_fft": 2048, "centre": False, "pad_mode": "constant",
    "mel_bins": 40, "mel_scale": "htk", "mel_slopes": "mel", "mel_norm": None, "f_min": 20.0,
    "f_max": 12000.0, "power": 1.0, "log": "ln", "log_floor": 1e-8, "log_offset": 0.1, "normalise_peak": True,
    "patch": 9600, "patch_hop": 4800, "mean": 1.0, "divisor": 2.0,
}  # fmt: skip


def test_every_setting_is_part_of_the_key() -> None:
    base = front_end("panns")
    keys = {replace(base, **{name: value}).key() for name, value in OTHER.items()}
    assert len(keys | {base.key(), front_end("ast").key()}) == len(OTHER) + 2
    assert set(OTHER) | {"kind", "window_kind"} == {field.name for field in fields(FeatureSettings)}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hop": 0}, "hop must be 1 or more, not 0"),
        ({"n_fft": 512}, r"n_fft \(512\) must be at least window \(1024\)"),
        ({"f_max": 20000.0}, r"half the sample rate \(16000 Hz\)"),
        ({"f_min": 15000.0}, "f_min and f_max must lie in order"),
        ({"power": 3.0}, "power must be 1"),
        ({"log_floor": 0.0}, "one above 0, so that silence"),
        ({"divisor": 0.0}, "divisor must not be 0"),
        ({"mel_scale": "bark"}, "mel_scale must be 'slaney' or 'htk', not 'bark'"),
        ({"mel_norm": "area"}, "mel_norm must be 'slaney' or None, not 'area'"),
        ({"hop": 320.5}, "hop must be a whole number, not 320.5"),
        ({"hop": True}, "hop must be a whole number, not True"),
        ({"f_min": "50"}, "f_min must be a number, not '50'"),
        ({"centre": 1}, "centre must be true or false, not 1"),
        ({"hops": 320}, "unknown feature setting 'hops'. Did you mean 'hop'"),
        ({"kind": "kaldi"}, "'kaldi' features with a window of 1024 need centre = False"),
    ],
)
def test_settings_that_do_not_work_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        front_end("panns", **changes)


def test_unknown_front_end_lists_near_names() -> None:
    with pytest.raises(UserError, match="Did you mean 'panns'"):
        front_end("pans")
    with pytest.raises(UserError, match="front_end must be a name"):
        feature_settings({"front_end": 3})


@pytest.mark.parametrize("name", sorted(FRONT_ENDS))
def test_settings_survive_a_mapping(name: str) -> None:
    settings = front_end(name)
    assert feature_settings(as_mapping(settings)) == settings
    assert feature_settings({"front_end": name}) == settings


@pytest.mark.parametrize(
    ("name", "seconds", "frames"),
    [
        ("panns", 10, 1001),
        ("panns", 30, 3001),
        ("rlssr", 10, 862),
        ("maac", 30, 2584),
        ("at-cnn", 10, 501),
        ("at-cnn", 30, 1501),
        ("ast", 10.24, 1022),
        ("yamnet", 10, 96 + 19 * 48),
        ("yamnet", 30, 96 + 61 * 48),
    ],
)
def test_frame_counts_of_the_papers(name: str, seconds: float, frames: int) -> None:
    settings = front_end(name)
    assert settings.frames(round(seconds * settings.sample_rate)) == frames


def test_hop_in_seconds() -> None:
    assert front_end("at-cnn").hop_seconds == 0.02


@given(st.sampled_from(sorted(FRONT_ENDS)), st.integers(1, 200_000), st.integers(0, 50_000))
def test_more_samples_never_give_fewer_frames(name: str, samples: int, more: int) -> None:
    settings = front_end(name)
    assert 1 <= settings.frames(samples) <= settings.frames(samples + more)
    assert settings.padded(settings.padded(samples)) == settings.padded(samples) >= samples
