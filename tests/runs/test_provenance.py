"""What work was done with belongs to the work: written when it was done, with the code of its plugins in the keys."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aacbench.contracts import MethodSpec, Stage
from aacbench.contracts.context import RunContext
from aacbench.contracts.registry import Registries
from aacbench.host import manager
from aacbench.runs import provenance
from aacbench.runs.execute import RunRequest, run
from aacbench.runs.record import RunRecord
from aacbench.runs.stage_keys import FINISHED, STARTED
from aacbench.runs.stages import run_stages

RUNS: list[str] = []


@dataclass(frozen=True)
class Work(Stage):
    """A stage of a plugin's method, which counts how often it is run."""

    name: str = "work"
    shared: bool = False
    artifacts: tuple[str, ...] | None = ("out",)

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        return {"method": "third", "settings": {"lr": 0.1}}

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        RUNS.append(self.name)
        (folder / "out").write_text("x")
        return {}


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes the code of the module that the method `third` comes from."""
    RUNS.clear()
    monkeypatch.syspath_prepend(tmp_path)

    def write(code: str) -> None:
        (tmp_path / "third_plugin.py").write_text(code)
        provenance._plugin.cache_clear()
        sys.modules.pop("third_plugin", None)

    write("one = 1\n")
    return write


def context_of(make_context: Callable[[str], RunContext], name: str = "run") -> RunContext:
    context = make_context(name)
    context.registries.methods.add(MethodSpec("third", "a third party's", "third_plugin:Method"), "third (x 1.0)")
    return context


@pytest.mark.parametrize("shared", [False, True])
def test_a_stage_says_what_it_was_run_with_and_keeps_saying_so(
    make_context: Callable[[str], RunContext],
    plugin: Callable[[str], None],
    shared: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (first,) = run_stages(context_of(make_context), [Work(shared=shared)])
    assert first.made is not None
    assert first.made["libraries"]["torch"] and first.made["hardware"]["device"] == "cpu"
    assert set(first.made["plugins"]) == {"third_plugin"} and len(first.made["plugins"]["third_plugin"]["code"]) == 64
    monkeypatch.setattr(provenance, "libraries", lambda: {"torch": "of another day"})
    (again,) = run_stages(context_of(make_context), [Work(shared=shared)])
    assert again == first and RUNS == ["work"]


def test_another_code_of_the_plugin_is_another_stage(
    make_context: Callable[[str], RunContext], plugin: Callable[[str], None]
) -> None:
    (first,) = run_stages(context_of(make_context), [Work()])
    plugin("one = 2\n")
    (second,) = run_stages(context_of(make_context), [Work()])
    assert first.key != second.key and first.legacy == second.legacy and RUNS == ["work", "work"]


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("killed", [False, True])
def test_stages_of_the_first_version_are_found_and_gone_on_with(
    make_context: Callable[[str], RunContext],
    plugin: Callable[[str], None],
    shared: bool,
    killed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stages = [Work("first", shared), Work("second")]
    with monkeypatch.context() as old:
        old.setattr("aacbench.runs.stage_keys.plugins_named", lambda inputs, registries: {})
        earlier = context_of(make_context)
        before = run_stages(earlier, stages)
    for folder in earlier.stages.values():
        finished = json.loads((folder / FINISHED).read_text())
        del finished["made"], finished["check"], finished["files"]
        (folder / FINISHED).write_text(json.dumps(finished))  # as releases before check sums wrote it
    if killed:
        (earlier.stages["second"] / FINISHED).unlink()
    RUNS.clear()
    again = run_stages(context_of(make_context), stages)
    assert [result.key for result in again] == [result.key for result in before]
    assert (["second"] if killed else []) == RUNS
    assert again[0].made is None
    if killed:
        assert json.loads((earlier.stages["second"] / STARTED).read_text())["key"] == before[1].key
    (third,) = run_stages(context_of(make_context, "another"), [Work("third")])
    assert third.key != third.legacy  # what is begun now stands under its own code


def test_the_core_has_no_plugin_in_its_keys_and_other_plugins_have_theirs() -> None:
    registries = manager.load().registries
    assert provenance.plugins_named({"method": "floor", "encoder": "cnn10"}, registries) == {}
    named = provenance.plugins_named({"method": "rlssr", "network": {"decoder": "transformer"}}, registries)
    if "rlssr" not in registries.methods:
        pytest.skip("the plugin rlssr is not installed")
    assert set(named) == {"rlssr"} and named["rlssr"].distribution == "aacbench" and named["rlssr"].version


def looked_at(folder: Path, registries: Registries, metrics: str = "bleu") -> RunRecord:
    return run(RunRequest("floor", "soundscapes", preset="smoke", output=folder, metrics=[metrics]), registries)[0]


def test_looking_at_a_finished_run_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    registries = manager.load([]).registries
    first = looked_at(tmp_path, registries)
    assert first.stages[0].costs is not None and first.costs is not None
    assert 10**7 < (first.stages[0].costs.peak_ram_bytes or 10**8) < 10**11
    assert first.costs.audio_seconds == pytest.approx(8 * 5, rel=0.9) and first.costs.real_time_factor is not None
    (path,) = tmp_path.rglob("record.json")
    content = path.read_bytes()
    monkeypatch.setattr(provenance, "commit", lambda: "f" * 40)
    monkeypatch.setattr(provenance, "libraries", lambda: {"torch": "of another day"})
    assert looked_at(tmp_path, registries) == first
    assert path.read_bytes() == content
    scored = looked_at(tmp_path, registries, "rouge_l")  # other scores of the same captions
    assert set(scored.scores) == {"rouge_l"}
    assert (scored.commit, scored.libraries, scored.stages) == (first.commit, first.libraries, first.stages)
    (path.parent / "decoding.jsonl").unlink()
    assert looked_at(tmp_path, registries).commit == "f" * 40  # decoded with what is here now


def test_changes_that_are_not_committed_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(provenance, "commit", lambda: "f" * 40 + "+")
    assert looked_at(tmp_path, manager.load([]).registries).commit == "f" * 40 + "+"
    assert "the code has changes that are not committed" in capsys.readouterr().err
