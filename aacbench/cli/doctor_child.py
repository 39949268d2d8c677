"""The process in which `aacbench doctor` imports what it reports: a library may end the process that imports it.

`python -m aacbench.cli.doctor_child NAME...` prints a line of JSON before and after each name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from aacbench.errors import AacbenchError, one_line
from aacbench.runtime import libraries

# What a library imports only when it is asked for.
LAZY = {
    "transformers": ("AutoModel", "AutoTokenizer", "BertModel", "ASTModel"),
    "sentence_transformers": ("SentenceTransformer",),
}
RESAMPLING = "resampling"


def main() -> None:
    """Try each name in turn."""
    for name in sys.argv[1:]:
        _tell(name, "trying")
        try:
            _tell(name, "ok", CHECKS.get(name, _imported)(name))
        except AacbenchError as error:
            _tell(name, "bad", str(error))
        except Exception as error:  # whatever else goes wrong is to be told, too
            _tell(name, "bad", one_line(error))


def _imported(name: str) -> str:
    libraries.load(name, "aacbench", *LAZY.get(name, ()))
    return ""


def _torchaudio(name: str) -> str:
    if fault := libraries.torchaudio_fault():
        remedy = libraries.torchaudio_remedy()
        raise AacbenchError(f"{fault}; aacbench's own code stands in for it; `{remedy}` ends this line")
    return ""


def _numba(name: str) -> str:
    numba: Any = libraries.load(name, "METEOR")
    if numba.njit(lambda number: number + 1)(1) != 2:
        raise AacbenchError("compiles wrongly: pip install -U numba llvmlite")
    return ""


def _resampling(name: str) -> str:
    """Resample a second of a tone of 1 kHz, and compare it with the same tone at the new rate."""
    import numpy as np

    from aacbench.audio.io import resample

    def tone(rate: int) -> Any:
        return np.sin(2 * np.pi * 1000 * np.arange(rate) / rate).astype(np.float32)

    error = float(np.abs(resample(tone(44_100), 44_100, 32_000) - tone(32_000))[1000:-1000].max())
    if not error < 1e-3:
        raise AacbenchError(f"a tone of 1 kHz is off by {error:g}: pip install -U torch torchaudio")
    return f"44.1 to 32 kHz by {'torchaudio' if libraries.torchaudio_fault() is None else 'aacbench itself'}"


CHECKS: dict[str, Callable[[str], str]] = {"torchaudio": _torchaudio, "numba": _numba, RESAMPLING: _resampling}


def _tell(name: str, state: str, said: str = "") -> None:
    print(json.dumps([name, state, said]), flush=True)


if __name__ == "__main__":
    main()
