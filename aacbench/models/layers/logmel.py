"""Log-mel inside a network that reads the waveform, equal to `features.logmel` in single precision.

In: samples (B, T, hop), as features of the kind "waveform". Out: log-mel (B, T + 1, F). Every clip is reflected at its
own end, so padding changes nothing.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.audio import FeatureSettings
from aacbench.audio.mel import mel_matrix
from aacbench.models.layers.masks import valid


class LogMel(nn.Module):
    """Fixed: window and mel matrix are no parameters and in no checkpoint."""

    window: Tensor
    matrix: Tensor

    def __init__(self, settings: FeatureSettings) -> None:
        super().__init__()
        self.settings = settings
        self.register_buffer("window", torch.hann_window(settings.window), persistent=False)
        self.register_buffer("matrix", torch.from_numpy(mel_matrix(settings)).float(), persistent=False)

    @property
    def shortest(self) -> int:
        """Frames that a clip must have to be reflected at its ends."""
        return self.settings.n_fft // 2 // self.settings.hop + 1

    @torch.no_grad()
    def forward(self, samples: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Samples (B, T, hop), 0 beyond each length (B,) >= `shortest`, give log-mel (B, T + 1, F), lengths + 1."""
        settings = self.settings
        with torch.autocast(samples.device.type, enabled=False):
            waveform = self._reflected(samples.float().flatten(1), lengths * settings.hop)
            spectrum = torch.stft(
                waveform, settings.n_fft, settings.hop, settings.window, self.window, center=False, return_complex=True
            )  # (B, bins, T + 1)
            power = spectrum.abs() if settings.power == 1.0 else spectrum.real.square() + spectrum.imag.square()
            mel = (power.transpose(1, 2) @ self.matrix).clamp(min=settings.log_floor) + settings.log_offset
            values = 10.0 * mel.log10() if settings.log == "db" else mel.log()
        lengths = lengths + 1
        return values * valid(lengths, values.shape[1])[:, :, None], lengths

    def _reflected(self, waveform: Tensor, counts: Tensor) -> Tensor:
        """Return waveform (B, N) with n_fft / 2 samples more at both ends, reflected at each clip's `counts` (B,)."""
        half = self.settings.n_fft // 2
        padded = F.pad(waveform, (half, half))
        if self.settings.pad_mode == "constant":
            return padded
        padded[:, :half] = waveform[:, 1 : half + 1].flip(1)
        steps = torch.arange(half, device=waveform.device)[None, :]  # (1, half)
        tail = waveform.gather(1, counts[:, None] - 2 - steps)
        return padded.scatter(1, counts[:, None] + half + steps, tail)
