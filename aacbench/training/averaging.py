"""Averages of weights over the ends of epochs (stochastic weight averaging, Izmailov et al., UAI 2018).

Floating-point parameters and buffers are averaged, whole numbers are those of the last epoch.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from aacbench.training import checkpoint

PREFIX = "average/"


class WeightAverage:
    """The running mean of a network's tensors, by their names in a checkpoint."""

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}

    def add(self, model: nn.Module, count: int) -> None:
        """Take the model's weights in, as the `count`-th ones, from 1."""
        for name, value in checkpoint.model_tensors(model).items():
            old = self.tensors.get(name)
            if old is None or not value.is_floating_point():
                self.tensors[name] = value.detach().clone()
            else:
                old += (value - old) / count

    def stored(self) -> dict[str, Tensor]:
        """Return the tensors for a checkpoint."""
        return {PREFIX + name: value for name, value in self.tensors.items()}

    def restore(self, tensors: Mapping[str, Tensor], device: str) -> None:
        """Take back what `stored` gave."""
        averages = {name.removeprefix(PREFIX): value for name, value in tensors.items() if name.startswith(PREFIX)}
        self.tensors = {name: value.to(device) for name, value in averages.items()}
