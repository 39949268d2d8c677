"""What runs cost: weights, operations, energy in records, and beside the scores of a table."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from torch import nn

from aacbench.cli import cli
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.inference.macs import multiply_accumulates, noise_clip, parameter_count
from aacbench.runs.energy import metered, require_meter
from aacbench.runs.execute import RunRequest, run
from aacbench.runs.record import RunRecord
from aacbench.runs.spent import spent, written


def test_multiply_accumulates_are_those_of_the_sums() -> None:
    linear, conv = nn.Linear(30, 20), nn.Conv1d(4, 8, 5)
    assert multiply_accumulates(lambda: linear(torch.ones(7, 30))) == 7 * 30 * 20
    assert multiply_accumulates(lambda: conv(torch.ones(1, 4, 104))) == 100 * 8 * 4 * 5
    gru = nn.GRU(10, 12, batch_first=True)
    assert multiply_accumulates(lambda: gru(torch.ones(1, 5, 10))) == 5 * 3 * 12 * (10 + 12)
    lstm = nn.LSTM(10, 12, batch_first=True)
    assert multiply_accumulates(lambda: lstm(torch.ones(1, 5, 10))) == 5 * 4 * 12 * (10 + 12)
    assert parameter_count(linear, linear, conv) == 30 * 20 + 20 + 4 * 8 * 5 + 8
    assert noise_clip() == noise_clip()


def test_records_and_tables_say_what_it_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    request = RunRequest("seq2seq", "soundscapes", "cnn10+gru-attention", "smoke", output=tmp_path, metrics=["bleu"])
    record, folder = run(request, manager.load([]).registries)
    assert record.network is not None
    assert record.network.parameters == record.network.trained_parameters == record.stages[-1].summary["parameters"]
    assert record.network.clip_macs and record.network.words_macs
    record_path = folder / "record.json"
    record_path.unlink()  # as if it was killed after decoding
    again, _ = run(request, manager.load([]).registries)
    assert again.network == record.network == RunRecord.load(record_path).network
    cost = spent(record)
    assert cost["parameters"] == record.network.parameters and cost["training_seconds"] > 0 and "tokens" not in cost
    done = CliRunner().invoke(cli, ["table", str(folder), "--costs", "--format", "json"], catch_exceptions=False)
    (row,) = json.loads(done.stdout)
    assert {"parameters", "clip_macs", "real_time_factor"} <= set(row)
    plain = CliRunner().invoke(cli, ["table", str(folder), "--costs"], catch_exceptions=False).stdout
    assert "MACs of 10 s" in plain and "weights" in plain


def test_numbers_are_short() -> None:
    assert [written("parameters", value) for value in (12, 2400, 8.4e9)] == ["12", "2.4 k", "8.4 G"]
    assert written("real_time_factor", 0.008248) == "0.00825"


def test_energy_is_measured_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    with metered(False) as meter:
        pass
    assert meter.kwh is None
    monkeypatch.setitem(sys.modules, "codecarbon", None)
    with pytest.raises(UserError, match="--energy needs"):
        require_meter()


@pytest.mark.slow
def test_energy_stands_in_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("codecarbon")
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    asked = {"preset": "smoke", "output": tmp_path, "metrics": ["bleu"], "energy": True}
    record, _ = run(RunRequest("nearest", "soundscapes", **asked), manager.load([]).registries)  # type: ignore[arg-type]
    (stage,) = record.stages
    assert stage.costs is not None and record.costs is not None
    assert (stage.costs.energy_kwh or 0) > 0 and (record.costs.energy_kwh or 0) > 0
    assert spent(record)["energy_kwh"] == pytest.approx(stage.costs.energy_kwh + record.costs.energy_kwh)  # type: ignore[operator]
    assert not [*tmp_path.rglob("emissions*")] and not [*Path().glob("emissions*")]
