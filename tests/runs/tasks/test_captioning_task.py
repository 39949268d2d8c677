"""Scoring a run's captions: what a metric needs that the system does not say is left out, and the rest is scored."""

from __future__ import annotations

from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.execute import RunRequest, run


def request(folder: Path, *metrics: str, method: str = "floor") -> RunRequest:
    return RunRequest(method, "soundscapes", preset="smoke", output=folder, metrics=metrics)


@pytest.mark.parametrize("method", ["floor", "human"])
def test_metrics_of_attention_are_left_out_where_nobody_attends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], method: str
) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    registries = manager.load([]).registries
    record, folder = run(request(tmp_path, "bleu_1", "localisation", method=method), registries)
    assert [*record.scores] == ["bleu_1"]
    said = capsys.readouterr().err
    assert f"left out: {method} does not say when it attends at its words" in said
    assert (folder / "predictions.csv").read_text().startswith("file_name,caption_predicted\n")
    with pytest.raises(UserError, match="localisation wants to know when a system attended"):
        run(request(tmp_path, "localisation", method=method), registries)  # nothing else is left to be scored
