"""The front-ends of the papers by name, and settings from a plain mapping.

Sources are the public code of each paper or, where there is none, the nearest public value, as said below.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aacbench.audio.settings import FIELDS, FeatureSettings
from aacbench.errors import UserError, unknown_name

_DOUBLE_EPSILON = sys.float_info.epsilon

# audioset_tagging_cnn (Kong et al. 2020): what every published PANNs checkpoint was trained on.
_PANNS: dict[str, Any] = {}
# Wavegram networks read the waveform and compute the same log-mel themselves.
_PANNS_WAVEFORM = {"kind": "waveform"}
_PANNS_16K = {"sample_rate": 16000, "window": 512, "hop": 160, "n_fft": 512, "f_max": 8000.0}

# The DCASE 2020 task 6 baseline: peak-normalised, magnitudes, ln(mel + double precision's epsilon).
_DCASE_BASELINE = {
    "sample_rate": 44100, "window": 1024, "hop": 512, "n_fft": 1024, "f_min": 0.0, "f_max": 22050.0,
    "power": 1.0, "log": "ln", "log_floor": 0.0, "log_offset": _DOUBLE_EPSILON, "normalise_peak": True,
}  # fmt: skip

# DCASE2021_Task6_PKU (Ye et al. 2021): the baseline's spectrum, no peak normalisation, dB of the magnitude.
_MAAC = _DCASE_BASELINE | {"log": "db", "log_floor": 1e-10, "log_offset": 0.0, "normalise_peak": False}

# AudioCaption v0.0.1 (Xu et al. 2021): 40 ms windows every 20 ms; the paper leaves rate and range open.
_AT_CNN = {
    "sample_rate": 44100, "window": 1764, "hop": 882, "n_fft": 2048, "f_min": 0.0, "f_max": 8000.0,
    "log": "ln", "log_floor": 0.0, "log_offset": _DOUBLE_EPSILON,
}  # fmt: skip

# Datadriven-GPVAD (Dinkel et al. 2021), whose teachers are published CRNN5s: the same bins and times at 22.05 kHz.
_GPV = _AT_CNN | {"sample_rate": 22050, "window": 882, "hop": 441, "f_max": 11025.0}

# tensorflow/models research/audioset/yamnet: patches of 96 frames every 48: 15600 samples, then 7680 each.
_YAMNET = {
    "sample_rate": 16000, "window": 400, "hop": 160, "n_fft": 512, "centre": False,
    "mel_scale": "htk", "mel_slopes": "mel", "mel_norm": None, "f_min": 125.0, "f_max": 7500.0,
    "power": 1.0, "log": "ln", "log_floor": 0.0, "log_offset": 0.001, "patch": 15600, "patch_hop": 7680,
}  # fmt: skip

# YuanGongND/ast (Gong et al. 2021): AudioSet's mean, and twice its standard deviation as the divisor. The
# model pads short clips with frames of 0 *before* the standardisation: that is -mean / divisor = 0.46703
# afterwards.
_AST = {
    "kind": "kaldi", "sample_rate": 16000, "window": 400, "hop": 160, "n_fft": 512, "centre": False,
    "mel_bins": 128, "mel_scale": "htk", "mel_slopes": "mel", "mel_norm": None, "f_min": 20.0,
    "f_max": 8000.0, "log": "ln", "log_floor": 2.0**-23, "mean": -4.2677393, "divisor": 2 * 4.5689974,
}  # fmt: skip

FRONT_ENDS: Mapping[str, Mapping[str, Any]] = {
    "panns": _PANNS,
    "panns-16k": _PANNS_16K,
    "panns-waveform": _PANNS_WAVEFORM,
    "dcase-baseline": _DCASE_BASELINE,
    # Koh et al. (RLSSR) give 44.1 kHz, 64 bins, 1024 and 512 samples: the baseline's four numbers. What they
    # leave open (window, range, power, logarithm, normalisation) is the baseline's too.
    "rlssr": _DCASE_BASELINE,
    "maac": _MAAC,
    "at-cnn": _AT_CNN,
    "gpv": _GPV,
    "yamnet": _YAMNET,
    "ast": _AST,
}


def front_end(name: str, **changes: Any) -> FeatureSettings:
    """Return the settings of the front-end `name`, with some of them changed.

    Raises:
        UserError: the name or a setting is unknown, or the settings do not go together.
    """
    if name not in FRONT_ENDS:
        raise unknown_name("front-end", name, FRONT_ENDS)
    for field in changes:
        if field not in FIELDS:
            raise unknown_name("feature setting", field, FIELDS)
    return FeatureSettings(**{**FRONT_ENDS[name], **changes})


def feature_settings(values: Mapping[str, Any]) -> FeatureSettings:
    """Return settings from a mapping: "front_end" names what the rest changes (by default "panns").

    Raises:
        UserError: as `front_end`.
    """
    changes = dict(values)
    name = changes.pop("front_end", "panns")
    if not isinstance(name, str):
        raise UserError(f"feature setting front_end must be a name ({', '.join(FRONT_ENDS)}), not {name!r}")
    return front_end(name, **changes)


def as_mapping(settings: FeatureSettings) -> dict[str, Any]:
    """Return every setting as plain values, from which `feature_settings` gives equal settings."""
    return asdict(settings)
