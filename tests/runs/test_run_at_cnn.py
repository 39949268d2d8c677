"""AT-CNN on real audio: every variant learns from ESC-10's tags or TAU's scenes, and captions Clotho's clips."""

from __future__ import annotations

from pathlib import Path

import pytest
from aacbench_at_cnn.variants import VARIANTS

from aacbench.contracts import DatasetOptions, Variant
from aacbench.host import manager
from aacbench.runs.execute import RunRequest, run

TAGS = {"dataset": "esc50", "version": "esc10", "train": {"epochs": 3}}
SOURCES = {
    "asc": {"dataset": "tau-scenes", "train": {"epochs": 20}},  # of 130 clips of one second
    "at_balanced": {**TAGS, "balanced": True, "per_class": 16},
    "at_unbalanced": TAGS,
}
CHANCE = 0.1  # ten tags, one a clip; ten scenes


@pytest.fixture
def folder(test_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of datasets with ESC-10 and a sample of TAU's scenes, and a run's output."""
    for name, source in (("esc10", "esc10"), ("tau-scenes", "tau-sample")):
        (tmp_path / name).symlink_to(test_data / source)
    monkeypatch.setenv("AACBENCH_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variants_learn_from_real_tags_and_scenes(folder: Path, test_data: Path, variant: Variant) -> None:
    request = RunRequest(
        method="at-cnn",
        dataset="clotho",
        variant=variant.name,
        preset="smoke",
        changes=SOURCES,
        options=DatasetOptions(data_dir=test_data / "clotho-mini"),
        output=folder / "runs",
        metrics=["bleu"],
    )
    record, place = run(request, manager.load().registries)
    assert record.data.clips == {"training": 29, "validation": 3, "evaluation": 20}
    captions = (place / "predictions.csv").read_text(encoding="utf-8").splitlines()
    assert len(captions) == 21
    source = variant.settings["source"]
    if source is None:
        assert [stage.name for stage in record.stages] == ["cross-entropy"]
        return
    learnt = record.stages[0].summary
    assert learnt["dataset"] == ("tau-scenes" if source == "asc" else "esc50")
    assert learnt["accuracy" if source == "asc" else "map"] >= 2 * CHANCE
