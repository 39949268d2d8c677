"""What the previous release left still works: a run opens, is found finished, and decodes and scores again the same."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from aacbench.contracts import DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.execute import open_run, run
from aacbench.runs.record import RunRecord
from aacbench.runs.settings import build
from aacbench.sweep.plan import Planned, plan
from aacbench.sweep.schedule import look
from aacbench.sweep.settings import read_sweep
from aacbench.training import checkpoint
from aacbench.training.settings import CaptionTrainSettings

GOLDEN = Path(__file__).parents[1] / "golden/old_run"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what was left; its clips are generated once."""
    place = tmp_path_factory.mktemp("old")
    shutil.copytree(GOLDEN, place, dirs_exist_ok=True)
    (listed,) = place.glob("runs/*/*/*/*/stages.json")
    listed.write_text(listed.read_text().replace("HOME", str(place / "home")))
    return place


@pytest.fixture
def registries(home: Path, monkeypatch: pytest.MonkeyPatch) -> Registries:
    monkeypatch.setenv("AACBENCH_HOME", str(home / "home"))
    monkeypatch.chdir(home)

    def refuse(*arguments: Any) -> None:
        raise AssertionError("nothing is to be trained")

    monkeypatch.setattr(checkpoint, "save", refuse)
    return manager.load([]).registries


def planned(registries: Registries) -> Planned:
    (found,) = plan(Path("sweep.toml"), read_sweep(Path("sweep.toml")), registries)
    return found


def test_the_sweep_finds_its_run_finished(registries: Registries) -> None:
    (item,) = look([planned(registries)], registries, replace=False)
    assert (item.state, item.note) == ("finished", "")


def test_the_run_opens_and_says_what_it_said(registries: Registries) -> None:
    asked = planned(registries)
    assert asked.folder is not None
    with (asked.folder / "predictions.csv").open(encoding="utf-8") as handle:
        said = {row["file_name"]: row["caption_predicted"] for row in csv.DictReader(handle)}
    clips = registries.dataset("soundscapes", asked.request.options).clips("evaluation")
    assert open_run(asked.folder, registries, "cpu").caption(clips) == [said[clip.id] for clip in clips]


def test_the_run_goes_on_without_training_and_scores_the_same(
    registries: Registries, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = planned(registries)
    assert asked.folder is not None
    before = RunRecord.load(asked.folder / "record.json")
    same, _ = run(asked.request, registries)
    assert "this run was finished before" in capsys.readouterr().err
    assert same.scores == before.scores
    for name in ("record.json", "decoding.jsonl", "predictions.csv", "items.csv"):
        (asked.folder / name).unlink()
    after, folder = run(asked.request, registries)
    assert folder == asked.folder
    assert [stage.key for stage in after.stages] == [stage.key for stage in before.stages]
    assert [stage.summary for stage in after.stages] == [stage.summary for stage in before.stages]
    assert [stage.label for stage in after.stages] == ["tags", "XE"]
    assert {name: score.value for name, score in after.scores.items()} == pytest.approx(
        {name: score.value for name, score in before.scores.items()}
    )
    assert after.data.fingerprints == before.data.fingerprints
    stored = json.loads((folder / "run.json").read_text())["settings"]["captions"]
    assert stored["final_teacher_forcing_ratio"] == 0.8 and "last_teaching" not in stored


@pytest.mark.parametrize("name", ["last_teaching", "final_teacher_forcing_ratio"])
def test_a_setting_goes_by_either_name_and_is_checked_under_both(name: str) -> None:
    made = build(CaptionTrainSettings, [{"final_teacher_forcing_ratio": 0.5}, {name: 0.7}])
    assert made == build(CaptionTrainSettings, [{"final_teacher_forcing_ratio": 0.7}])
    with pytest.raises(UserError, match="the setting final_teacher_forcing_ratio cannot be 'much'"):
        build(CaptionTrainSettings, [{name: "much"}])


def test_code_that_uses_the_old_name_is_told_the_new_one() -> None:
    with pytest.warns(DeprecationWarning, match="'last_teaching' is called 'final_teacher_forcing_ratio' now"):
        made = CaptionTrainSettings(last_teaching=0.7)  # type: ignore[call-arg]
    with pytest.warns(DeprecationWarning, match="rename it"):
        assert made.last_teaching == 0.7  # type: ignore[attr-defined]


def test_the_clips_are_those_of_the_version_that_was_asked_for(registries: Registries) -> None:
    asked = planned(registries)
    assert asked.request.options == DatasetOptions(None, "1.0", asked.request.options.settings)
