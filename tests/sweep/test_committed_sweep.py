"""The sweeps that the boards are made by: every row is planned, and what claims compare is run with five seeds."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from aacbench.host import manager
from aacbench.sweep.plan import plan
from aacbench.sweep.settings import read_sweep
from tests.conftest import ROOT

SWEEPS = sorted((ROOT / "sweeps").glob("*.toml"))
REGISTRIES = manager.load().registries


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_every_row_is_run_and_those_of_claims_with_five_seeds(path: Path) -> None:
    seeds: dict[str, set[int]] = defaultdict(set)
    for run in plan(path, read_sweep(path), REGISTRIES, open_data=False):
        assert run.request.options.version == path.stem.rpartition("-")[2]
        seeds[f"{run.request.method}/{run.variant or run.request.variant}"].add(run.request.seed)
    compared = {
        row
        for claim in json.loads((ROOT / "leaderboard" / "claims.json").read_text(encoding="utf-8"))
        for pair in claim["pairs"]
        for row in (pair["better"], pair["worse"])
    }
    assert {row for row in compared if len(seeds[row]) < 5} == set()
    papers = {
        f"{method.name}/{variant.name}" for method in REGISTRIES.methods if method.paper for variant in method.variants
    }
    assert papers <= seeds.keys()


def test_there_is_one_for_each_version_that_has_pools() -> None:
    assert [path.stem for path in SWEEPS] == ["soundscapes-2.0"]
