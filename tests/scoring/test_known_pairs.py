"""Pairs whose better caption is known: made by the script that the docs show, read and judged by `metaeval`."""

from __future__ import annotations

import csv
import itertools
import subprocess
import sys
from pathlib import Path

from aacbench.host.builtin.metrics import SPECS
from aacbench.scoring import select
from aacbench.scoring.judgements import read_judgements
from aacbench.scoring.metaeval import evaluate_metrics
from tests.conftest import ROOT


def test_metrics_are_compared_on_pairs_that_a_script_makes(test_data: Path, tmp_path: Path) -> None:
    with (test_data / "clotho-captions/v2/clotho_captions_evaluation.csv").open(encoding="utf-8", newline="") as table:
        rows = [*itertools.islice(csv.reader(table), 41)]
    with (tmp_path / "captions.csv").open("w", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows(rows)
    script = [sys.executable, str(ROOT / "scripts/known_pairs.py"), "captions.csv", "pairs.jsonl"]
    done = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    judgements = read_judgements(tmp_path / "pairs.jsonl")
    assert {pair.preference for pair in judgements.pairs} == {1.0}
    selection = select(["rouge_l", "spider", "spider_fl"], SPECS)
    found = evaluate_metrics(judgements, selection.specs, selection.outputs).accuracy
    assert found["rouge_l"]["other clip"].value > 0.7 and found["rouge_l"]["other clip"].count == 40
    assert found["spider_fl"]["repeated event"].value > found["spider"]["repeated event"].value
