"""`aacbench plot attention` and `aacbench localise`: end to end on a real run, and a user's mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aacbench.cli import cli
from aacbench.contracts import DatasetOptions
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.execute import RunRequest
from aacbench.runs.execute import run as run_request
from aacbench.scoring.report import write_rows


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plot", "attention", "nowhere", "a.wav"), "holds no finished run"),
        (("plot", "attention", "nowhere", "a.wav", "--output", "x.pdf"), "written as .png or .svg"),
        (("localise", "nowhere"), "holds no finished run"),
    ],
)
def test_mistakes(arguments: tuple[str, ...], message: str) -> None:
    done = CliRunner().invoke(cli, arguments)
    assert isinstance(done.exception, UserError)
    assert message in str(done.exception)


@pytest.mark.slow
def test_a_run_is_drawn_and_localised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    request = RunRequest(
        "at-cnn", "soundscapes", "cnn10+scratch", "smoke", output=tmp_path / "runs", metrics=["cider_d", "localisation"]
    )
    record, folder = run_request(request, manager.load().registries)
    rows = [line.split(",") for line in (folder / "predictions.csv").read_text().splitlines()]
    assert rows[0] == ["file_name", "caption_predicted", "word_seconds"]
    assert all(len(said.split()) == len(seconds.split()) > 0 for _, said, seconds in rows[1:])
    again = CliRunner().invoke(cli, ["caption", str(next((tmp_path / "home").rglob(rows[1][0]))), "--run", str(folder)])
    assert again.output.rstrip("\n").endswith(f"\t{rows[1][1]}")
    dataset = manager.load().registries.dataset("soundscapes", DatasetOptions(settings={"preset": "tiny"}))
    wanted = [[clip.id, *clip.captions] for clip in dataset.clips("evaluation")]
    write_rows(tmp_path / "references.csv", ["file_name", *(f"caption_{number}" for number in range(1, 6))], wanted)
    files = [str(folder / "predictions.csv"), "--references", str(tmp_path / "references.csv")]
    scored = CliRunner().invoke(cli, ["score", *files, "--metrics", "localisation", "--json", "-"])
    found = json.loads(scored.stdout)["scores"]
    assert found == {name: record.scores[name].value for name in ("localisation", "localisation_chance")}
    done = CliRunner().invoke(cli, ["plot", "attention", str(folder), "evaluation-0002.wav", "--waveform"])
    assert done.exit_code == 0, done.output
    assert (folder / "attention-evaluation-0002.png").read_bytes().startswith(b"\x89PNG")
    wav = next((tmp_path / "home").rglob("evaluation-0001.wav"))
    picture = tmp_path / "own.svg"
    done = CliRunner().invoke(cli, ["plot", "attention", str(folder), str(wav), "--output", str(picture)])
    assert done.exit_code == 0, done.output
    assert "<svg" in picture.read_text()
    done = CliRunner().invoke(cli, ["localise", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output[done.output.index("{") :])
    assert found["words"] == len(found["scored"])
    assert all(0 <= word["mass"] <= 1 + 1e-6 and 0 < word["chance"] <= 1 for word in found["scored"])
    unknown = CliRunner().invoke(cli, ["plot", "attention", str(folder), "evaluation-9.wav"])
    assert isinstance(unknown.exception, UserError)
    assert "unknown clip of soundscapes" in str(unknown.exception)
