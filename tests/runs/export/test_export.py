"""Exported runs caption, search and pretrain when the run, its members and the cache are gone, and are published."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner, Result

from aacbench.audio.source import array_audio
from aacbench.cli import cli
from aacbench.errors import DamagedError, UserError
from aacbench.host import manager
from aacbench.runs.export.folder import export_run
from aacbench.runs.record import RunRecord
from aacbench.runs.reopen import open_run
from aacbench.scoring.signatures import short
from aacbench.types import Clip
from tests.runs.export.hub import running

Command = Callable[..., Result]
TONES = ("--dataset", "tones", "--metrics", "pitch_accuracy", "--set", "captions.train.epochs=2")
RUN = "runs/tones/tones/small/seed0"
WIDE = "runs/tones/tones/wide/seed0"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the module."""
    return tmp_path_factory.mktemp("user")


@pytest.fixture
def command(place: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs aacbench in that folder, with the outsider's plugin."""
    host = manager.load([EntryPoint("tones", "tests.outsider.aacbench_tones", manager.GROUP)])
    monkeypatch.setattr(manager, "load", lambda: host)
    monkeypatch.setenv("AACBENCH_HOME", str(place / "home"))
    monkeypatch.chdir(place)
    return lambda *arguments: CliRunner().invoke(cli, [*map(str, arguments)])


@pytest.fixture
def run(command: Command) -> Path:
    """A finished run."""
    done = command("run", "tones", "--variant", "small", *TONES)
    assert done.exit_code == 0, done.exception
    return Path(RUN)


def mistake(result: Result) -> str:
    assert isinstance(result.exception, UserError), result.output
    return str(result.exception)


def captions(command: Command, folder: Path) -> str:
    done = command("predict", "tones", "--run", folder, "--device", "cpu")
    assert done.exit_code == 0, done.output
    assert len(done.stdout.splitlines()) > 150
    return done.stdout


def test_an_exported_run_captions_alone(
    place: Path, command: Command, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = captions(command, run)
    done = command("export", run, "--to", tmp_path / "out")
    assert done.exit_code == 0, done.exception
    assert f"MB, are in {tmp_path / 'out'}" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "another home"))
    moved = Path(shutil.move(tmp_path / "out", tmp_path / "elsewhere"))
    kept = shutil.move(run, tmp_path / "kept")
    try:
        assert captions(command, moved) == said
        wav = sorted((place / "tones").glob("evaluation*.wav"))[0]
        one = command("caption", wav, "--run", moved, "--device", "cpu")
        assert one.output.split("\t")[1].strip() in said
    finally:
        shutil.move(kept, run)
    names = {path.relative_to(moved).as_posix() for path in moved.rglob("*") if path.is_file()}
    assert {"README.md", "run.json", "record.json", "settings.toml", "vocabulary.json", "stages.json"} <= names
    assert not [name for name in names if "last" in name or "started" in name or "decoding" in name]
    assert command("export", moved, "--to", tmp_path / "again").exit_code == 0  # it is a run's folder


def test_the_card_has_scores_and_signatures(command: Command, run: Path, tmp_path: Path) -> None:
    command("export", run, "--to", tmp_path / "out")
    record = RunRecord.load(run / "record.json")
    text = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    head = yaml.safe_load(text.split("---\n")[1])
    (results,) = head["model-index"][0]["results"]
    assert {one["type"]: one["value"] for one in results["metrics"]} == {
        name: score.value for name, score in record.scores.items()
    }
    for score in record.scores.values():
        assert short(score.signature) in text
        assert short(score.signature).replace("|", "\\|") in text  # in the table
    assert "On 150 clips of the split evaluation." in text
    assert record.data.fingerprints["training"][:16] in text
    assert "It wants the plugin tests." in text  # the package that this dataset and network are of


def test_it_holds_no_paths_of_this_machine(command: Command, run: Path, tmp_path: Path) -> None:
    stored = json.loads((run / "run.json").read_text())
    command("export", run, "--to", tmp_path / "plain")
    assert json.loads((tmp_path / "plain/run.json").read_text()) == stored
    copied = shutil.copytree(run, tmp_path / "run")
    record = json.loads((copied / "record.json").read_text())
    record["settings"]["weights"] = "/home/someone/own.safetensors"
    (copied / "record.json").write_text(json.dumps(record))
    text = (copied / "settings.toml").read_text()
    (copied / "settings.toml").write_text(f'{text}\ndata_dir = "/home/someone/data"\n')
    command("export", copied, "--to", tmp_path / "out")
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or b"/home/someone" not in path.read_bytes(), path
    assert json.loads((tmp_path / "out/record.json").read_text())["settings"]["weights"] == "own.safetensors"


def test_members_of_an_ensemble_go_along(place: Path, command: Command, run: Path, tmp_path: Path) -> None:
    assert command("run", "tones", "--variant", "wide", *TONES).exit_code == 0
    made = command("run", "ensemble", "--members", RUN, "--members", WIDE, *TONES[:4])
    assert made.exit_code == 0, made.exception
    (folder,) = (place / "runs/tones/ensemble").glob("*/seed0")
    said = captions(command, folder)
    assert command("export", folder, "--to", tmp_path / "out").exit_code == 0
    away = shutil.move("runs", tmp_path / "away")
    try:
        assert captions(command, tmp_path / "out") == said
        members = json.loads(next((tmp_path / "out").glob("stage1-*/members.json")).read_text())
        assert [one["path"] for one in members] == ["members/0", "members/1"]
        shutil.rmtree(tmp_path / "out/members/1")
        assert mistake(command("predict", "tones", "--run", tmp_path / "out"))
    finally:
        shutil.move(away, "runs")


