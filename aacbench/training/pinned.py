"""Batches in page-locked memory, from which a GPU copies while the processor goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

A = TypeVar("A")


def pinned(batch: A) -> A:
    """Return a loaded batch with its tensors in page-locked memory: in tuples, lists, mappings and dataclasses."""
    return _mapped(batch)  # type: ignore[no-any-return]


def _mapped(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value if value.is_cuda else value.pin_memory()
    if is_dataclass(value) and not isinstance(value, type):
        moved = {field.name: _mapped(getattr(value, field.name)) for field in fields(value) if field.init}
        return replace(value, **moved)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(_mapped, value))
    if isinstance(value, (tuple, list)):
        return type(value)(map(_mapped, value))
    if isinstance(value, dict):
        return {name: _mapped(one) for name, one in value.items()}
    return value


def pinning(load: Callable[[Any], Any], device: str) -> Callable[[Any], Any]:
    """Return what loads batches for `device`: `load`, into page-locked memory where a GPU is to read them."""
    if torch.device(device).type != "cuda":
        return load
    return lambda batch: pinned(load(batch))
