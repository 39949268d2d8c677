"""Libraries that are absent or do not fit end in one line with versions and the command that mends it."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.runtime import libraries


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder first on the path, for stand-ins of libraries; what this process knows of torchaudio is put back."""
    monkeypatch.syspath_prepend(tmp_path)
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "torchaudio"}
    for name in before:
        del sys.modules[name]
    libraries.torchaudio_fault.cache_clear()
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
        del sys.modules[name]
    sys.modules.update(before)
    libraries.torchaudio_fault.cache_clear()


def package(folder: Path, name: str, code: str, version: str = "2.11.1") -> None:
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(code)
    (folder / f"{name}-{version}.dist-info").mkdir()
    (folder / f"{name}-{version}.dist-info/METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    importlib.invalidate_caches()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "raise OSError('lib.so: undefined symbol: torch_exception')",
            r"\(lib.so: undefined symbol: torch_exception\)",
        ),
        (
            "try:\n    raise OSError('libcudart.so.13: cannot open')\n"
            "except OSError as error:\n    raise OSError('Could not load this library') from error",
            r"\(libcudart.so.13: cannot open\)",
        ),
        ("raise RuntimeError('compiled with different CUDA versions')", r"\(compiled with different CUDA versions\)"),
        ("", r"No module named 'torchaudio.transforms'"),
    ],
)
def test_a_torchaudio_that_does_not_load_is_hidden(site: Path, code: str, reason: str) -> None:
    package(site, "torchaudio", code)
    fault = libraries.torchaudio_fault()
    assert fault is not None
    assert fault.startswith("torchaudio 2.11.1 cannot be loaded beside torch 2.")
    assert re.search(reason, fault)
    assert importlib.util.find_spec("torchaudio") is None
    assert libraries.torchaudio_fault() == fault


def test_a_library_that_is_absent() -> None:
    with pytest.raises(UserError, match=r"^--ray needs nothere, which is not installed: pip .* 'aacbench\[ray\]'$"):
        libraries.load("nothere", "--ray", install="'aacbench[ray]'")
    with pytest.raises(UserError, match=r"^a test needs not-here, which is not installed: pip install not-here$"):
        libraries.load("not_here.at_all", "a test")


def test_a_library_that_does_not_load_names_both_versions(site: Path) -> None:
    package(site, "misfit", "def __getattr__(name): raise ImportError('needs a newer torch\\nby far')", "1.5")
    assert libraries.load("misfit", "a test").__name__ == "misfit"
    wanted = r"^a test needs misfit 1.5, which cannot be loaded beside torch 2\S+ \(needs a newer torch by far\): "
    with pytest.raises(UserError, match=wanted + "pip install -U torch misfit$"):
        libraries.load("misfit", "a test", "Model")
