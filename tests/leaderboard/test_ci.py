"""What CI says of a branch: every changed line, headings and HTML too, as text alone, and where it was cut."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from .conftest import ROOT

WORKFLOW = ROOT / ".github/workflows/leaderboard.yml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the script and a small leaderboard, one commit."""
    folder = tmp_path / "repository"
    (folder / ".ci").mkdir(parents=True)
    (folder / "leaderboard/results").mkdir(parents=True)
    shutil.copy(ROOT / ".ci/leaderboard-diff", folder / ".ci")
    (folder / "leaderboard/README.md").write_text("# Leaderboard\n\n| 1 | a |\n")
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "m")


def said(folder: Path) -> str:
    commit(folder)
    done = subprocess.run(
        [folder / ".ci/leaderboard-diff", "HEAD~1"], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_all_that_changed_is_shown(repository: Path) -> None:
    (repository / "leaderboard/README.md").write_text("# Other heading\n\n| 1 | b |\n<details>x</details>\n")
    (repository / "leaderboard/results/new.json").write_text("{}")
    text = said(repository)
    for line in ("-# Leaderboard", "+# Other heading", "-| 1 | a |", "+| 1 | b |", "+<details>x</details>"):
        assert line in text.splitlines()
    assert "A\tleaderboard/results/new.json" in text and "Cut" not in text


def test_nothing_of_it_is_markdown_or_a_command(repository: Path) -> None:
    hostile = "````````````````````````\n::error::owned\n  ::set-output name=x::y\n##[error]owned\n@@ -1 +1 @@\n"
    (repository / "leaderboard/README.md").write_text(hostile)
    text = said(repository)
    fences = [line for line in text.splitlines() if line.startswith("`````")]
    assert len(fences) == 4 and all(re.fullmatch(r"`{20}(diff)?", line) for line in fences)
    assert not any(re.match(r"\s*[-+]?\s*::|.*##\[", line) for line in text.splitlines())


def test_it_says_where_it_was_cut(repository: Path) -> None:
    (repository / "leaderboard/README.md").write_text("x" * 1000 + "\n" + "".join(f"line {n}\n" for n in range(400)))
    text = said(repository)
    assert "... (cut, 401 more characters)" in text
    assert re.search(r"Cut after 200 of \d+ changed lines", text)


def test_the_workflow_covers_what_decides_a_score_and_publishes_without_packages() -> None:
    flow = yaml.safe_load(WORKFLOW.read_text())
    for trigger in flow[True].values():  # YAML takes `on` for a truth
        assert {"leaderboard/**", "aacbench/**", "plugins/**", "pyproject.toml"} <= set(trigger["paths"])
    for job in flow["jobs"].values():
        writes = [right for right, value in job["permissions"].items() if value == "write"]
        steps = job["steps"]
        assert not writes or not any(".ci/" in step.get("run", "") for step in steps)
        for step in steps:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step.get("uses", "a/b@" + "0" * 40))
    assert flow["permissions"] == {}
