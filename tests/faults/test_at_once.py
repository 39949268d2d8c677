"""Two processes at the same caches, or at the same leaderboard: both end well, and all is as if one had done it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.comparison import contents, differences
from tests.faults.tally import Tally
from tests.forked import Zygote
from tests.leaderboard.conftest import MakeRun, board, captions, make_run, root  # noqa: F401

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_two_processes_fill_the_same_caches(zygote: Zygote, tmp_path: Path, tally: Tally) -> None:
    alone, both = tmp_path / "alone", tmp_path / "both"
    zygote.finished(cwd=tmp_path, home=alone, call="tests.faults.jobs:caches")
    zygote.finished("caches", cwd=tmp_path, home=both, call="tests.faults.jobs:twice")
    wrong = differences(contents(alone), contents(both))
    tally("fault: two at once", "wrong" if wrong else "recovery")
    assert not wrong


def test_two_processes_add_to_the_same_leaderboard(
    zygote: Zygote,
    tmp_path: Path,
    tally: Tally,
    root: Path,  # noqa: F811
    make_run: MakeRun,  # noqa: F811
) -> None:
    runs = [make_run(captions(wrong), variant=f"v{wrong}", seed=0) for wrong in (2, 5)]
    both = tmp_path / "both"
    shutil.copytree(root, both)
    add, home = ("leaderboard", "add"), tmp_path / "home"
    zygote.finished(*add, *runs, "--root", root, cwd=tmp_path, home=home)
    place = str(runs[0]).replace("v20", "v{}0")
    named = [Path(place.format(number)) for number in range(2)]
    for path, link in zip(runs, named, strict=True):
        link.symlink_to(path)
    done = zygote.run(*("2", *add, place, "--root", both), cwd=tmp_path, home=home, call="tests.faults.jobs:together")
    wrong = differences(contents(root), contents(both))
    tally("fault: two at once", "wrong" if wrong else "recovery")
    assert "exit codes [0, 0]" in done.said, done.said
    assert not wrong
