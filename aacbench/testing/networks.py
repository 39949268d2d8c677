"""What the checks of encoders and decoders share: training moves weights, evaluation is determined, files keep all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from aacbench.testing.report import Checked
from aacbench.training import checkpoint

ABSOLUTE, RELATIVE = 1e-4, 1e-3


def module(checked: Checked, made: object) -> nn.Module:
    """Return what a factory made, which has to be a `torch.nn.Module`."""
    checked.require(isinstance(made, nn.Module), "a torch.nn.Module from the factory", type(made).__name__)
    return cast(nn.Module, made)


def shaped(checked: Checked, what: str, found: object, shape: tuple[int, ...]) -> Tensor:
    """Return the tensor `found`, which has to have this shape."""
    checked.require(isinstance(found, Tensor), f"{what} as a tensor", type(found).__name__)
    tensor = cast(Tensor, found)
    checked.require(tuple(tensor.shape) == shape, f"{what} of shape {shape}", tuple(tensor.shape))
    return tensor


def finite(checked: Checked, what: str, found: Tensor) -> None:
    """Check that no number is NaN or infinite."""
    bad = int((~torch.isfinite(found)).sum())
    checked.require(not bad, f"finite numbers as {what}", f"{bad} of {found.numel()} that are NaN or infinite")


def close(checked: Checked, wanted: str, first: Tensor, second: Tensor) -> None:
    """Check that two tensors of one shape are equal up to rounding; `wanted` says why they should be."""
    checked.require(first.shape == second.shape, wanted, f"shapes {tuple(first.shape)} and {tuple(second.shape)}")
    gap = float((first - second).abs().max()) if first.numel() else 0.0
    checked.require(torch.allclose(first, second, RELATIVE, ABSOLUTE), wanted, f"a difference of {gap:.3g}")


def check_training(checked: Checked, network: nn.Module, loss: Callable[[], Tensor]) -> None:
    """Check that a loss over the network's outputs in training mode gives finite gradients to some weight."""
    network.train()
    network.zero_grad()
    value = loss()
    finite(checked, "output in training", value)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if not trained:
        return
    value.backward()  # type: ignore[no-untyped-call]
    gradients = [parameter.grad for parameter in trained if parameter.grad is not None]
    moved = any(bool(gradient.abs().max() > 0) for gradient in gradients)
    checked.require(moved, "a gradient in some weight", "none: is the output detached?")
    for gradient in gradients:
        finite(checked, "gradient", gradient)


def check_saved(
    checked: Checked, network: nn.Module, rebuild: Callable[[], nn.Module], output: Callable[[nn.Module], Tensor]
) -> None:
    """Check that a checkpoint of the network, loaded into a new one, gives the same output."""
    before = output(network)
    close(checked, "the same output for the same input in evaluation mode", before, output(network))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.safetensors"
        checkpoint.save(path, checkpoint.model_tensors(network), {})
        torch.manual_seed(99)
        other = rebuild().eval()
        tensors, _ = checkpoint.load(path)
        try:
            checkpoint.load_model(other, tensors)
        except RuntimeError as error:
            checked.require(False, "a checkpoint that fits a new network of the same settings", error)
    close(checked, "the same output after saving and loading", before, output(other))
