"""The tutorials, command by command, in an empty folder with a cache of its own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forked import Zygote, plugin_paths
from tests.homes import warm_home

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def blocks(page: str, kind: str) -> list[str]:
    """Return a page's code blocks of a kind."""
    text = (ROOT / "docs" / "tutorials" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def run_all(page: str, folder: Path, zygote: Zygote | None = None) -> str:
    """Run a page's commands in order, `aacbench` in forks of `zygote` if given; return what they printed."""
    printed = ""
    environment = {
        **os.environ,
        "AACBENCH_HOME": os.environ.get("AACBENCH_HOME", str(warm_home(folder / "home"))),
        "PYTHONPATH": plugin_paths(),
        "OMP_NUM_THREADS": "1",
    }
    for block in blocks(page, "bash"):
        for line in block.splitlines():
            module, *arguments = shlex.split(line)
            if zygote is not None and module == "aacbench":
                done = zygote.run(*arguments, cwd=folder, environment=environment).as_process()
            else:
                command = [sys.executable, "-m", module, *arguments]
                done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
            assert done.returncode == 0, f"{line}\n{done.stderr}"
            printed += done.stdout
    return printed


def test_first_score(tmp_path: Path) -> None:
    predictions, references = blocks("first-score.md", "csv")
    (tmp_path / "predictions.csv").write_text(predictions)
    (tmp_path / "references.csv").write_text(references)
    printed = run_all("first-score.md", tmp_path)
    assert "spider" in printed
    assert "| cider_d" in printed
    assert (tmp_path / "items.csv").is_file()


def test_first_run(zygote: Zygote, tmp_path: Path) -> None:
    printed = run_all("first-run.md", tmp_path, zygote)
    assert "base+pann+l1" in printed
    assert (tmp_path / "runs/soundscapes/rlssr/base+pann+l1/seed0-smoke/record.json").is_file()
    assert (tmp_path / "runs/soundscapes/human/default/seed0-smoke/record.json").is_file()


def test_first_plugin(tmp_path: Path) -> None:
    run_all("first-plugin.md", tmp_path)
    assert (tmp_path / "my-metric/aacbench_my_metric/metric.py").is_file()


@pytest.mark.parametrize("notebook", sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    shutil.copy(notebook, tmp_path)
    book, place = nbformat.read(notebook, 4), {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(book, timeout=600, resources=place).execute()
