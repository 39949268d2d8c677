"""Dropout from a quarter of the random numbers: on a processor, drawing them is most of what dropout costs.

Each number of 64 bits decides on four activations, by 16 bits each, so that the share that stays is a multiple of
1 / 65,536; what stays is scaled by the inverse of that very share. On other devices it is torch's own.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEVELS = 2**16


def dropout(values: Tensor, share: float, training: bool = True) -> Tensor:
    """Return values with `share` of them set to zero in training and the others scaled up, as `F.dropout` does."""
    if not training or share == 0.0:
        return values
    kept = round((1.0 - share) * LEVELS)
    if values.device.type != "cpu" or not 0 < kept < LEVELS or not values.is_floating_point():
        return F.dropout(values, share, training)
    dense = torch.empty_like(values, dtype=torch.bool)  # laid out in memory as the values are
    stays = dense.as_strided((values.numel(),), (1,))
    torch.lt(_draws(values.numel()), kept - LEVELS // 2, out=stays)
    return values * dense.to(values.dtype).mul_(LEVELS / kept)


def _draws(count: int) -> Tensor:
    """Return `count` random numbers of 16 bits with their sign."""
    return torch.empty((count + 3) // 4, dtype=torch.int64).random_(-(2**63), None).view(torch.int16)[:count]


class Dropout(nn.Dropout):
    """`nn.Dropout` by `dropout`."""

    def forward(self, input: Tensor) -> Tensor:
        """Return input of any shape with a share `p` of it set to zero in training."""
        return dropout(input, self.p, self.training)


def exchange_dropout(network: nn.Module) -> None:
    """Put `Dropout` in the place of all `nn.Dropout` inside a network."""
    for name, module in network.named_children():
        if type(module) is nn.Dropout and not module.inplace:
            setattr(network, name, Dropout(module.p).train(module.training))
        else:
            exchange_dropout(module)
