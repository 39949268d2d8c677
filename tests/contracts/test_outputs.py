"""Which metric gives a score, how it is written, and which scores small tables show."""

from __future__ import annotations

from aacbench.contracts import MetricSpec
from aacbench.contracts.outputs import by_output, headlines, label_of
from aacbench.host import manager

PAIR = MetricSpec("pair", "", "", outputs=("one", "two"), labels=("One", "Two"), prominent=1, headline=("two",))
LEAD = MetricSpec("lead", "", "", label="Lead", prominent=2)
PLAIN = MetricSpec("plain", "", "")


def test_scores_are_found_and_written_by_their_metric() -> None:
    assert by_output([PAIR, LEAD]) == {"one": PAIR, "two": PAIR, "lead": LEAD}
    assert [label_of(name, [PAIR, LEAD]) for name in ("two", "lead", "unknown")] == ["Two", "Lead", "unknown"]


def test_prominent_scores_come_first_and_others_only_where_there_are_none() -> None:
    assert headlines(["plain", "one", "two", "lead"], [PAIR, PLAIN, LEAD]) == ["lead", "two"]
    assert headlines(["plain", "one"], [PAIR, PLAIN, LEAD]) == ["plain", "one"]
    assert headlines(["plain", "two", "lead"], [PAIR, PLAIN, LEAD], most=1) == ["lead"]


def test_what_tables_of_captioning_systems_show() -> None:
    specs = manager.load([]).registries.metrics
    assert headlines(by_output(specs), specs) == ["spider", "cider_d", "spice", "meteor"]
