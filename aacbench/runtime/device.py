"""The torch device of a run."""

from __future__ import annotations

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
