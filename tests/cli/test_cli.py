"""The command line's frame: light start-up, help, unknown names, exit codes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

Aacbench = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["plugins"], ["list", "methods"], ["run", "--help"]])
def test_listing_imports_no_torch(arguments: list[str]) -> None:
    code = (
        "import sys; from aacbench.cli import cli\n"
        f"try: cli.main({arguments!r}, standalone_mode=False)\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'pandas', 'numba', 'pydantic', 'sentence_transformers'} & set(sys.modules)\n"
        "sys.exit(','.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--method", "rlssr", "--variant", "bas"],
        ["--method", "sjtu2022", "--preset", "quik"],
        ["--method", "maac", "--set", "scst.sampels=3"],
        ["--method", "seq2seq", "--variant", "cnn10+transformr"],
        ["--method", "seq2seq", "--set", "decoder=transformr"],
        ["--method", "rlssr", "--encoder", "cnn10"],
        ["--method", "maac", "--metrics", "ciderd"],
        ["--method", "at-cnn", "--dataset-set", "developmnt=20"],
        ["--method", "ensemble", "--members", "nowhere", "elsewhere"],
    ],
)
def test_a_runs_mistake_is_answered_before_torch_is_loaded(arguments: list[str]) -> None:
    code = (
        "import sys; from aacbench.cli import cli; from aacbench.errors import UserError\n"
        f"try: cli.main(['run', *{arguments!r}], standalone_mode=False)\n"
        "except UserError as error: sys.exit(f'torch was loaded: {error}' if 'torch' in sys.modules else 0)\n"
        "sys.exit('no mistake was found')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_importing_aacbench_is_light() -> None:
    code = "import aacbench, sys; sys.exit(len({'torch', 'numpy', 'click'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_list_names_every_kind_and_the_plugins_variants(aacbench: Aacbench) -> None:
    done = aacbench("list")
    assert done.returncode == 0, done.stderr
    for text in (
        "datasets",
        "soundscapes",
        "clotho",
        "cnn10",
        "audio-tagging",
        "meteor",
        "floor",
        "base+pann+l1",
        "tones",
    ):
        assert text in done.stdout
    only = aacbench("list", "encoders")
    assert "cnn10" in only.stdout
    assert "meteor" not in only.stdout


def test_plugins_lists_what_each_brings_and_broken_ones(aacbench: Aacbench, outsider: object) -> None:
    done = aacbench("plugins", "--format", "tsv")
    assert "tones (aacbench-tones 1.0)\tok\tdatasets: tones; encoders: linear-tones" in done.stdout
    assert "rlssr" in done.stdout
    off = aacbench("plugins", "--format", "tsv", AACBENCH_DISABLE_PLUGINS="tones")
    assert "tones (aacbench-tones 1.0)\tdisabled" in off.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rum"], "unknown command 'rum'. Did you mean 'run'"),
        (["list", "metric"], "Did you mean 'metrics'"),
        (
            ["run"],
            "name a method: `aacbench run METHOD`; `aacbench list methods` names them; see python -m aacbench run",
        ),
        (["run", "rlssr", "maac"], "Got unexpected extra argument (maac)"),
        (["run", "--seed", "1", "rlssr", "--seed", "2"], "--seed is given more than once; see python -m aacbench run"),
        (["leaderboard", "site", "--root", "a", "--root", "b"], "--root is given more than once"),
        (["run", "rlssr", "--fresh", "--resume"], "--resume is given more than once"),
        (["run", "--method", "rlssr", "--sed", "1"], "--sed"),
        (["run", "--method", "rlssr", "--seed", "one"], "Invalid value for '--seed'"),
        (["score"], "Missing argument 'PREDICTIONS"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(aacbench: Aacbench, arguments: list[str], message: str) -> None:
    done = aacbench(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("aacbench: ")
    assert done.stderr.count("\n") == 1
