"""The torch device of a run."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping

from aacbench.errors import UserError

HIDING = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "PYTORCH_NVML_BASED_CUDA_CHECK")


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


def drivers() -> Mapping[str, object]:
    """Return what decides, besides which torch it is, the GPUs that `pick_device` finds; torch is not loaded."""
    hiding = {name: os.environ[name] for name in HIDING if name in os.environ}
    return {"hiding": hiding, "cuda": _cuda(), "kfd": os.path.exists("/dev/kfd")}


def _cuda() -> list[int] | None:
    """Return what the NVIDIA driver answers, its version and how many devices it has; None where there is none."""
    version, count = ctypes.c_int(), ctypes.c_int()
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        answers = [driver.cuInit(0), driver.cuDriverGetVersion(ctypes.byref(version))]
        answers.append(driver.cuDeviceGetCount(ctypes.byref(count)))
    except (OSError, AttributeError):
        return None
    return [*answers, version.value, count.value]


def memory_of(device: str) -> int | None:
    """Return the bytes of a device's memory: of a GPU, or of the machine; None where the system does not say."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.get_device_properties(device).total_memory)
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None
