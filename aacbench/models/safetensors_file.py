"""Writes a safetensors file tensor by tensor: there is no second copy of all of them in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
ALIGNED = 8  # bytes


def write_safetensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write `tensors`, from whichever device, and `metadata`.

    Raises:
        OSError: the file cannot be written.
    """
    order = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))  # as the format's own writer
    entries: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for name in order:
        tensor, begin = tensors[name], end
        end += tensor.numel() * tensor.element_size()
        entries[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
    header = json.dumps(entries, separators=(",", ":")).encode()
    header += b" " * (-len(header) % ALIGNED)
    with path.open("wb") as handle:
        handle.write(len(header).to_bytes(8, "little") + header)
        for name in order:
            for part in tensor_bytes(tensors[name]):
                handle.write(part)


def tensor_bytes(tensor: Tensor) -> Iterator[memoryview]:
    """Yield the bytes of a tensor; only what lies elsewhere than in the processor's memory, in a row, is copied."""
    flat = tensor.detach().to("cpu").contiguous().flatten()
    if flat.numel():
        yield flat.view(torch.uint8).numpy().data
