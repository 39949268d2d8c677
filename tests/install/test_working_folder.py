"""A user's `random.py`, or one planted in a folder of downloads, is neither run nor in the way."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLANTED = "import pathlib; pathlib.Path(__file__).with_name('was-run').touch(); raise SystemExit('planted')\n"
Call = Callable[..., str]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Runs Python in a folder where modules of Python's own names lie."""
    for name in ("random", "json", "socket", "tempfile", "numpy", "torch", "typing"):
        (tmp_path / f"{name}.py").write_text(PLANTED)

    def run(*arguments: object) -> str:
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "AACBENCH_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert not (tmp_path / "was-run").exists()
        return done.stdout

    return run


def test_python_m(call: Call, tmp_path: Path) -> None:
    (tmp_path / "typing.py").unlink()  # `python -m` itself imports the package, which imports this one
    assert "soundscapes" in call("-m", "aacbench", "list", "datasets")


def test_workers_that_render_soundscapes(call: Call, tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from aacbench.datasets.soundscapes.generate import write_clips; "
        "from aacbench.datasets.soundscapes.settings import SoundscapesSettings; "
        f"write_clips(SoundscapesSettings(), Path({str(tmp_path)!r}), 'evaluation', range(26), lambda: None, 2)"
    )
    call("-P", "-c", program)
    assert len(list((tmp_path / "evaluation").glob("*.wav"))) == 26


def test_a_sweeps_child(call: Call, tmp_path: Path) -> None:
    program = (
        "from aacbench.sweep.jobs import Job, launch, LOG; import pathlib; "
        f"job = Job(('list', 'datasets'), {str(tmp_path / 'run')!r}, {str(tmp_path)!r}); "
        "code = launch(job).wait(); print(pathlib.Path(job.folder, LOG).read_text()); raise SystemExit(code)"
    )
    assert "soundscapes" in call("-P", "-c", program)


def test_processes_that_multiprocessing_spawns(call: Call, tmp_path: Path) -> None:
    script = tmp_path / "scripts" / "main.py"  # what spawn runs again in the child: a file, as the command is one
    script.parent.mkdir()
    script.write_text(
        "from multiprocessing import get_context\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from aacbench.runtime.children import safe_path\n"
        "def main():\n"
        "    with safe_path(), ProcessPoolExecutor(1, get_context('spawn')) as pool:\n"
        "        print(pool.submit(divmod, 7, 2).result())\n"
        "if __name__ == '__main__': main()\n"
    )
    assert call(script).strip() == "(3, 1)"


def test_every_child_is_started_so() -> None:
    """Whoever starts Python does it through `runtime.children`."""
    starts = re.compile(r"sys\.executable,|get_context\(|start_processes\(|ray\.init\(")
    for path in sorted((ROOT / "aacbench").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if starts.search(text) and path.name != "children.py":
            assert "children." in text or "safe_path()" in text or '"-P"' in text, path