def test_what_cannot_be_exported(command: Command, run: Path, tmp_path: Path) -> None:
    assert "no record at" in mistake(command("export", tmp_path, "--to", tmp_path / "out"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full/a").touch()
    assert "holds something already" in mistake(command("export", run, "--to", tmp_path / "full"))
    copied = shutil.copytree(run, tmp_path / "run")
    (weights,) = copied.glob("stage*/best.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1])
    damaged = command("export", copied, "--to", tmp_path / "out")
    assert isinstance(damaged.exception, DamagedError)
    shutil.rmtree(weights.parent)
    assert "is gone; repeat the run" in mistake(command("export", copied, "--to", tmp_path / "out"))
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))
    assert command("export", run, "--to", tmp_path / "out", "--private").exit_code == 2


def push(place: Path, outsider: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[3]
    paths = [str(root), *(str(path) for path in sorted((root / "plugins").iterdir())), str(outsider)]
    return subprocess.run(
        [sys.executable, "-m", "aacbench", "export", *map(str, arguments)],
        cwd=place,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))},
            "AACBENCH_HOME": str(place / "home"),
            "HF_HOME": str(place / "hf"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_TOKEN": "hf_made_up",
            "PYTHONPATH": os.pathsep.join(paths),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_it_is_sent_to_the_hub(place: Path, run: Path, outsider: Path, tmp_path: Path) -> None:
    with running() as hub:
        done = push(
            place, outsider, RUN, "--to", tmp_path / "out", "--push", "me/tones", "--private", HF_ENDPOINT=hub.address
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == f"{hub.address}/me/tones"
    assert hub.made.get("private") is True or hub.made.get("visibility") == "private"
    assert hub.tokens == {"Bearer hf_made_up"}
    sent = {path.relative_to(tmp_path / "out").as_posix(): path for path in (tmp_path / "out").rglob("*")}
    assert hub.files == {name: path.read_bytes() for name, path in sent.items() if path.is_file()}
    assert any(name.endswith("best.safetensors") for name in hub.files)


def test_a_hub_that_refuses_is_one_line(place: Path, run: Path, outsider: Path, tmp_path: Path) -> None:
    with running() as hub:
        hub.refuses = True
        done = push(place, outsider, RUN, "--to", tmp_path / "out", "--push", "me/tones", HF_ENDPOINT=hub.address)
    assert done.returncode == 2
    assert "cannot send" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert (tmp_path / "out/README.md").is_file()
    gone = push(place, outsider, RUN, "--to", tmp_path / "next", "--push", "me/tones", AACBENCH_OFFLINE="1")
    assert (gone.returncode, "AACBENCH_OFFLINE is set" in gone.stderr) == (2, True)
    odd = push(place, outsider, RUN, "--to", tmp_path / "next", "--push", "no/such/name")
    assert (odd.returncode, "me/my-captioner" in odd.stderr) == (2, True)
    assert not (tmp_path / "next").exists()


@pytest.mark.slow
def test_a_pretrained_encoder_and_a_retriever_go_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    call = CliRunner().invoke
    small = ["--preset", "smoke", "--device", "cpu"]
    assert call(cli, ["run", "seq2seq", *small, "-m", "rouge_l"]).exit_code == 0
    assert call(cli, ["run", "sjtu2022-retrieval", *small]).exit_code == 0
    (captioner,) = Path("runs/soundscapes/seq2seq").glob("*/*")
    (retriever,) = Path("runs/soundscapes/sjtu2022-retrieval").glob("*/*")
    assert call(cli, ["export", str(captioner), "--to", "captioner"]).exit_code == 0
    assert call(cli, ["export", str(retriever), "--to", "retriever"]).exit_code == 0
    audio = sorted({str(Path(path).parent) for path in json.loads((retriever / "clips.json").read_text()).values()})
    search = ["search", "a dog barks", "--device", "cpu", "--run"]
    before = call(cli, [*search, str(retriever), "--folder", audio[0]])
    assert before.exit_code == 0, before.output
    shutil.copytree(audio[0], "audio")
    shutil.rmtree("runs")
    shutil.rmtree("home")
    after = call(cli, [*search, "retriever", "--folder", "audio"])
    names = [[Path(line.split("\t")[1]).name for line in one.stdout.splitlines()] for one in (before, after)]
    assert names[0] == names[1]
    assert "name a folder of audio with --folder" in mistake(call(cli, [*search, "retriever"]))
    assert not Path("retriever/clips.json").exists()
    done = call(cli, ["run", "seq2seq", *small, "-m", "rouge_l", "--pretrained", "captioner"])
    assert done.exit_code == 0, done.exception
    (started,) = Path("runs/soundscapes/seq2seq").glob("*/*")
    assert [one["name"] for one in json.loads((started / "record.json").read_text())["stages"]] == ["cross-entropy"]


def test_a_run_of_the_previous_release_goes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(Path(__file__).parents[2] / "golden/old_run", old := tmp_path / "old")
    monkeypatch.setenv("AACBENCH_HOME", str(old / "home"))
    (listed,) = old.glob("runs/*/*/*/*/stages.json")
    listed.write_text(listed.read_text().replace("HOME", str(old / "home")))
    registries = manager.load([]).registries
    sound = 0.1 * np.random.default_rng(0).standard_normal(32000)
    clip = Clip("a.wav", array_audio(sound, 16000))
    said = open_run(listed.parent, registries, "cpu").caption([clip])
    export_run(listed.parent, tmp_path / "out", registries)
    shutil.rmtree(old)
    assert open_run(tmp_path / "out", registries, "cpu").caption([clip]) == said
    assert (tmp_path / "out/stage1-pretrain-audio-tagging/encoder.safetensors").is_file()
