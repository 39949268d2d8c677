"""Stages with seeds of their own that build upon some of the earlier ones: found by every run that asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from aacbench.context import RunContext
from aacbench.training.stages import run_stages


@dataclass(frozen=True)
class Note:
    """Writes down the seed that it was told."""

    name: str
    seed: int | None = None
    needs: tuple[str, ...] | None = None
    shared: bool = True
    delivered: ClassVar[tuple[str, ...]] = ("seed",)

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        return {}

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        (folder / "seed").write_text(str(context.seed))
        return {"stages": sorted(context.stages)}


def test_a_member_is_the_same_alone_and_among_others(make_context: Callable[[str], RunContext]) -> None:
    first = Note("first")
    one, two = Note("one", needs=("first",)), Note("two", seed=1000, needs=("first",))
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
    kinds = (Note("it"), Note("it", seed=0), Note("it", seed=1), Note("it", needs=()), Note("it", needs=("first",)))
    keys = [run_stages(make_context("run"), [first, kind])[1].key for kind in kinds]
    assert keys[0] == keys[1] == keys[4]
    assert len({keys[0], keys[2], keys[3]}) == 3
