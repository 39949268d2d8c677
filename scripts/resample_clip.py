"""Resample the first recording of a folder, whose own rate is another one: does an installation work on real sound?"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from aacbench.audio.io import info, read
from aacbench.runtime.libraries import torchaudio_fault

RATE = 32_000


def main() -> None:
    """Print what came out; end with 1 where it is not the same sound."""
    folder = Path(sys.argv[1])
    clip = next((path for path in sorted(folder.glob("*.wav")) if info(path).sample_rate != RATE), None)
    if clip is None:
        print(f"no recording in {folder}: resampling is not tried on real sound")
        return
    own, new = read(clip), read(clip, RATE)
    seconds, power = len(new) / RATE, [float(np.mean(np.square(wave, dtype=np.float64))) for wave in (own, new)]
    by = "torchaudio" if torchaudio_fault() is None else "aacbench itself"
    rates = f"{info(clip).sample_rate} to {RATE} Hz by {by}"
    print(f"{clip.name}: {rates}, {seconds:.2f} s, power {power[0]:.3g} {power[1]:.3g}")
    if abs(seconds - info(clip).seconds) > 1e-3 or not 0.5 * power[0] < power[1] <= 1.01 * power[0]:
        sys.exit("it is not the same sound")


if __name__ == "__main__":
    main()
