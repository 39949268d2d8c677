"""The scheduler with an executor that only pretends: order, retries, folders that others have, what is never mixed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from rich.console import Console

from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.record import DataRecord, RunRecord, ScoreRecord
from aacbench.sweep import schedule, summary
from aacbench.sweep.jobs import BUSY, Ended, Job
from aacbench.sweep.plan import Planned, plan
from aacbench.sweep.schedule import Item, Scheduler, look
from aacbench.sweep.settings import read_sweep
from aacbench.sweep.state import state_of
from aacbench.sweep.view import tally, view

Plan = Callable[[str], list[Planned]]


@pytest.fixture
def planned(tmp_path: Path, registries: Registries, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Plans the [[runs]] given, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(schedule, "PAUSE", 0.0)

    def make(text: str) -> list[Planned]:
        path = tmp_path / "sweep.toml"
        path.write_text(text)
        return plan(path, read_sweep(path), registries)

    return make


FLAKY = '[[runs]]\nmethods = "flaky"\ndatasets = "bits"\n'


def record(run: Planned, value: float = 0.5, **data: Any) -> RunRecord:
    asked = run.request
    prints = dict.fromkeys(("training", "validation", "evaluation"), "0" * 64)
    known = {"name": asked.dataset, "version": "1", "clips": {"evaluation": 2}, "fingerprints": prints, **data}
    signature = {"metric": "bleu_1", "aacbench": "0"}
    return RunRecord(
        method=asked.method,
        variant=run.variant or "",
        preset=asked.preset,
        seed=asked.seed,
        settings=dict(run.settings or {}),
        data=DataRecord(**known),
        stages=[],
        decoding_seconds=0.0,
        scores={"bleu_1": ScoreRecord(value=value, signature=signature)},
        libraries={},
        hardware={},
    )


def write(run: Planned, finished: bool = True, **changes: Any) -> None:
    """Write what a run leaves in its folder."""
    assert run.folder is not None
    run.folder.mkdir(parents=True, exist_ok=True)
    asked = run.request
    identity: dict[str, Any] = {
        "method": asked.method,
        "variant": run.variant,
        "preset": asked.preset,
        "seed": asked.seed,
    }
    identity |= {"dataset": asked.dataset, "settings": run.settings}
    (run.folder / "run.json").write_text(json.dumps({**identity, **changes}))
    if finished:
        record(run).save(run.folder / "record.json")


class Pretender:
    """Runs at once what is started; `ends` says how each attempt of a run ends, well if it does not."""

    def __init__(self, items: Sequence[Item], jobs: int = 1, ends: dict[str, list[Ended]] | None = None) -> None:
        self.items, self.jobs, self.ends = items, jobs, ends or {}
        self.started: list[str] = []
        self.running: list[int] = []
        self.together: list[list[str]] = []
        self.stopped = False

    def room(self) -> bool:
        return len(self.running) < self.jobs

    def start(self, name: int, job: Job) -> None:
        self.started.append(self.items[name].run.name)
        self.running.append(name)
        self.together.append([self.items[place].run.name for place in self.running])

    def ended(self) -> list[tuple[int, Ended]]:
        done, self.running = self.running, []
        return [(name, self._end(self.items[name].run)) for name in done]

    def _end(self, run: Planned) -> Ended:
        planned_ends = self.ends.get(run.name, [])
        end = planned_ends.pop(0) if planned_ends else Ended(0)
        if end.code == 0:
            write(run)
        return end

    def stop(self) -> None:
        self.stopped = True


def carry_out(
    runs: list[Planned], registries: Registries, jobs: int = 1, ends: dict[str, list[Ended]] | None = None
) -> tuple[list[Item], Pretender]:
    items = look(runs, registries)
    pretender = Pretender(items, jobs, ends)
    Scheduler(items, pretender, registries, lambda items, changed: None).run()
    assert pretender.stopped
    return items, pretender


def test_only_missing_runs_are_started_begun_ones_first(planned: Plan, registries: Registries) -> None:
    runs = planned(FLAKY + "seeds = [0, 1, 2]\n")
    write(runs[0])
    write(runs[2], finished=False)
    items, pretender = carry_out(runs, registries)
    assert pretender.started == [runs[2].name, runs[1].name]
    assert [item.state for item in items] == ["finished"] * 3
    assert [item.attempts for item in items] == [0, 1, 1]


def test_runs_that_may_share_pretraining_do_not_start_together(planned: Plan, registries: Registries) -> None:
    runs = planned(FLAKY + 'variants = ["plain", "other"]\nseeds = [0, 1]\n')
    _, pretender = carry_out(runs[::2] + runs[1::2], registries, jobs=2)  # those of one seed stand together
    assert all(len({name.rpartition("/")[2] for name in pair}) == len(pair) for pair in pretender.together)
    _, pretender = carry_out(planned(FLAKY + 'variants = "all"\noutput = "o"\n')[:2], registries, jobs=2)
    assert len(pretender.together[-1]) == 2  # a free place is worth more


def test_crashes_are_tried_again_and_mistakes_are_not(planned: Plan, registries: Registries) -> None:
    runs = planned(FLAKY + "seeds = [0, 1, 2, 3]\n")
    crash, lost, mistake = Ended(-9, "killed"), Ended(None, "its Ray worker was lost"), Ended(2, "no such clip")
    names = [run.name for run in runs]
    ends = {names[0]: [crash, lost], names[1]: [crash] * 3, names[2]: [mistake]}
    items, _ = carry_out(runs, registries, jobs=4, ends=ends)
    assert [(item.state, item.attempts) for item in items] == [
        ("finished", 3),
        ("failed", 3),
        ("failed", 1),
        ("finished", 1),
    ]
    assert (items[1].note, items[2].note) == ("killed", "no such clip")


def test_a_run_that_ends_well_without_a_record_has_failed(planned: Plan, registries: Registries) -> None:
    (run,) = planned(FLAKY)
    items = look([run], registries)
    pretender = Pretender(items)
    pretender._end = lambda run: Ended(0)  # type: ignore[method-assign]
    Scheduler(items, pretender, registries, lambda items, changed: None, retries=0).run()
    assert (items[0].state, items[0].note) == ("failed", "it ended well, but left no record")


def test_what_another_process_has_is_waited_for(
    planned: Plan, registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "ELSEWHERE", 0.0)
    runs = planned(FLAKY + "seeds = [0, 1]\n")
    folder = runs[0].folder
    assert folder is not None
    folder.mkdir(parents=True)
    lock = FileLock(str(folder / ".lock"))
    lock.acquire()
    seen: list[str] = []

    def tell(items: Sequence[Item], changed: Item | None) -> None:
        if changed is items[0]:
            seen.append(changed.state)
        if items[1].state == "finished" and lock.is_locked:
            write(runs[0])
            lock.release()

    items = look(runs, registries)
    pretender = Pretender(items, ends={runs[1].name: [Ended(2, f"{BUSY} {runs[1].folder}; wait for it")]})
    Scheduler(items, pretender, registries, tell, retries=0).run()
    assert pretender.started == [runs[1].name] * 2  # it gave way once, which is no failure
    assert (seen[0], seen[-1]) == ("elsewhere", "finished")
    assert [item.attempts for item in items] == [0, 1]


def test_a_run_says_that_it_gives_way(planned: Plan, registries: Registries) -> None:
    from aacbench.runs.execute import run as carry

    (run,) = planned(FLAKY)
    assert run.folder is not None
    run.folder.mkdir(parents=True)
    with FileLock(str(run.folder / ".lock")), pytest.raises(UserError) as error:
        carry(run.request, registries)
    assert Ended(error.value.exit_code, str(error.value)).busy


def test_an_ensemble_comes_after_its_members_and_falls_with_them(planned: Plan, registries: Registries) -> None:
    members = ["runs/bits/flaky/plain/seed0", "runs/bits/flaky/plain/seed1"]
    text = f'[[runs]]\nmethods = "ensemble"\ndatasets = "bits"\nmembers = {members}\n{FLAKY}seeds = [0, 1]\n'
    runs = planned(text)
    items, pretender = carry_out(runs, registries, jobs=3, ends={runs[0].name: [Ended(2, "no")]})
    assert pretender.started == [run.name for run in runs[:2]]
    assert (items[2].state, items[2].note) == ("failed", "its member bits/flaky/plain/seed0 is missing (failed)")


def test_an_exception_stops_what_runs(planned: Plan, registries: Registries) -> None:
    items = look(planned(FLAKY), registries)
    pretender = Pretender(items)

    def tell(items: Sequence[Item], changed: Item | None) -> None:
        if changed is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Scheduler(items, pretender, registries, tell).run()
    assert pretender.stopped
    assert (items[0].state, items[0].note) == ("started", "stopped")


@pytest.mark.parametrize(
    ("changes", "kind", "note"),
    [
        ({}, "finished", ""),
        ({"settings": {"fail": "", "words": "another"}}, "other settings", "words is another, asked for a short"),
        ({"preset": "paper"}, "other settings", "preset is paper, asked for quick"),
        ({"settings": {"fail": ""}}, "finished", ""),  # of a release without that setting
        ({"settings": {"gone": 1}}, "other settings", "unknown setting 'gone'"),
        ({"settings": None}, "other settings", "its run.json has no settings"),
    ],
)
def test_where_a_run_stands(
    planned: Plan, registries: Registries, changes: dict[str, Any], kind: str, note: str
) -> None:
    (run,) = planned(FLAKY)
    assert run.folder is not None
    assert state_of(run, registries).kind == "missing"
    write(run, finished=False)
    assert state_of(run, registries).kind == "started"
    write(run, **changes)
    if "settings" in changes and kind == "finished":
        found = json.loads((run.folder / "record.json").read_text()) | changes
        (run.folder / "record.json").write_text(json.dumps(found))
    state = state_of(run, registries)
    assert state.kind == kind
    assert note in state.note
    assert look([run], registries, replace=True)[0].state == ("started" if kind != "finished" else "finished")


def test_damaged_and_unscored_runs_are_gone_on_with(planned: Plan, registries: Registries) -> None:
    (run,) = planned(FLAKY + 'metrics = ["bleu_1", "cider_d"]\n')
    assert run.folder is not None
    write(run)
    assert state_of(run, registries)[:2] == ("started", "not scored with 'cider_d'")
    (may_lack,) = planned(FLAKY + 'metrics = ["bleu_1", "localisation"]\n')
    assert state_of(may_lack, registries).kind == "finished"  # what not every system can be scored with
    (run.folder / "record.json").write_text("{")
    assert state_of(run, registries).kind == "started"
    (run.folder / "run.json").write_text("[" * 100_000)
    assert state_of(run, registries).kind == "missing"


def test_means_are_of_the_same_clips_and_signatures(planned: Plan, tmp_path: Path) -> None:
    runs = planned(FLAKY + "seeds = [0, 1, 2]\n")
    other = {"fingerprints": {"evaluation": "1" * 64}}
    records = [record(runs[0], 0.2), record(runs[1], 0.4), record(runs[2], 0.9, **other)]
    first, second = summary.rows(records)
    assert [one.seed for one in first.records] == [0, 1]
    assert first.cells["bleu_1"].mean == pytest.approx(0.3)
    assert first.cells["bleu_1"].spread == pytest.approx(0.02**0.5)
    assert (second.cells["bleu_1"].mean, second.cells["bleu_1"].spread) == (0.9, None)
    score = ScoreRecord(value=0.4, signature={"metric": "bleu_1", "aacbench": "0", "version": 2})
    changed = records[1].model_copy(update={"scores": {"bleu_1": score}})
    (row,) = summary.rows([records[0], changed])
    assert row.cells == {}
    items = [Item(run, "finished", record=one) for run, one in zip(runs, records, strict=True)]
    as_json, as_csv = summary.write(tmp_path, "sweep", items)
    assert [row["fingerprint"][0] for row in json.loads(as_json.read_text())["summary"]] == ["0", "1"]
    assert len(as_csv.read_text().splitlines()) == 3


def test_the_table_and_the_lines(planned: Plan, tmp_path: Path) -> None:
    runs = planned(FLAKY + "seeds = [0, 1, 2]\n")
    items = [Item(runs[0], "finished", record=record(runs[0])), Item(runs[1], "running", attempts=1)]
    items += [Item(runs[2], "failed", "it [broke]", attempts=3)]
    assert tally(items) == "1 running, 1 failed, 1 finished"
    plain, terminal = Console(record=True, width=150), Console(record=True, width=150, force_terminal=True, height=40)
    with plain.capture() as lines, view(plain, manager.load([]).registries.metrics) as tell:
        tell(items, items[2])
        tell(items, None)
    assert lines.get() == "[2/3] failed: bits/flaky/plain/seed2: it [broke]; 0 s\n"
    with terminal.capture() as table, view(terminal, manager.load([]).registries.metrics) as tell:
        tell(items, items[2])
    for text in ("1 running, 1 failed, 1 finished", "it [broke]", "BLEU-1 .500", "bits/flaky/plain/seed1"):
        assert text in table.get()
