"""Heavy libraries, loaded where they are used: what cannot be loaded is one line that says what mends it.

torchaudio is a compiled library that fits one range of torch releases and one CUDA version. pip can produce pairs that
do not load (an undefined symbol, a CUDA library that a CPU-only torch does not bring), and transformers imports it
wherever it finds it. So it is tried once, and where it fails, hidden from all that would import it later.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from platform import python_version
from types import ModuleType

from aacbench.errors import UserError, one_line

USED = {"torchaudio.transforms": "Resample", "torchaudio.compliance.kaldi": "fbank"}


@cache
def torchaudio_fault() -> str | None:
    """Return why torchaudio cannot be used, in one line; None where it can.

    It can where what aacbench uses of it is imported. Where it is installed and cannot, importing it is switched off
    for this process, so that transformers and sentence-transformers go on without it.
    """
    if "torchaudio" in sys.modules and sys.modules["torchaudio"] is None:
        return "switched off in this process"
    if find_spec("torchaudio") is None:
        return "not installed"
    try:
        for module, attribute in USED.items():
            getattr(import_module(module), attribute)
    except Exception as error:  # OSError for a symbol, RuntimeError for CUDA, AttributeError of a future release
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
            del sys.modules[name]
        sys.modules["torchaudio"] = None  # type: ignore[assignment]  # importlib's way to say that there is none
        return f"{installed('torchaudio')} cannot be loaded beside {installed('torch')} ({_reason(error)})"
    return None


def torchaudio_remedy() -> str:
    """Return the command that ends the complaint of `torchaudio_fault`: one without CUDA for a torch without CUDA."""
    torch = import_module("torch")
    built_for_gpu = torch.version.cuda or torch.version.hip
    return "pip install -U torch torchaudio" if built_for_gpu else "pip uninstall torchaudio"


def load(name: str, purpose: str, *attributes: str, install: str | None = None) -> ModuleType:
    """Import a library that `purpose` needs, with `attributes`, which lazy libraries import when they are asked for.

    `install` is what pip is to be given where it is not the library's own name, such as an extra of aacbench.

    Raises:
        UserError: it is not installed, or cannot be loaded beside the torch that is here.
    """
    torchaudio_fault()
    top = name.partition(".")[0]
    try:
        module = import_module(name)
        for attribute in attributes:
            getattr(module, attribute)
    except ModuleNotFoundError as error:
        if find_spec(top) is None:
            own = top.replace("_", "-")
            raise UserError(f"{purpose} needs {own}, which is not installed: pip install {install or own}") from error
        raise _unusable(top, purpose, error) from error
    except Exception as error:  # what a library raises that does not fit another one is of any kind
        raise _unusable(top, purpose, error) from error
    return module


def installed(name: str) -> str:
    """Return a library's name and version, or that it is absent."""
    distribution = name.replace("_", "-")
    try:
        return f"{distribution} {version(distribution)}"
    except PackageNotFoundError:
        return f"no {distribution}"


def _reason(error: BaseException) -> str:
    """Return what went wrong at the root, in one line: libraries wrap the loader's own words."""
    while error.__cause__ is not None:
        error = error.__cause__
    return one_line(error)


def _unusable(name: str, purpose: str, error: Exception) -> UserError:
    own = name.replace("_", "-")
    beside, both = (installed("torch"), f"torch {own}") if own != "torch" else (f"Python {python_version()}", own)
    return UserError(
        f"{purpose} needs {installed(name)}, which cannot be loaded beside {beside} ({_reason(error)}): "
        f"pip install -U {both}"
    )
