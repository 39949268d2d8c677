"""Whether the installed libraries can be loaded: each is imported, in a process of its own (`doctor_child`)."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from importlib import metadata

from aacbench.cli.doctor_child import RESAMPLING
from aacbench.runtime import children

SECONDS = 120.0  # for all libraries together
LIBRARIES = (
    *("numpy", "numba", "soundfile", "pandas", "matplotlib", "torch", "torchaudio", RESAMPLING),
    *("transformers", "sentence_transformers", "pycocoevalcap"),
)
EXTRAS = {
    "accelerate": "distributed",
    "datasets": "hub",
    "h5py": "pretrained",
    "mlflow": "mlflow",
    "ray": "ray",
    "submitit": "slurm",
    "tensorboard": "tensorboard",
    "tflite": "pretrained",
    "wandb": "wandb",
}
DISTRIBUTIONS = {"mlflow": "mlflow-skinny"}
NAMES = (*LIBRARIES, *EXTRAS)
Row = tuple[str, str, str]  # state, subject, what was found


def library_versions(names: Sequence[str] = NAMES) -> Iterator[Row]:
    """Yield a row a library by what is installed: ok, -- where it is not and need not be, bad with the remedy."""
    for name in names:
        if version := _version(name):
            yield "ok", _shown(name), version
        elif name in EXTRAS:
            yield "--", _shown(name), f"not installed: pip install 'aacbench[{EXTRAS[name]}]'"
        elif name == "torchaudio":
            yield "--", name, "not installed; aacbench's own code stands in for it"
        elif name != RESAMPLING:
            yield "bad", _shown(name), f"not installed: pip install {_shown(name)}"


def library_rows(names: Sequence[str] = NAMES) -> Iterator[Row]:
    """Yield the same rows after importing each library that is installed, and one for resampling."""
    left = [name for name in names if name == RESAMPLING or _version(name)]
    yield from library_versions([name for name in names if name not in left])
    while left:  # a process that a library ended is followed by one for the rest
        for row in _tried(left):
            yield row
            left.pop(0)


def _tried(names: Sequence[str]) -> Iterator[Row]:
    """Yield a row a name, from one child; the last one says how the child ended, where that was before its time."""
    command = children.python("-m", "aacbench.cli.doctor_child", *names)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=children.environment()
    ) as child:
        late = threading.Timer(SECONDS, child.kill)
        late.start()
        trying = names[0]
        for trying, state, said in filter(None, map(_read, child.stdout or ())):
            if state != "trying":
                yield state, _shown(trying), said or _version(trying)
        late.cancel()
    if child.returncode:
        yield "bad", _shown(trying), _ended(trying, child.returncode)


def _read(line: str) -> tuple[str, str, str] | None:
    """Return what the child says; None for a line of a library's own."""
    try:
        name, state, said = json.loads(line)
    except (ValueError, TypeError):
        return None
    return str(name), str(state), str(said)


def _ended(name: str, code: int) -> str:
    if code == -signal.SIGKILL:
        how = f"does not load within {SECONDS:.0f} s, or was killed"
    else:
        how = f"ends Python with {signal.Signals(-code).name if code < 0 else f'exit code {code}'}"
    return f"{_version(name)} {how}: pip install --force-reinstall {_shown(name)}".strip()


def _shown(name: str) -> str:
    return DISTRIBUTIONS.get(name, name.replace("_", "-"))


def _version(name: str) -> str:
    """Return what is installed, "" where nothing is."""
    try:
        return metadata.version(_shown(name))
    except metadata.PackageNotFoundError:
        return ""
