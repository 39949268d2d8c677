"""MAAC on the embedded dataset and on real Clotho clips: every variant, its attention, and what SCST starts from."""

from __future__ import annotations

from pathlib import Path

import pytest
from aacbench_maac.variants import VARIANTS

from aacbench.contracts import DatasetOptions, Variant
from aacbench.host import manager
from aacbench.inference.attention import caption_attention
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.runs.execute import RunRequest, open_run, run
from aacbench.types import Clip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder and one cache for the module: keywords are learnt once, as for a user."""
    return tmp_path_factory.mktemp("user")


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variants_run_on_soundscapes(place: Path, monkeypatch: pytest.MonkeyPatch, variant: Variant) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(place / "home"))
    registries = manager.load().registries
    request = RunRequest(
        "maac", "soundscapes", variant.name, preset="smoke", output=place / "runs", metrics=["cider_d"]
    )
    record, folder = run(request, registries)
    names = ["pretrain-keywords-head", "pretrain-keywords", "cross-entropy"]
    assert [stage.name for stage in record.stages] == [*names, *(["scst"] if "scst" in variant.name else [])]
    captioner = open_run(folder, registries, "cpu")
    assert isinstance(captioner, NetworkCaptioner)
    parts = registries.dataset("soundscapes", DatasetOptions(settings=registries.datasets["soundscapes"].smoke))
    clip: Clip = parts.clips("evaluation")[0]
    (found,) = caption_attention(captioner, [clip])
    assert found.weights.shape == (len(found.words), len(found.spans))
    streams: dict[str, set[str]] = {"base": set(), "keywords": {"keywords"}, "previous-words": {"previous words"}}
    assert set(found.streams) == streams.get(variant.name, {"keywords", "previous words"})
    for stream in found.streams.values():
        assert len(stream.weights) == len(found.words)
        assert all(sum(row) == pytest.approx(1.0, abs=1e-4) for row in stream.weights)


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variants_run_on_real_clips(
    place: Path, test_data: Path, monkeypatch: pytest.MonkeyPatch, variant: Variant
) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(place / "home"))
    request = RunRequest(
        "maac",
        "clotho",
        variant.name,
        preset="smoke",
        options=DatasetOptions(data_dir=test_data / "clotho-mini"),
        output=place / "runs",
        metrics=["bleu"],
    )
    record, folder = run(request, manager.load().registries)
    assert 0.0 < (record.stages[1].summary["map"] or 0.0) <= 1.0
    lines = (folder / "predictions.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + record.data.clips["evaluation"]
    assert all(line.split(",")[-1].strip() for line in lines[1:])
