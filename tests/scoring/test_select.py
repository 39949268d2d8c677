"""Metric names to specs: outputs, needs, defaults, rings, near matches."""

from __future__ import annotations

import pytest

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError
from aacbench.host.builtin.metrics import SPECS
from aacbench.scoring import select


def test_defaults_need_no_model() -> None:
    found = select(None, SPECS)
    assert found.outputs == (
        *("bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "meteor", "cider_d", "spice", "spider"),
        *("vocabulary", "vocabulary_share", "length", "reference_length", "spider_fl"),
    )


def test_an_output_selects_its_metric_and_needs_come_first() -> None:
    found = select(["spider", "bleu_4"], SPECS)
    assert found.outputs == ("spider", "bleu_4")
    assert [spec.name for spec in found.specs] == ["cider_d", "spice", "spider", "bleu"]


def test_every_need_is_an_output_of_some_metric() -> None:
    outputs = {name for spec in SPECS for name in spec.outputs}
    assert {need for spec in SPECS for need in spec.requires} <= outputs


def test_unknown_name_lists_near_ones() -> None:
    with pytest.raises(UserError, match=r"unknown metric 'cider'\. Did you mean 'cider_d'"):
        select(["cider"], SPECS)


def test_no_name_at_all() -> None:
    with pytest.raises(UserError, match="no metric to compute"):
        select([], SPECS)


def test_rings_are_refused() -> None:
    ring = [MetricSpec("a", "", "", requires=("b",)), MetricSpec("b", "", "", requires=("a",))]
    with pytest.raises(UserError, match="in a ring: a -> b -> a"):
        select(["a"], ring)
