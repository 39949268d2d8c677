"""Sets of metrics by name, metrics that are computed where their models are here, and what is said where not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aacbench.contracts import Download, MetricSpec
from aacbench.host.builtin.metrics import SPECS
from aacbench.host.metric_sets import described_sets
from aacbench.scoring import select
from aacbench.scoring.select import left_out


@pytest.mark.parametrize(
    ("name", "output"), [("dcase2020", "spider"), ("DCASE2023", "spider_fl"), ("dcase-2024", "fense")]
)
def test_sets_hold_what_was_ranked(name: str, output: str) -> None:
    chosen = select([name], SPECS)
    assert output in chosen.outputs and "meteor" in chosen.outputs
    assert select([name, "length"], SPECS).outputs[-2:] == ("length", "reference_length")


def test_all_is_what_captions_and_references_suffice_for() -> None:
    outputs = select(["all"], SPECS).outputs
    assert {"bleu_4", "spice", "fense", "bert_score", "self_bleu", "clap_sim"} <= {*outputs}
    assert not {"clap_score", "mace", "judge", "clair_a", "spider_max", "recall_at_1"} & {*outputs}


def test_sets_are_described() -> None:
    assert [name for name, _ in described_sets()] == ["dcase2020", "dcase2023", "dcase2024", "all"]


def with_models(folder: Path | None) -> list[MetricSpec]:
    download = Download(name="fense", summary="models", fetch=lambda: folder, find=lambda: folder)
    return [replace(spec, downloads=(download,)) if spec.downloads and spec.name == "fer" else spec for spec in SPECS]


def test_models_that_are_here_are_used_unasked(tmp_path: Path) -> None:
    here, absent = with_models(tmp_path), with_models(None)
    assert {"fense", "spider_fl"} <= {*select(None, here).outputs} and left_out(here) is None
    assert not {"fense", "spider_fl"} & {*select(None, absent).outputs}
    assert left_out(absent) == (
        "FENSE and SPIDEr-FL are left out: their models are not here; `aacbench fetch fense` gets them"
    )
