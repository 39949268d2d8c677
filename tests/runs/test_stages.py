"""Stages with seeds of their own that build upon some of the earlier ones: found by every run that asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aacbench.audio.source import audio_path
from aacbench.contracts import Stage
from aacbench.contracts.context import RunContext
from aacbench.errors import DamagedError, UserError
from aacbench.runs.stages import require_whole, run_stages


@dataclass(frozen=True)
class Note(Stage):
    """Writes down the seed that it was told."""

    name: str
    seed: int | None = None
    depends_on: tuple[str, ...] | None = None
    shared: bool = True
    artifacts = ("seed",)

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        return {}

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        (folder / "seed").write_text(str(context.seed))
        return {"stages": sorted(context.stages)}


def test_a_member_is_the_same_alone_and_among_others(make_context: Callable[[str], RunContext]) -> None:
    first = Note("first")
    one, two = Note("one", depends_on=("first",)), Note("two", seed=1000, depends_on=("first",))
    alone = run_stages(make_context("alone"), [first, two])
    several = make_context("several")
    together = {result.name: result for result in run_stages(several, [first, one, two])}
    assert together["two"].key == alone[1].key
    assert together["two"].summary == {"stages": ["first"]}  # not run again
    assert (several.stages["one"] / "seed").read_text() == "0"
    assert (several.stages["two"] / "seed").read_text() == "1000"
    assert several.seed == 0


def test_seeds_and_needs_are_part_of_the_key(make_context: Callable[[str], RunContext]) -> None:
    first = Note("first")
    kinds = (
        Note("it"),
        Note("it", seed=0),
        Note("it", seed=1),
        Note("it", depends_on=()),
        Note("it", depends_on=("first",)),
    )
    keys = [run_stages(make_context("run"), [first, kind])[1].key for kind in kinds]
    assert keys[0] == keys[1] == keys[4]
    assert len({keys[0], keys[2], keys[3]}) == 3


def damage(path: Path) -> None:
    path.write_text(path.read_text() + "x")


def test_a_damaged_stage_is_made_again(
    make_context: Callable[[str], RunContext], capsys: pytest.CaptureFixture[str]
) -> None:
    stages = [Note("first"), Note("second", shared=False)]
    context = make_context("run")
    whole = run_stages(context, stages)
    for name, path in context.stages.items():
        for file in (path / "seed", path / "stage.json"):
            damage(file)
            again = make_context("run")
            assert run_stages(again, stages)[0].summary == whole[0].summary
            require_whole(again.stages)
            assert (again.stages[name] / "seed").read_text() == "0"
    assert "is not what first left there" in capsys.readouterr().err


def test_an_altered_number_in_a_finished_stage_counts_as_damage(make_context: Callable[[str], RunContext]) -> None:
    context, stages = make_context("run"), [Note("it", shared=False)]
    (whole,) = run_stages(context, stages)
    path = context.stages["it"] / "stage.json"
    path.write_text(path.read_text().replace('"seconds": ', '"seconds": 9'))
    assert run_stages(make_context("run"), stages)[0].seconds < max(9, whole.seconds)


def test_a_finished_run_with_a_damaged_file_is_not_opened(make_context: Callable[[str], RunContext]) -> None:
    context = make_context("run")
    run_stages(context, [Note("it")])
    require_whole(context.stages)
    damage(context.stages["it"] / "seed")
    with pytest.raises(DamagedError, match="repeat the run"):
        require_whole(context.stages)


@dataclass(frozen=True)
class Disturbed(Note):
    """Its data changes while it runs, or its own file is damaged the first time."""

    shared: bool = False
    how: str = "data"

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        first = not (context.folder / "once").exists()
        (context.folder / "once").touch()
        if first and self.how == "data":
            audio_path(context.clips["training"][0].audio).write_bytes(b"another clip")
        elif first:
            raise DamagedError(folder / "last.safetensors", "damaged")
        return super().run(context, folder)


def test_data_that_changes_meanwhile_leaves_nothing(make_context: Callable[[str], RunContext]) -> None:
    context = make_context("run")
    with pytest.raises(UserError, match=r"training clips changed while the run was at work"):
        run_stages(context, [Disturbed("it")])
    assert not [*context.folder.glob("stage*")]


def test_a_damaged_checkpoint_begins_the_stage_anew(make_context: Callable[[str], RunContext]) -> None:
    context = make_context("run")
    run_stages(context, [Disturbed("it", how="file")])
    require_whole(context.stages)
