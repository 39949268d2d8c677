"""A run as a file: what is written reads back, and `aacbench run --config` runs the same."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from aacbench.cli import cli
from aacbench.cli.run import run
from aacbench.contracts import DatasetOptions
from aacbench.errors import UserError
from aacbench.runs.config import config_text, read_config
from aacbench.runs.resolve import RunRequest

SETTINGS = {"a": 1, "b": 'x"y', "c": None, "d": {"e": [1, 2.5], "f": {"g": True}}, "h": 1e-3, "i": [{"j": None}]}


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    options = DatasetOptions(tmp_path, "v2", {"clotho.version": "v1", "seed": "3"})
    request = RunRequest("rlssr", "mix", preset="smoke", seed=2, options=options, metrics=["bleu", "rouge_l"])
    path = tmp_path / "settings.toml"
    path.write_text(config_text(request, "base", SETTINGS))
    named, settings = read_config(path)
    assert settings == SETTINGS
    assert named == {
        "method": "rlssr",
        "variant": "base",
        "dataset": "mix",
        "preset": "smoke",
        "seed": 2,
        "dataset_version": "v2",
        "data_dir": [str(tmp_path)],
        "metrics": ["bleu", "rouge_l"],
        "dataset_set": ["clotho.version=v1", "seed=3"],
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ", "is no TOML"),
        ("run = 3", r"`run` is a table, \[run\]"),
        ("[run]\nmethd = 'rlssr'", r"unknown key of \[run\] in .* Did you mean 'method'"),
    ],
)
def test_mistakes(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        cli.main(["run", "--config", str(path)], standalone_mode=False)


def test_options_change_what_the_file_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.toml"
    path.write_text(
        "[search]\nbeam_size = 7\n\n[run]\nmethod = 'rlssr'\nvariant = 'base'\nseed = 3\npreset = 'smoke'\n"
    )
    cli.main(["run", "--config", str(path), "--dry-run", "--seed", "5", "--set", "dim=64"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert "smoke, 5" in shown
    assert "rlssr/base/seed5-smoke" in shown
    for setting in ("setting search.beam_size", "7", "setting dim", "64"):
        assert setting in shown
    with pytest.raises(click.UsageError, match="name a method"):
        cli.main(["run", "--seed", "5"], standalone_mode=False)


def test_every_key_is_an_option(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text("[run]\nmethod = 'floor'\nmetrics = 'bleu'\noutput = 'elsewhere'\nresume = false\n")
    with click.Context(cli) as parent, run.make_context("run", ["--config", str(path)], parent=parent) as context:
        assert context.params["method"] == "floor" and context.params["metrics"] == ["bleu"]
        assert context.params["output"] == Path("elsewhere") and context.params["resume"] is False


def test_a_finished_run_s_settings_run_again(tmp_path: Path) -> None:
    asked = ["run", "floor", "--preset", "smoke", "--seed", "3", "-m", "rouge_l,bleu"]
    cli.main([*asked, "-o", str(tmp_path / "first")], standalone_mode=False)
    (first,) = (tmp_path / "first").rglob("record.json")
    again = ["run", "--config", str(first.with_name("settings.toml")), "-o", str(tmp_path / "again")]
    cli.main(again, standalone_mode=False)
    second = tmp_path / "again" / first.relative_to(tmp_path / "first")
    old, new = (json.loads(path.read_text()) for path in (first, second))
    for key in ("method", "variant", "preset", "seed", "data", "settings", "scores"):
        assert old[key] == new[key], key
    assert first.with_name("predictions.csv").read_bytes() == second.with_name("predictions.csv").read_bytes()
