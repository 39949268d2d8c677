"""Specs: what metrics say of themselves, and the names of the previous release that still stand for the new ones."""

from __future__ import annotations

from typing import Any

import pytest

from aacbench.contracts import DecoderSpec, EncoderSpec, MetricSpec, PretrainingSpec
from aacbench.errors import AacbenchError
from aacbench.host import manager


def test_a_metric_is_labelled_by_its_name_unless_it_says_otherwise() -> None:
    plain = MetricSpec("plain", "", "")
    assert (plain.outputs, plain.label, plain.labels, plain.headline) == (("plain",), "plain", ("plain",), ("plain",))
    named = MetricSpec("named", "", "", label="Named!")
    assert named.label_of("named") == "Named!"
    several = MetricSpec("both", "", "", outputs=("one", "two"), label="Both", labels=("One", "Two"), headline=("two",))
    assert [several.label_of(output) for output in several.outputs] == ["One", "Two"]
    assert MetricSpec("both", "", "", outputs=("one", "two"), label="Both").label_of("two") == "two"


@pytest.mark.parametrize("wrong", [{"labels": ("One",)}, {"headline": ("three",)}])
def test_labels_and_headline_fit_the_outputs(wrong: Any) -> None:
    with pytest.raises(AacbenchError, match="both"):
        MetricSpec("both", "", "", outputs=("one", "two"), **wrong)


OLD: tuple[tuple[type[Any], str, Any, str, Any], ...] = (
    (MetricSpec, "needs", ("a",), "requires", ("a",)),
    (MetricSpec, "descriptive", True, "ranked", False),
    (EncoderSpec, "small", {"width": 1}, "tiny", {"width": 1}),
    (EncoderSpec, "small_features", {"hop": 1}, "tiny_features", {"hop": 1}),
    (DecoderSpec, "small", {"dim": 1}, "tiny", {"dim": 1}),
    (PretrainingSpec, "small", {"dim": 1}, "tiny", {"dim": 1}),
)


@pytest.mark.parametrize(("spec", "old", "value", "new", "now"), OLD)
def test_names_of_old_still_work_and_say_so(spec: type[Any], old: str, value: Any, new: str, now: Any) -> None:
    with pytest.warns(DeprecationWarning, match=f"{spec.__name__}: '{old}' is called '{new}' now") as said:
        made = spec("name", "", "", **{old: value})
    assert [warning.filename for warning in said] == [__file__]
    assert getattr(made, new) == now
    with pytest.warns(DeprecationWarning, match="rename it"):
        assert getattr(made, old) == value
    with pytest.raises(TypeError, match=old):
        spec("name", "", "", **{old: value, new: now})
    with pytest.raises(AttributeError, match="nothing"):
        _ = made.nothing


def test_every_part_of_the_core_and_of_the_papers_says_what_tables_want() -> None:
    registries = manager.load().registries
    assert all(spec.label and spec.labels for spec in registries.metrics)
    assert {spec.name: spec.role for spec in registries.methods if spec.role != "system"} == {
        "floor": "floor",
        "nearest": "floor",
        "human": "ceiling",
    }
    assert all(spec.url for spec in registries.methods if spec.paper)
    assert all(spec.label for spec in registries.pretraining)
    assert all(spec.download_size for spec in registries.datasets if spec.fetch)
