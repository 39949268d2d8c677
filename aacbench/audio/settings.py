"""Every setting of a log-mel front-end, without loading torch. Lengths are in samples unless said otherwise.

The steps, in order: peak normalisation, zero padding to whole patches, framing, Hann window, FFT, magnitude
to the power `power`, mel matrix, floor and offset, logarithm, then (value - mean) / divisor.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Literal, get_args, get_type_hints

from aacbench.errors import UserError

# Part of every cache key: raise it when extraction gives other numbers for the same settings.
EXTRACTION_VERSION = 1


@dataclass(frozen=True)
class FeatureSettings:
    """How a waveform becomes features (frames, mel_bins).

    Attributes:
        kind: "mel" for the steps above; "kaldi" for Kaldi's filter bank, which removes each frame's mean and
            pre-emphasises it (0.97), with a symmetric Hann window and no dither; "waveform" for the samples
            themselves, as (frames, hop): a network computes its own spectrum from them, as the other settings
            say. Zeros fill the last hop.
        sample_rate: Hz; files at other rates are resampled.
        window, hop, n_fft: frame length, frame shift, FFT length. A window shorter than the FFT is centred
            in it.
        window_kind: "hann", the periodic one.
        centre: frame t is centred on sample t * hop, by padding n_fft // 2 samples at each end as `pad_mode`
            says; if false, frame t starts at sample t * hop and only whole frames count.
        mel_scale: "slaney" (linear to 1 kHz, then logarithmic) or "htk" (2595 log10(1 + f / 700)).
        mel_slopes: whether a filter's sides are straight over "hertz" (librosa) or over "mel" (TensorFlow,
            Kaldi; the 0 Hz bin then counts for nothing).
        mel_norm: "slaney" divides each filter by half its width in Hz; None leaves its peak at 1.
        f_min, f_max: Hz, the outer edges of the first and the last filter.
        power: 1 for the magnitude, 2 for the power spectrum.
        log: "db" is 10 log10, "ln" the natural logarithm, of max(value, log_floor) + log_offset.
        normalise_peak: divide the waveform by its greatest absolute sample.
        patch, patch_hop: where `patch` is not 0, the waveform is zero-padded to patch + k * patch_hop
            samples.
        mean, divisor: the last step, a fixed standardisation.
    """

    sample_rate: int = 32000
    window: int = 1024
    hop: int = 320
    n_fft: int = 1024
    window_kind: Literal["hann"] = "hann"
    centre: bool = True
    pad_mode: Literal["reflect", "constant"] = "reflect"
    mel_bins: int = 64
    mel_scale: Literal["slaney", "htk"] = "slaney"
    mel_slopes: Literal["hertz", "mel"] = "hertz"
    mel_norm: Literal["slaney"] | None = "slaney"
    f_min: float = 50.0
    f_max: float = 14000.0
    power: float = 2.0
    log: Literal["db", "ln"] = "db"
    log_floor: float = 1e-10
    log_offset: float = 0.0
    normalise_peak: bool = False
    patch: int = 0
    patch_hop: int = 1
    mean: float = 0.0
    divisor: float = 1.0
    kind: Literal["mel", "kaldi", "waveform"] = "mel"

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(FeatureSettings).items():
            object.__setattr__(self, name, _checked(name, hint, getattr(self, name)))
        self._check_sizes()
        if self.kind == "kaldi":
            self._check_kaldi()
        if self.kind == "waveform" and (self.patch or self.normalise_peak or self.mean or self.divisor != 1.0):
            raise UserError("'waveform' features are the samples as they are: no patch, normalise_peak, mean, divisor")

    def _check_sizes(self) -> None:
        for name in ("sample_rate", "window", "hop", "mel_bins", "patch_hop"):
            if getattr(self, name) < 1:
                raise UserError(f"feature setting {name} must be 1 or more, not {getattr(self, name)}")
        if self.n_fft < self.window:
            raise UserError(f"feature setting n_fft ({self.n_fft}) must be at least window ({self.window})")
        if not 0 <= self.f_min < self.f_max <= self.sample_rate / 2:
            raise UserError(
                f"feature settings f_min and f_max must lie in order between 0 and half the sample rate "
                f"({self.sample_rate / 2:g} Hz), not at {self.f_min:g} and {self.f_max:g} Hz"
            )
        if self.power not in (1.0, 2.0):
            raise UserError(f"feature setting power must be 1 (magnitude) or 2 (power), not {self.power:g}")
        if self.log_floor < 0 or self.log_offset < 0 or self.log_floor + self.log_offset == 0:
            raise UserError(
                "feature settings log_floor and log_offset must be 0 or more, and one above 0, so that "
                f"silence has a logarithm; they are {self.log_floor:g} and {self.log_offset:g}"
            )
        if self.patch < 0 or self.divisor == 0:
            raise UserError("feature setting patch must not be negative, and divisor must not be 0")

    def _check_kaldi(self) -> None:
        fft = 1 << (self.window - 1).bit_length()
        fixed = {
            "n_fft": fft, "centre": False, "mel_scale": "htk", "mel_slopes": "mel", "mel_norm": None,
            "log": "ln", "log_floor": 2.0**-23, "log_offset": 0.0,
        }  # fmt: skip
        wrong = [f"{name} = {value!r}" for name, value in fixed.items() if getattr(self, name) != value]
        if wrong:
            raise UserError(f"'kaldi' features with a window of {self.window} need {', '.join(wrong)}")

    @property
    def hop_seconds(self) -> float:
        """Seconds from one frame to the next."""
        return self.hop / self.sample_rate

    @property
    def width(self) -> int:
        """Values a frame: the mel bins, or a hop's samples."""
        return self.hop if self.kind == "waveform" else self.mel_bins

    def padded(self, samples: int) -> int:
        """Return how many samples are framed: `samples`, filled up to one frame, to whole hops or patches."""
        if self.kind == "waveform":
            return max(1, -(-samples // self.hop)) * self.hop
        if self.patch:
            more = max(0, samples - self.patch)
            samples = self.patch + -(-more // self.patch_hop) * self.patch_hop
        return max(samples, 1 if self.centre else self.window)

    def frames(self, samples: int) -> int:
        """Return how many frames a waveform of `samples` at `sample_rate` gives; at least one."""
        samples = self.padded(samples)
        if self.kind == "waveform":
            return samples // self.hop
        return samples // self.hop + 1 if self.centre else (samples - self.window) // self.hop + 1

    def key(self) -> str:
        """Return a name for these settings that is safe in paths, the same on every machine and Python."""
        text = json.dumps({"version": EXTRACTION_VERSION, **asdict(self)}, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        return f"{self.sample_rate}hz-{self.window}-{self.hop}-{self.mel_bins}mel-{digest}"


_WANTED: dict[object, str] = {int: "a whole number", bool: "true or false", float: "a number"}


def _checked(name: str, hint: object, value: object) -> object:
    """Return `value` as the field's type, so that 50 and 50.0 Hz are one setting with one key."""
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if hint in (int, bool) and type(value) is hint:
        return value
    choices = [choice for part in (get_args(hint) or ()) for choice in (get_args(part) or (part,))]
    choices = [None if choice is type(None) else choice for choice in choices]
    if choices and value in choices:
        return value
    wanted = " or ".join(map(repr, choices)) or _WANTED[hint]
    raise UserError(f"feature setting {name} must be {wanted}, not {value!r}")


FIELDS = tuple(field.name for field in fields(FeatureSettings))
