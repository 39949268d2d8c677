"""The site builds strictly; links of the README lead to files; examples in Python say what they print."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_site_builds_strictly(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    hooks = (tmp_path / "site" / "reference" / "hooks" / "index.html").read_text(encoding="utf-8")
    assert "register_trackers" in hooks
    settings = (tmp_path / "site" / "reference" / "settings" / "index.html").read_text(encoding="utf-8")
    assert "final_teacher_forcing_ratio" in settings


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:|#)([^)#]+)", README))))
def test_links_of_the_readme_lead_to_files(link: str) -> None:
    assert (ROOT / link).exists()


def python_blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_python_on_pages_is_python(page: Path) -> None:
    for block in python_blocks(page):
        ast.parse(block)


def test_the_readmes_score_prints_what_it_says() -> None:
    block, output = re.findall(r"```python\n(from aacbench import score.*?)```\n```text\n(.*?)```", README, re.DOTALL)[
        0
    ]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(block, {})
    assert printed.getvalue() == output


def test_the_readmes_metric_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from aacbench.scoring import score_items

    (block,) = [block for block in python_blocks(ROOT / "README.md") if "register_metrics" in block]
    module: dict[str, object] = {}
    exec(block, module)
    specs: list[object] = []
    register = module["register_metrics"]
    assert callable(register)
    register(specs.append)
    report = score_items(["a.wav"], ["a dog barks"], [["a dog"]], specs)  # type: ignore[arg-type]
    assert report.scores["words"].corpus == 3
