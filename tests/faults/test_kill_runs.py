"""Runs of captioning and of retrieval, killed thirty times each, end as if they had never been."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.faults.comparison import contents
from tests.faults.series import Series
from tests.faults.tally import Tally
from tests.forked import Done, Zygote

pytestmark = [pytest.mark.faults, pytest.mark.slow]

SIZES = {"preset": "tiny", "development": 10, "validation": 3, "evaluation": 5, "max_seconds": 4.5}
DATA = ("--dataset", "soundscapes", *(f"--dataset-set={name}={value}" for name, value in SIZES.items()))
SMALL = ("--preset", "smoke", "--device", "cpu", *DATA)
CAPTIONING = ("--method", "maac", "--metrics", "bleu,cider_d,spice", "--set", "captions.train.checkpoint_seconds=0",
              "--set", "scst.train.checkpoint_seconds=0")  # fmt: skip
RETRIEVAL = (
    "--method",
    "sjtu2022-retrieval",
)


def phase_of_a_run(place: Path) -> str:
    """Return which stage is open, or what comes after the stages."""
    found = [*place.glob("runs/*/*/*/*/run.json")]
    if not found:
        return "data"
    folder = found[0].parent
    stages = sorted([*folder.glob("stage*"), *place.glob("home/stages/*")], key=lambda path: path.name)
    for stage in stages:
        if stage.is_dir() and not (stage / "stage.json").exists():
            return stage.name.split("-", 1)[1] if stage.name.startswith("stage") else stage.name.rsplit("-", 1)[0]
    if not (folder / "stages.json").exists():
        return "between stages" if stages else "features"
    if not (folder / "predictions.csv").exists():
        return "decoding"
    return "scoring" if not (folder / "record.json").exists() else "record"


def series(kind: str, zygote: Zygote, arguments: tuple[str, ...]) -> Series:
    def run(place: Path, after: dict[str, float] | None) -> Done:
        return zygote.run("run", *SMALL, *arguments, cwd=place, home=place / "home", after=after)

    def outcome(place: Path) -> Mapping[str, str]:
        return contents(place)

    prepare: Callable[[Path], None] = lambda place: None  # noqa: E731
    return Series(kind, prepare, run, phase_of_a_run, outcome)


@pytest.mark.parametrize(("kind", "arguments"), [("run", CAPTIONING), ("retrieval run", RETRIEVAL)])
def test_a_run_killed_thirty_times_ends_the_same(
    zygote: Zygote, tmp_path: Path, tally: Tally, kind: str, arguments: tuple[str, ...]
) -> None:
    series(kind, zygote, arguments).carry_out(tmp_path, tally)
