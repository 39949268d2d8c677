"""`aacbench completion`: what shells are given, and what the tab key then offers."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from aacbench.cli import cli
from aacbench.cli.completion import SHELLS


def offered(*words: str) -> list[str]:
    return [item.value for item in ShellComplete(cli, {}, "aacbench", "_X").get_completions([*words[:-1]], words[-1])]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("ru",), ["run"]),
        (("run", "rl"), ["rlssr"]),
        (("run", "--method", "maa"), ["maac"]),
        (("run", "-d", "clo"), ["clotho"]),
        (("run", "rlssr", "--variant", "base-enc"), ["base-enc", "base-enc+pann"]),
        (("run", "--method", "rlssr", "--variant", "base+pann+l"), ["base+pann+l1", "base+pann+l2"]),
        (("score", "p.csv", "-m", "bleu,spider_"), ["bleu,spider_fl", "bleu,spider_max"]),
        (("list", "meth"), ["methods"]),
        (("show", "fens"), ["fense"]),
        (("score", "--form"), ["--format"]),
        (("score", "--format", "lat"), ["latex_booktabs"]),
    ],
)
def test_names_are_offered(words: tuple[str, ...], wanted: list[str]) -> None:
    assert offered(*words) == wanted


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_asks_aacbench(shell: str) -> None:
    text = CliRunner().invoke(cli, ["completion", shell]).stdout
    assert f"_AACBENCH_COMPLETE={shell}_complete" in text.replace("env ", "")


def test_bash_is_answered() -> None:
    environment = {
        **os.environ,
        "_AACBENCH_COMPLETE": "bash_complete",
        "COMP_WORDS": "aacbench run rls",
        "COMP_CWORD": "2",
    }
    code = "import sys; sys.argv[0] = 'aacbench'; from aacbench.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout == "plain,rlssr\n", done.stderr
