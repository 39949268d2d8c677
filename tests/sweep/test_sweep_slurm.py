"""Slurm: what `--slurm` is made of, and a sweep through submitit's local executor."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aacbench.errors import UserError
from aacbench.sweep.settings import Resources
from aacbench.sweep.slurm import Slurm, minutes, parsed, slurm_options

SWEEP = """
output = "runs"
[resources]
cpus = 1
[[runs]]
methods = ["floor", "human"]
datasets = "tones"
metrics = ["cider_d"]
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("90", 90),
        ("30m", 30),
        ("4h", 240),
        ("1.5h", 90),
        ("2d", 2880),
        ("20s", 1),
        ("1:30:00", 90),
        ("1-12:00:00", 2160),
    ],
)
def test_times_are_minutes(text: str, wanted: int) -> None:
    assert minutes(text) == wanted


@pytest.mark.parametrize("text", ["", "4 hours", "0", "-3", "h", "1:2:3:4", "9999999d"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="--slurm time wants"):
        minutes(text)


def test_options_are_those_of_slurm() -> None:
    options = parsed("partition=gpu, time=4h,gpus_per_node=2,qos=long")
    assert slurm_options(options) == {
        "timeout_min": 240,
        "slurm_partition": "gpu",
        "slurm_gpus_per_node": 2,
        "slurm_qos": "long",
    }
    for text in ("gpu", "partition=", "=gpu", "partition=a,partition=b", ""):
        with pytest.raises(UserError, match="--slurm wants KEY=VALUE"):
            parsed(text)


def test_what_slurm_does_not_have_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("submitit", reason="submitit is not installed")
    with pytest.raises(UserError, match="cannot use Slurm as 'partition=gpu'"):  # no sbatch here
        Slurm("partition=gpu", Resources(), None, tmp_path)
    with pytest.raises(UserError, match="cannot use Slurm as 'partitoin=gpu,cluster=local'"):
        Slurm("partitoin=gpu,cluster=local", Resources(), None, tmp_path)


@pytest.mark.slow
def test_a_sweep_through_submitit(start: Callable[..., Any], tmp_path: Path) -> None:
    pytest.importorskip("submitit", reason="submitit is not installed")
    (tmp_path / "sweep.toml").write_text(SWEEP)
    process = start(tmp_path, "sweep", "sweep.toml", "--slurm", "cluster=local,partition=gpu,time=30m", "--jobs", 2)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    records = sorted((tmp_path / "runs").rglob("record.json"))
    assert {json.loads(path.read_text())["method"] for path in records} == {"floor", "human"}
    assert list((tmp_path / "runs/slurm").iterdir())
