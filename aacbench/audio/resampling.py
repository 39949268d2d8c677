"""Band-limited resampling: sinc interpolation under a Kaiser window (Smith, "Digital audio resampling").

torchaudio does it where its library loads; elsewhere `polyphase` does, which gives the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from aacbench.runtime.libraries import torchaudio_fault

# The values that torchaudio documents as equal to resampy's "kaiser_best".
ZEROS = 64  # zero crossings of the sinc on either side
ROLLOFF = 0.9475937167399596  # of the lower Nyquist frequency
BETA = 14.769656459379492  # of the Kaiser window

Resampler = Callable[[Tensor], Tensor]


@lru_cache(maxsize=8)
def resampler(old: int, new: int) -> Resampler:
    """Return what turns a waveform (N,), float32, at a rate of `old` into one at `new`, (ceil(N * new / old),).

    The rates are in any common unit, best without a common divisor: memory grows with both.
    """
    if torchaudio_fault() is None:
        from torchaudio.transforms import Resample  # loaded only where it is known to load  # noqa: PLC0415

        transform: Resampler = Resample(
            old,
            new,
            lowpass_filter_width=ZEROS,
            rolloff=ROLLOFF,
            resampling_method="sinc_interp_kaiser",
            beta=BETA,
        )
        return transform
    return polyphase(old, new)


def polyphase(old: int, new: int) -> Resampler:
    """Return torchaudio's resampling in plain torch.

    An output sample is a weighted sum of the input samples around it. The weights come back every `new` outputs, after
    `old` inputs: they are `new` filters, and the sums one strided convolution.
    """
    divisor = math.gcd(old, new)
    old, new = old // divisor, new // divisor
    filters, reach = _filters(old, new)

    def resample(waveform: Tensor) -> Tensor:
        padded = functional.pad(waveform, (reach, reach + old))
        phases = functional.conv1d(padded[None, None], filters[:, None], stride=old)[0]  # (new, periods)
        return phases.T.reshape(-1)[: -(-len(waveform) * new // old)]

    return resample


def _filters(old: int, new: int) -> tuple[Tensor, int]:
    """Return the filters (new, taps), float32, and how many samples before an output they start."""
    cutoff = ROLLOFF * min(old, new)  # in half the common unit of the rates
    reach = math.ceil(ZEROS * old / cutoff)
    inputs = torch.arange(-reach, reach + old, dtype=torch.float64) / old
    outputs = torch.arange(new, dtype=torch.float32) / new  # torchaudio rounds the phases: an error of 1e-5 to repeat
    crossings = (cutoff * (inputs[None] - outputs[:, None].double())).clamp(-ZEROS, ZEROS)
    window = torch.special.i0(BETA * (1.0 - (crossings / ZEROS).square()).sqrt())
    kaiser = window / torch.special.i0(torch.tensor(BETA, dtype=torch.float64))
    return (torch.sinc(crossings) * kaiser * (cutoff / old)).float(), reach
