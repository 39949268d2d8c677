"""What specs say of their parts is checked: labels, aggregates, downloads, addresses."""

from __future__ import annotations

from typing import Any

import pytest

from aacbench.contracts import DatasetSpec, Download, MethodSpec, MetricSpec
from aacbench.host import manager
from aacbench.testing import ContractError
from aacbench.testing.facts import aggregate_fact, dataset_facts, method_facts, metric_facts
from aacbench.testing.report import Checked
from aacbench.types import Score

CHECKED = Checked("a part")


def test_what_is_registered_holds() -> None:
    registries = manager.load().registries
    for metric in registries.metrics:
        metric_facts(CHECKED, metric)
    for dataset in registries.datasets:
        dataset_facts(CHECKED, dataset)
    for method in registries.methods:
        method_facts(CHECKED, method)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"outputs": ("a", "b"), "labels": ("A", "A")}, "each output's its own"),
        ({"label": " "}, "labels that are not empty"),
        ({"of_references": ("other",)}, "names outputs of the metric"),
        ({"downloads": (Download("it", " ", "math:sqrt"),)}, "a download's name and summary"),
    ],
)
def test_a_metric_that_says_something_wrong(wrong: Any, said: str) -> None:
    with pytest.raises(ContractError, match=said):
        metric_facts(CHECKED, MetricSpec("m", "a metric", "", **wrong))


def test_a_sum_that_is_called_a_mean() -> None:
    summed = [Score("m", 0.5, (0.1, 0.2), {"version": 1})]
    with pytest.raises(ContractError, match="as the mean of its clips', or aggregate='summed'"):
        aggregate_fact(CHECKED, MetricSpec("m", "a metric", ""), summed)
    aggregate_fact(CHECKED, MetricSpec("m", "a metric", "", aggregate="summed"), summed)
    aggregate_fact(CHECKED, MetricSpec("m", "a metric", ""), [Score("m", 0.15, (0.1, 0.2)), Score("n", 3.0)])


@pytest.mark.parametrize("size", [0, -1, lambda version: "7 GB"])
def test_a_size_that_is_none(size: Any) -> None:
    with pytest.raises(ContractError, match="`download_size` in bytes"):
        dataset_facts(CHECKED, DatasetSpec("d", "", "", fetch="math:sqrt", download_size=size))
    with pytest.raises(ContractError, match="no `download_size` without `fetch`"):
        dataset_facts(CHECKED, DatasetSpec("d", "", "", download_size=size))


def test_roles_and_addresses() -> None:
    for wrong in ({"role": "best"}, {"url": "arxiv.org/abs/1"}, {"code": "mine"}):
        with pytest.raises(ContractError, match="a part: wanted"):
            method_facts(CHECKED, MethodSpec("m", "", "", **wrong))  # type: ignore[arg-type]
