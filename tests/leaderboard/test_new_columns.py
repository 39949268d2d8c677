"""A board may rank by any registered metric, and gets new columns: records that lack them stay, until scored anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aacbench.host import manager
from aacbench.leaderboard.pages.build import build, check, write_pages
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.verification.verify import rescore, verify
from aacbench.runs.record import RunRecord

from .conftest import REFERENCES, MakeRun, captions, put


def metrics() -> Any:
    return [*manager.load().registries.metrics]


@pytest.mark.parametrize("name", ["spider_fl", "fense", "meteor"])
def test_a_new_column_does_not_unseat_old_records(name: str, root: Path, make_run: MakeRun, minilm: Path) -> None:
    good, bad = put(root, make_run(captions(1))), put(root, make_run(captions(9), variant="two"))
    path = root / "boards/toy.json"
    stored = json.loads(path.read_text())
    stored["metrics"].append(name)
    stored["metric_settings"] = {"sbert_sim": {"model": str(minilm)}}
    path.write_text(json.dumps(stored))
    page = build(root).files["README.md"].decode()
    assert "**m one**" in page and "**m two**" in page
    path.write_text(json.dumps({**stored, "rank_by": name}))
    with Changes() as changes:
        for _ in rescore(root, metrics, lambda _: REFERENCES, changes):
            pass
    write_pages(root)
    assert check(root) == []
    assert [one for one in verify(root, metrics, lambda _: REFERENCES, jobs=1) if one.problems] == []
    values = [RunRecord.load(one).scores[name].value for one in (good, bad)]
    assert values[0] > values[1] > -1
    page = (root / "README.md").read_text()
    assert page.index("**m one**") < page.index("**m two**")
    label = next(spec.label for spec in metrics() if spec.name == name)
    assert label in page
