"""In which precision a network is trained: autocast around its forward pass, and the scaling that float16 wants.

Weights, optimiser and losses stay in single precision. Gradients in float16 vanish below 6e-8: the loss is multiplied
by a number that is halved, and the step left out, when a gradient overflows (Micikevicius et al., ICLR 2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler

from aacbench.training.settings import PrecisionName

KINDS = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Precision:
    """`name` as in `TrainSettings`, for a network on `device`."""

    def __init__(self, name: PrecisionName, device: str) -> None:
        self.device = torch.device(device).type
        if name == "auto":
            name = "bfloat16" if self.device == "cuda" and torch.cuda.is_bf16_supported() else "float32"
        self.kind = KINDS.get(name)
        self.scaler = GradScaler(self.device, enabled=name == "float16")

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context that the forward pass is made in."""
        return torch.autocast(self.device, dtype=self.kind or torch.bfloat16, enabled=self.kind is not None)

    def scaled(self, loss: Tensor) -> Tensor:
        """Return the loss as gradients are to be taken of it."""
        scaled: Tensor = self.scaler.scale(loss)
        return scaled

    def step(self, optimizer: torch.optim.Optimizer, model: nn.Module, clip_norm: float | None) -> None:
        """Make an optimiser step with the gradients, cut to a norm if asked for."""
        if clip_norm is not None:
            self.scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        self.scaler.step(optimizer)
        self.scaler.update()

    def state(self) -> dict[str, float]:
        """Return what a checkpoint keeps of the scaling; nothing where there is none."""
        return dict(self.scaler.state_dict())

    def restore(self, state: Mapping[str, float]) -> None:
        """Take back what `state` gave."""
        if state:
            self.scaler.load_state_dict(dict(state))
