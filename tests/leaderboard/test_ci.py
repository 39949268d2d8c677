"""What CI says of a branch: every changed line, headings and HTML too, as text alone, and where it was cut."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from .conftest import ROOT

WORKFLOW, BOARD = ROOT / ".github/workflows/leaderboard.yml", ROOT / ".github/workflows/board.yml"


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


def test_the_workflow_covers_what_decides_a_score() -> None:
    flow = yaml.safe_load(WORKFLOW.read_text())
    for trigger in flow[True].values():  # YAML takes `on` for a truth
        assert {"leaderboard/**", "aacbench/**", "plugins/**", "pyproject.toml"} <= set(trigger["paths"])


@pytest.mark.parametrize("path", [WORKFLOW, BOARD], ids=lambda path: path.stem)
def test_packages_are_installed_where_nothing_may_be_written_and_actions_are_commits(path: Path) -> None:
    flow = yaml.safe_load(path.read_text())
    for job in flow["jobs"].values():
        writes = [right for right, value in job["permissions"].items() if value == "write"]
        steps = job["steps"]
        assert not writes or not any(".ci/" in step.get("run", "") or "pip" in step.get("run", "") for step in steps)
        for step in steps:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step.get("uses", "a/b@" + "0" * 40))
            assert "${{" not in step.get("run", "")  # what others wrote is no part of a script
    assert flow["permissions"] == {}


def test_the_workflow_of_a_new_leaderboard_calls_the_one_that_is_published_here() -> None:
    text = (ROOT / "aacbench/leaderboard/pages/templates/workflow.yml").read_text().replace("@VERSION@", "1.2.3")
    job = yaml.safe_load(text)["jobs"]["board"]
    called, _, tag = job["uses"].partition("@")
    assert ROOT / called.removeprefix("aacbench/aacbench/") == BOARD and tag == "v1.2.3"
    inputs = yaml.safe_load(BOARD.read_text())[True]["workflow_call"]["inputs"]
    wanted = {name for name, one in inputs.items() if one.get("required")}
    assert wanted <= set(job["with"]) <= set(inputs) and job["with"]["version"] == "1.2.3"
    given = {right for one in yaml.safe_load(BOARD.read_text())["jobs"].values() for right in one["permissions"]}
    assert given <= set(job["permissions"])
    install = yaml.safe_load(BOARD.read_text())["jobs"]["verify"]["steps"][2]["run"]
    assert "constraints.txt" in install and '"aacbench==$VERSION"' in install
