"""The torch device of a run."""

from __future__ import annotations

import os

from aacbench.errors import UserError


def pick_device(asked: str) -> str:
    """Return the torch device: `auto` is the GPU where there is one.

    Raises:
        UserError: the device asked for is not there.
    """
    import torch

    if asked == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=asked)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"no device {asked!r} on this machine; use --device auto, cpu or cuda") from error
    return asked


def memory_of(device: str) -> int | None:
    """Return the bytes of a device's memory: of a GPU, or of the machine; None where the system does not say."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.get_device_properties(device).total_memory)
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None
