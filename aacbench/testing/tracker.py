"""The contract of a tracker, checked with the numbers of a small run that is killed and gone on with."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from aacbench.contracts import TrackedRun, Tracker, TrackerSpec, make
from aacbench.testing.report import Checked, check_spec, find

SETTINGS = {"captions": {"train": {"lr": 1e-3, "monitor": "loss"}, "augment": None}, "words": ["a", "b"]}


def check_tracker(part: str | TrackerSpec, **settings: Any) -> None:
    """Check a tracker: it starts, takes numbers of several parts, closes, and goes on in the same run.

    It works in a temporary folder; what sends numbers to a server is best checked with settings that keep them here.

    Raises:
        ContractError: it does not keep the contract.
        UserError: it is not installed, or does not take the settings.
    """
    spec, checked, _ = find(TrackerSpec, part)
    check_spec(checked, spec)
    with tempfile.TemporaryDirectory(prefix="aacbench-") as folder:
        run = TrackedRun("0123456789abcdef", "soundscapes/rlssr/base/seed0", Path(folder), SETTINGS)
        for first in (0, 2):  # the second time, the run is gone on with
            tracker: Tracker = make(spec, **settings)
            _follow(checked, tracker, run, first)
            other: Tracker = make(spec, **settings)
            _followed(checked, other, TrackedRun(f"other{first}", "another run", Path(folder) / f"other{first}"))


def _follow(checked: Checked, tracker: Tracker, run: TrackedRun, first: int) -> None:
    """Log epochs from `first` on, decoded clips and scores."""
    try:
        tracker.start(run)
        for step in range(first, first + 3):
            tracker.log({"cross-entropy/epoch": step, "cross-entropy/train_loss": 1.0 / (step + 1)}, 10 * step)
        tracker.log({"decoding/seconds": 0.25, "decoding/clips": 64.0}, 64)
        tracker.log({"scores/cider_d": 0.4, "scores/length": 9.5}, 0)
        tracker.close()
    except Exception as error:
        what = "a run that is gone on with" if first else "a run"
        checked.require(False, f"a tracker that follows {what}", f"{type(error).__name__}: {error}")


def _followed(checked: Checked, tracker: Tracker, run: TrackedRun) -> None:
    """A run that ends before there is any number."""
    run.folder.mkdir()
    try:
        tracker.start(run)
        tracker.close()
    except Exception as error:
        checked.require(False, "a tracker that takes a run without numbers", f"{type(error).__name__}: {error}")
