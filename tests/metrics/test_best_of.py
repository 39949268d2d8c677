"""Best of several candidates: by hand, by any metric, and what a file with one candidate is told."""

from __future__ import annotations

import pytest

from aacbench.errors import UserError
from aacbench.host.builtin.metrics import SPECS
from aacbench.scoring import score_items, select

IDS = ("a", "b", "c")
REFERENCES = (("a dog is barking loudly", "dogs bark"), ("rain falls on the roof", "it rains"), ("a car passes by",))
ALL = (("a dog barks", "dogs bark"), ("rain falls on the roof",), ("wind", "a car", "a car passes by"))
FIRST = tuple(texts[0] for texts in ALL)


@pytest.mark.parametrize("name", ["spider", "rouge_l", "bleu_2", "cider_d"])
def test_it_is_the_highest_of_each_clip(name: str) -> None:
    selection = select([f"{name}_max", name], SPECS)
    report = score_items(IDS, FIRST, REFERENCES, selection.specs, alternatives=ALL)
    rows = []
    for row, texts in enumerate(ALL):
        values = []
        for text in texts:
            candidates = [*FIRST]
            candidates[row] = text
            items = score_items(IDS, candidates, REFERENCES, selection.specs).scores[name].items
            assert items is not None
            values.append(items[row])
        rows.append(max(values))
    found = report.scores[f"{name}_max"]
    assert found.items == pytest.approx(rows) and found.corpus == pytest.approx(sum(rows) / 3)
    assert found.corpus > report.scores[name].corpus or name == "bleu_2"
    assert found.signature["parameters"]["candidates"] == 3
    assert report.scores[name].items == score_items(IDS, FIRST, REFERENCES, selection.specs).scores[name].items


def test_one_candidate_is_said() -> None:
    report = score_items(IDS, FIRST, REFERENCES, select(["rouge_l_max"], SPECS).specs)
    assert report.scores["rouge_l_max"].items == report.scores["rouge_l"].items
    assert report.warnings == ("rouge_l_max equals rouge_l: the file has one candidate a clip",)


@pytest.mark.parametrize("name", ["vocabulary_max", "fer_max", "nothing_max"])
def test_what_has_no_best(name: str) -> None:
    with pytest.raises(UserError, match=f"unknown metric '{name}'"):
        select([name], SPECS)
