"""Checkpoints: safetensors with tensors by name and everything else as JSON in the header; written at once or not.

No pickle is ever read. A file holds `model/NAME` and, for resuming, `optimizer/KEY/NAME`; the header's `state` has the
counters, `key` and `name` say which stage's file it is, and a check sum tells a damaged file. Random numbers need no
state: every step is seeded by (seed, stage, step).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aacbench.errors import AacbenchError, DamagedError, first_few, one_line
from aacbench.files.atomic import atomic_path
from aacbench.files.safe_read import parse_json
from aacbench.models.checkpoint import optional_tensors, read_checked, write_checked
from aacbench.runs.stage_keys import started_key


def save(path: Path, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    """Write `tensors` and the JSON-able `state` to `path` atomically."""
    with atomic_path(path) as temporary:
        write_checked(temporary, tensors, {"state": json.dumps(state, sort_keys=True), **_stage(path)})


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save` wrote.

    Raises:
        DamagedError: the file is missing, cut short, altered, or not this stage's.
    """
    try:
        tensors, header = read_checked(path)
        for what, wanted in _stage(path).items():
            if header.get(what, wanted) != wanted:
                raise ValueError("it is another stage's, or another file of this one")
        state = parse_json(header["state"])
        if not isinstance(state, dict):
            raise ValueError("its state is no mapping")
        return tensors, state
    except (OSError, KeyError, ValueError) as error:
        raise DamagedError(
            path, f"{path} is no whole checkpoint ({one_line(error)}); repeat the run, if need be with --fresh"
        ) from error


def _stage(path: Path) -> dict[str, str]:
    """Return which stage a checkpoint in its folder belongs to, and as which of its files."""
    key = started_key(path.parent)
    return {} if key is None else {"key": key, "name": path.name}


def model_tensors(model: nn.Module) -> dict[str, Tensor]:
    """Return the model's parameters and buffers under `model/`."""
    return {f"model/{name}": tensor for name, tensor in model.state_dict().items()}


def load_model(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Put the tensors under `model/` into the model, strictly.

    Raises:
        AacbenchError: they are another network's.
    """
    wanted = model.state_dict()
    stored = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model/")}
    mine = {**optional_tensors(model), **stored}
    odd = [name for name in {**wanted, **mine} if name not in mine or name not in wanted]
    odd += [name for name in mine if name in wanted and mine[name].shape != wanted[name].shape]
    if odd:
        raise AacbenchError(f"a checkpoint is of another network than {type(model).__name__}: {first_few(odd)}")
    model.load_state_dict(mine)


def optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimiser's state by the parameters' names under `optimizer/`."""
    flat: dict[str, Tensor] = {}
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            flat[f"optimizer/{key}/{name}"] = value if isinstance(value, Tensor) else torch.tensor(value)
    return flat


def load_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put the tensors under `optimizer/` into the optimiser, on their parameters' device and in their layout."""
    parameters = dict(model.named_parameters())
    for flat, value in tensors.items():
        if flat.startswith("optimizer/"):
            _, key, name = (*flat.split("/", 2), "", "")[:3]
            if name not in parameters or (value.ndim and value.shape != parameters[name].shape):
                raise AacbenchError(f"a checkpoint's optimiser is of another network than this: {name!r}")
            parameter = parameters[name]
            own = value.to(parameter.device) if key == "step" else torch.empty_like(parameter).copy_(value)
            optimizer.state[parameter][key] = own
