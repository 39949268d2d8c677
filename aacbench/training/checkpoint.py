"""Checkpoints: safetensors with tensors by name and everything else as JSON in the header; written at once or not.

No pickle is ever read. A file holds `model/NAME` and, for resuming, `optimizer/KEY/NAME`; the header's `state` has
the counters. Random numbers need no state: every step is seeded by (seed, stage, step).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from aacbench.errors import AacbenchError
from aacbench.paths import atomic_path


def save(path: Path, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    """Write `tensors` and the JSON-able `state` to `path` atomically."""
    flat = {name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()}
    with atomic_path(path) as temporary:
        save_file(flat, temporary, metadata={"state": json.dumps(state, sort_keys=True)})


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save` wrote.

    Raises:
        AacbenchError: the file is missing, truncated or not a checkpoint of ours.
    """
    try:
        with safe_open(path, framework="pt") as stored:
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  (no mapping)
            return tensors, json.loads((stored.metadata() or {})["state"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise AacbenchError(f"{path} is no whole checkpoint ({error}); repeat the run with --fresh") from error


def model_tensors(model: nn.Module) -> dict[str, Tensor]:
    """Return the model's parameters and buffers under `model/`."""
    return {f"model/{name}": tensor for name, tensor in model.state_dict().items()}


def load_model(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Put the tensors under `model/` into the model, strictly."""
    model.load_state_dict({name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model/")})


def optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimiser's state by the parameters' names under `optimizer/`."""
    flat: dict[str, Tensor] = {}
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            flat[f"optimizer/{key}/{name}"] = value if isinstance(value, Tensor) else torch.tensor(value)
    return flat


def load_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put the tensors under `optimizer/` into the optimiser. Adam's step counters stay on the CPU, as in torch."""
    parameters = dict(model.named_parameters())
    for flat, value in tensors.items():
        if flat.startswith("optimizer/"):
            _, key, name = flat.split("/", 2)
            parameter = parameters[name]
            optimizer.state[parameter][key] = value if key == "step" else value.to(parameter.device)
