"""Every variant of two papers' methods on real Clotho clips, from the command's request to a record."""

from __future__ import annotations

from pathlib import Path

import pytest

from aacbench.contracts import DatasetOptions
from aacbench.host import manager
from aacbench.runs.execute import RunRequest, run

REGISTRIES = manager.load().registries
METHODS = ("aed-bilstm", "sjtu2022-retrieval", "sjtu2022")
ROWS = [(name, variant.name) for name in METHODS for variant in REGISTRIES.methods[name].variants]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all variants, as pretraining is shared between them."""
    return tmp_path_factory.mktemp("home")


@pytest.mark.slow
@pytest.mark.parametrize(("method", "variant"), ROWS)
def test_variants_run_on_real_clips(
    home: Path, test_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, variant: str
) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(home))
    request = RunRequest(
        method=method,
        dataset="clotho",
        variant=variant,
        preset="smoke",
        options=DatasetOptions(data_dir=test_data / "clotho-mini"),
        output=tmp_path,
        metrics=None if method == "sjtu2022-retrieval" else ["bleu"],
    )
    record, folder = run(request, REGISTRIES)
    assert record.variant == variant
    assert record.data.clips["evaluation"] == 20
    assert record.scores
    rows = (folder / "predictions.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + (100 if method == "sjtu2022-retrieval" else 20)
