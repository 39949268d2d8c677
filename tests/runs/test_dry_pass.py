"""What cannot work is refused before the first stage, all of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch

from aacbench.contracts import MetricSpec, Stage
from aacbench.contracts.context import RunContext
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.models.decoders.transformer import TransformerDecoder
from aacbench.runs.dry_pass import dry_pass, memory_warnings, try_recipe
from aacbench.runs.prepare import Prepared, prepare
from aacbench.runs.resolve import RunRequest
from aacbench.training.settings import CaptionTrainSettings, ScstSettings, TrainSettings


@dataclass(frozen=True)
class Planned(Stage):
    """A stage that would never run."""

    name: str = "planned"
    settings: Any = None
    trouble: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        if self.trouble:
            raise UserError(self.trouble)
        return self.data

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        raise AssertionError("a dry pass runs nothing")


class Unready:
    """A metric whose model is not here."""

    def __init__(self) -> None:
        raise UserError("the model of needy is not here; aacbench fetch needy")


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    registries = manager.load([]).registries
    registries.metrics.add(MetricSpec("needy", "wants a model", Unready, default=False), "a test")
    asked = RunRequest("floor", "soundscapes", preset="smoke", output=tmp_path, metrics=["bleu"])
    return prepare(asked, registries)


def captions(monitor: str) -> CaptionTrainSettings:
    return CaptionTrainSettings(train=TrainSettings(monitor=monitor))


def test_all_that_stands_in_the_way_is_said_at_once(prepared: Prepared) -> None:
    assert try_recipe(prepared, measured=True).problems == []
    dry_pass(prepared)
    prepared.recipe = [
        Planned("first", captions("spider")),
        Planned("second", trouble="the weights panns-cnn10 are not here"),
        Planned("third", captions("spidr")),
        Planned("fourth", ScstSettings(reward={"needy": 1.0, "cider_d": 0.0})),
    ]
    with pytest.raises(UserError, match=r"^3 things stand in the way of this run: ") as caught:
        dry_pass(prepared)
    for said in ("panns-cnn10 are not here", "unknown metric 'spidr'", "the model of needy is not here"):
        assert said in str(caught.value)


def test_one_problem_is_its_own_line(prepared: Prepared) -> None:
    prepared.recipe = [Planned(trouble="the dataset is not here")]
    with pytest.raises(UserError, match=r"^the dataset is not here$"):
        dry_pass(prepared)


def test_too_little_memory_is_a_warning(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aacbench.runs.dry_pass.memory_of", lambda device: 24_000_000_000)
    assert [*memory_warnings(prepared, {"small": 23_000_000_000})] == []
    (line,) = memory_warnings(prepared, {"large": 62_300_000_000, "small": 1})
    assert line.startswith("warning: large wants about 62.3 GB of memory in single precision, and cpu has 24.0;")
    assert "train.micro_batch" in line


def test_copies_from_other_seeds_are_tried_once(prepared: Prepared) -> None:
    tried: list[str] = []

    @dataclass(frozen=True)
    class Tried(Planned):
        def rehearsal(self, context: RunContext, waiting: bool) -> None:
            tried.append(self.name)

    same = {"weights": "w"}
    prepared.recipe = [Tried("a", data=same), Tried("b", data=same), Tried("c", data={"weights": "x"})]
    try_recipe(prepared, measured=False)
    assert tried == ["a", "c"]


def test_captions_may_be_longer_than_the_positions_that_a_decoder_began_with() -> None:
    torch.manual_seed(0)
    decoder = TransformerDecoder(12, 8, dim=16, heads=2, layers=1, feed_forward=16, max_length=4).eval()
    longer = TransformerDecoder(12, 8, dim=16, heads=2, layers=1, feed_forward=16, max_length=64).eval()
    longer.load_state_dict(decoder.state_dict())
    tokens = torch.randint(4, 12, (2, 30))
    assert torch.equal(decoder.embed(tokens), longer.embed(tokens))
    assert torch.equal(decoder.embed(tokens[:, :1], 29), longer.embed(tokens[:, :1], 29))
