"""Ensembles of finished runs from the command line: records and folders that name the members, moves, mistakes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aacbench.cli.caption import caption as caption_command
from aacbench.cli.run import run as run_command
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.inference.ensemble import EnsembleCaptioner
from aacbench.runs.execute import open_run
from aacbench.testing import check_method_run
from aacbench.text.vocabulary import SPECIAL, Vocabulary

Command = Callable[..., Result]
TONES = ("--dataset", "tones", "--metrics", "pitch_accuracy")
SMALL = ("--set", "captions.train.epochs=3")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the module, with two finished runs of other sizes and a floor."""
    return tmp_path_factory.mktemp("user")


@pytest.fixture
def command(place: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `aacbench run` in that folder, with the outsider's plugin."""
    host = manager.load([EntryPoint("tones", "tests.outsider.aacbench_tones", manager.GROUP)])
    monkeypatch.setattr(manager, "load", lambda: host)
    monkeypatch.setenv("AACBENCH_HOME", str(place / "home"))
    monkeypatch.chdir(place)
    return lambda *arguments: CliRunner().invoke(run_command, [*arguments])


@pytest.fixture
def runs(place: Path, command: Command) -> list[str]:
    """The folders of two finished runs."""
    for variant in ("small", "wide"):
        done = command("--method", "tones", "--variant", variant, *SMALL, *TONES)
        assert done.exit_code == 0, done.exception
    return ["runs/tones/tones/small/seed0", "runs/tones/tones/wide/seed0"]


def mistake(result: Result) -> str:
    assert isinstance(result.exception, UserError), result.output
    return str(result.exception)


def test_finished_runs_go_together(place: Path, command: Command, runs: list[str]) -> None:
    done = command("--method", "ensemble", "--members", *runs, *TONES)
    assert done.exit_code == 0, done.exception
    (folder,) = (place / "runs/tones/ensemble").glob("*/seed0")
    assert folder.parent.name.startswith("tones.small+tones.wide-")
    record = json.loads((folder / "record.json").read_text())
    assert record["variant"] == folder.parent.name
    (stage,) = record["stages"]
    for path, member in zip(runs, stage["summary"]["members"], strict=True):
        kept = json.loads((place / path / "record.json").read_text())
        assert (member["method"], member["variant"], member["seed"]) == ("tones", kept["variant"], 0)
        assert member["stages"] == {one["name"]: one["key"] for one in kept["stages"]}
    lines = (folder / "predictions.csv").read_text().splitlines()
    assert len(lines) == 1 + record["data"]["clips"]["evaluation"]
    wav = place / "tones/evaluation-001.wav"
    said = CliRunner().invoke(caption_command, [str(wav), "--run", str(folder)])
    assert said.output == f"{wav}\t{next(line for line in lines if wav.name in line).split(',')[1]}\n"
    again = command("--method", "ensemble", "--members", runs[1], "--members", runs[0], *TONES)
    assert again.exit_code == 0
    assert len(list((place / "runs/tones/ensemble").iterdir())) == 1  # the same members, the same name


def test_members_are_found_after_a_move_and_missed_after_a_new_run(
    place: Path, command: Command, runs: list[str], tmp_path: Path
) -> None:
    assert command("--method", "ensemble", "--members", *runs, *TONES).exit_code == 0
    shutil.copytree(place / "runs", tmp_path / "elsewhere")
    (folder,) = (tmp_path / "elsewhere/tones/ensemble").glob("*/seed0")
    registries = manager.load().registries
    captioner = open_run(folder, registries, "cpu")
    assert isinstance(captioner, EnsembleCaptioner)
    assert captioner.settings == captioner.members[0].settings
    kept = tmp_path / "elsewhere/tones/tones/small/seed0/record.json"
    record = json.loads(kept.read_text())
    record["stages"][0]["key"] = "0" * 64
    kept.write_text(json.dumps(record))
    with pytest.raises(UserError, match="was run again since"):
        open_run(folder, registries, "cpu")


def test_settings_of_its_own(place: Path, command: Command, runs: list[str]) -> None:
    changes = ("--set", "average=probabilities", "--set", "search.beam_size=2")
    done = command("--method", "ensemble", "--members", *runs, *changes, "--seed", "1", *TONES)
    assert done.exit_code == 0, done.exception
    (folder,) = (place / "runs/tones/ensemble").glob("*/seed1")
    captioner = open_run(folder, manager.load().registries, "cpu")
    assert isinstance(captioner, EnsembleCaptioner)
    assert captioner.settings.beam_size == 2
    assert captioner._decoder.average == "probabilities"


def test_an_ensemble_may_be_a_member(place: Path, command: Command, runs: list[str]) -> None:
    assert command("--method", "ensemble", "--members", *runs, *TONES).exit_code == 0
    other = command("--method", "tones", "--variant", "small", *SMALL, "--seed", "5", *TONES)
    assert other.exit_code == 0
    (first,) = (place / "runs/tones/ensemble").glob("*/seed0")
    both = ("runs/tones/tones/small/seed5", str(first))
    done = command("--method", "ensemble", "--members", *both, "--output", "nested", *TONES)
    assert done.exit_code == 0, done.exception


def test_mistakes_about_members_are_named(place: Path, command: Command, runs: list[str]) -> None:
    ensemble = ("--method", "ensemble", *TONES, "--members")
    assert "wants at least two finished runs: --members RUN RUN ...; came 1" in mistake(command(*ensemble, runs[0]))
    assert "came 0" in mistake(command("--method", "ensemble", *TONES))
    assert "are the same run" in mistake(command(*ensemble, runs[0], runs[0]))
    assert "no record at nowhere" in mistake(command(*ensemble, runs[0], "nowhere"))
    assert "takes no --members; finished runs go together" in mistake(
        command("--method", "tones", *TONES, "--members", *runs)
    )
    assert "name its members" in mistake(command("--variant", "x", *ensemble, *runs))
    assert command("--method", "floor", *TONES).exit_code == 0
    assert "has no vocabulary.json: floor says no" in mistake(
        command(*ensemble, runs[0], "runs/tones/floor/default/seed0")
    )
    stray = command("--method", "tones", "stray")
    assert stray.exit_code == 2
    assert "unexpected extra argument (stray)" in stray.output


def test_members_of_another_vocabulary_or_dataset_are_refused(place: Path, command: Command, runs: list[str]) -> None:
    ensemble = ("--method", "ensemble", *TONES, "--members")
    other = shutil.copytree(place / runs[1], place / "other", dirs_exist_ok=True)
    kept = Vocabulary.load(other / "vocabulary.json")
    first, *rest = kept.words[len(SPECIAL) :]
    Vocabulary([*rest, first], kept.rule).save(other / "vocabulary.json")
    said = mistake(command(*ensemble, runs[0], "other"))
    assert f"{runs[0]} and other have no common vocabulary" in said
    assert f"number 4 is {first!r} in one" in said
    moved = shutil.copytree(place / runs[1], place / "moved", dirs_exist_ok=True)
    record = json.loads((moved / "record.json").read_text())
    record["data"]["fingerprints"]["evaluation"] = "0" * 64
    record["data"]["settings"] = {"seed": "7"}
    (moved / "record.json").write_text(json.dumps(record))
    said = mistake(command(*ensemble, runs[0], "moved"))
    assert "moved was run on tones" in said
    assert "--dataset tones --dataset-set seed=7" in said


@pytest.mark.slow
def test_the_contract_of_a_method_holds(
    place: Path, command: Command, runs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [str(place / run) for run in runs]
    check_method_run("ensemble", tmp_path, dataset="tones", metrics=["pitch_accuracy"], members=members)
