"""Nothing that aacbench does needs torchaudio: with it absent, and with one whose library does not load.

Both are processes of their own, over the packages that are installed here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.install.probe import answers, chirp

ROOT = Path(__file__).parents[2]
OWN = [ROOT, *sorted((ROOT / "plugins").iterdir())]
BROKEN = 'raise OSError("libtorchaudio.so: undefined symbol: torch_exception_get_what_without_backtrace")\n'
Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that is installed, but torchaudio."""
    folder = tmp_path_factory.mktemp("without")
    for entry in sys.path:
        for path in Path(entry).iterdir() if entry.endswith("-packages") and os.path.isdir(entry) else ():
            if not path.name.startswith("torchaudio") and not (folder / path.name).is_symlink():
                (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(params=["absent", "broken"])
def call(request: pytest.FixtureRequest, packages: Path, tmp_path: Path) -> Call:
    """Runs Python with a torchaudio that is absent, or that is installed and raises OSError."""
    if request.param == "broken":
        (tmp_path / "torchaudio").mkdir()
        (tmp_path / "torchaudio/__init__.py").write_text(BROKEN)
        (tmp_path / "torchaudio-2.11.1.dist-info").mkdir()
        (tmp_path / "torchaudio-2.11.1.dist-info/METADATA").write_text("Name: torchaudio\nVersion: 2.11.1\n")
    paths = [tmp_path, *OWN, packages]

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-S", "-P", *map(str, arguments)],  # without site, of the folders named here only
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def wanted(minilm: Path) -> dict[str, list[float]]:
    """What this process gives, with torchaudio where it loads."""
    return answers(minilm)


def test_resampling_features_encoders_and_similarity(call: Call, minilm: Path, wanted: dict[str, list[float]]) -> None:
    found = json.loads(call(ROOT / "tests/install/probe.py", minilm).stdout)
    assert found["fault"] == "not installed" or "undefined symbol" in found["fault"]
    assert found["numbers"].keys() == wanted.keys()
    for name, numbers in wanted.items():
        assert len(numbers) > 0
        np.testing.assert_allclose(found["numbers"][name], numbers, atol=1e-5 if name == "text encoder" else 1e-6)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of `nearest`, whose captions depend on resampled audio."""
    folder = tmp_path_factory.mktemp("run")
    options = ["--method", "nearest", "--dataset", "soundscapes", "--dataset-set", "preset=tiny"]
    subprocess.run([sys.executable, "-m", "aacbench", "run", *options, "--output", folder], cwd=ROOT, check=True)
    return folder / "soundscapes/nearest/default/seed0"


def test_a_file_of_44100_hz_is_captioned(call: Call, run_folder: Path, tmp_path: Path) -> None:
    clip = tmp_path / "chirp.wav"
    soundfile.write(clip, chirp(2.0, 44100), 44100)
    said = call("-m", "aacbench", "caption", clip, "--run", run_folder).stdout
    assert said.startswith(f"{clip}\t") and len(said.split("\t")[1].split()) > 2
