"""Multiply-accumulates of work with networks, by torch's FlopCounterMode: matrix products and convolutions alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from aacbench.audio.source import array_audio
from aacbench.types import Clip

SECONDS, WORDS = 10, 20
RATE = 16_000
TWENTY_WORDS = "a dog barks twice while rain falls on a roof and a car with a loud engine drives slowly past"


def multiply_accumulates(work: Callable[[], object]) -> int:
    """Return how many multiply-accumulates `work` does: half of torch's floating-point operations.

    Fused recurrent layers are switched off meanwhile, which torch would not look into.
    """
    from torch.utils.flop_counter import FlopCounterMode  # noqa: PLC0415

    counter = FlopCounterMode(display=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the switches themselves, which mention hardware that is not here
        fused = (torch.backends.mkldnn.flags(enabled=False), torch.backends.cudnn.flags(enabled=False))
        with fused[0], fused[1], torch.no_grad(), counter:
            work()
    return int(counter.get_total_flops()) // 2


def parameter_count(*networks: nn.Module) -> int:
    """Return how many weights networks have, those that they share once."""
    return sum(one.numel() for one in {id(one): one for network in networks for one in network.parameters()}.values())


def noise_clip(seconds: float = SECONDS, rate: int = RATE) -> Clip:
    """Return a clip of quiet noise, the same each time."""
    samples = np.random.default_rng(0).normal(0.0, 0.05, int(seconds * rate)).astype(np.float32)
    return Clip("noise.wav", array_audio(samples, rate, "noise.wav"))
