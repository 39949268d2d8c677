"""Sets of metrics by name, metrics that are computed where their models are here, and what is said where not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aacbench.contracts import MetricSpec
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
    """Return the metrics, whose downloads all lie in `folder` or nowhere."""
    return [
        replace(spec, downloads=tuple(replace(one, find=lambda: folder) for one in spec.downloads)) for spec in SPECS
    ]


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_models_that_are_here_are_used_unasked(engine: str, tmp_path: Path) -> None:
    here = with_models(tmp_path)
    assert {"fense", "spider_fl"} <= {*select(None, here, engine=engine).outputs}
    assert left_out(here, engine) is None


def test_without_models_the_native_engine_has_spider_fl() -> None:
    absent = with_models(None)
    chosen = select(None, absent).outputs
    assert "spider_fl" in chosen and "fense" not in chosen
    assert left_out(absent) == "FENSE is left out: its model is not here; `aacbench fetch sbert` gets it"


@pytest.mark.parametrize("engine", ["reference", "both"])
def test_without_models_the_reference_engine_has_neither(engine: str) -> None:
    absent = with_models(None)
    assert not {"fense", "spider_fl"} & {*select(None, absent, engine=engine).outputs}
    message = left_out(absent, engine)
    assert message is not None and message.startswith("FENSE and SPIDEr-FL are left out")
    assert "`aacbench fetch fense`" in message
