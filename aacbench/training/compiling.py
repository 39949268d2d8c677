"""Compile the parts of a network (`torch.compile`): fewer and larger kernels, after a minute that compiling takes.

A part that torch cannot compile runs as it is, and so does a whole network where nothing is there to compile with.
Names and values of weights stay, so that checkpoints are the same.
"""

from __future__ import annotations

import logging
import os
import shutil
from importlib.util import find_spec

import torch
from torch import nn

from aacbench.runtime.progress import status


def compile_parts(model: nn.Module, device: str) -> bool:
    """Let each child of a model be compiled when it is first called; return whether there is a compiler."""
    missing = _missing(torch.device(device).type)
    if missing:
        status(f"no {missing} to compile networks with: they run as they are")
        return False
    import torch._dynamo.config as dynamo  # noqa: PLC0415

    dynamo.suppress_errors = True
    logging.getLogger("torch._dynamo").setLevel(logging.ERROR)  # each part that runs as it is would print a traceback
    for part in model.children():
        part.compile(dynamic=True)
    return True


def _missing(device: str) -> str:
    """Return what is not there of what compiling for a device wants; nothing where all is."""
    if device == "cuda":
        return "" if find_spec("triton") else "triton"
    compilers = (os.environ.get("CXX"), "c++", "g++", "clang++")
    return "" if any(shutil.which(name) for name in compilers if name) else "C++ compiler"
