"""`metaeval` by SPICE's official classes, beside the native engine that gives them the tuples of every caption."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aacbench.cli.metaeval import metaeval
from aacbench.files.cache_dir import cache
from aacbench.metrics.spice import official
from aacbench.metrics.spice.scorer import embedded
from aacbench.text.ptb import tokenize_captions
from tests.metrics.spice.conftest import Jars, official_order

REFERENCES = [
    ["A dog barks while rain falls on a metal roof.", "Rain hits a roof and a dog is barking."],
    ["Two men talk in a large room.", "People are talking in a hall with an echo."],
    ["A red car drives by quickly.", "A car passes on a wet road."],
    ["Water drips into a bucket.", "A leaking tap drips into a metal bucket."],
]
BETTER = ["a dog barks in the rain", "two men talk in a room", "a car drives by", "water drips into a metal bucket"]


@pytest.mark.slow
def test_metaeval_runs_the_official_classes(jars: Jars, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(official, "class_path", lambda: jars.path)
    rows = [
        {"references": group, "category": f"kind {row % 2}", "caption_0": good, "caption_1": BETTER[row - 1], "vote": 1}
        for row, (good, group) in enumerate(zip(BETTER, REFERENCES, strict=True))
    ]
    pairs, known, table = tmp_path / "pairs.json", tmp_path / "known.json", tmp_path / "report.json"
    pairs.write_text(json.dumps(rows))
    tokens = tokenize_captions([*BETTER, *(text for group in REFERENCES for text in group)])
    facts = embedded().facts(tokens, keep=False)
    known.write_text(json.dumps({caption: official_order(found) for caption, found in facts.items()}))
    jars.run("FillCache.java", str(cache("spice", "official")), str(known))

    line = [str(pairs), "--metrics", "spice,meteor", "--engine", "both", "--resamples", "100", "--json", str(table)]
    done = CliRunner().invoke(metaeval, line, catch_exceptions=False)
    assert done.exit_code == 0
    report = json.loads(table.read_text())
    assert [*report["accuracy"]] == ["spice", "spice (reference)", "meteor", "meteor (reference)"]
    assert report["accuracy"]["spice"] == report["accuracy"]["spice (reference)"]
    assert report["accuracy"]["spice"]["total"]["count"] == 4
    assert report["accuracy"]["spice"]["total"]["value"] == 1.0
    assert report["signatures"]["spice (reference)"]["engine"] == "reference"
