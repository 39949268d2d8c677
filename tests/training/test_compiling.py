"""Compiled networks train as others do; where nothing can compile them, they run as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch._dynamo
from torch import Tensor, nn

from aacbench.training import compiling
from aacbench.training.compiling import compile_parts
from aacbench.training.loop import Loop
from aacbench.training.settings import TrainSettings
from tests.training.test_every_setting import Lines


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave torch's compiler as it was."""
    before = torch._dynamo.config.suppress_errors
    yield
    torch._dynamo.config.suppress_errors = before
    torch._dynamo.reset()


class Part(nn.Module):
    """A layer, and something that no compiler takes."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 1)

    def forward(self, rows: Tensor) -> Tensor:
        made: Tensor = torch.tanh(self.linear(rows))
        return made


@pytest.mark.slow
def test_trains_as_it_does_uncompiled(tmp_path: Path) -> None:
    settings = TrainSettings(epochs=2, lr=0.05)
    plain, fast = Lines(), Lines()
    for task in (plain, fast):
        task.model = nn.Sequential(Part())
        task.model.load_state_dict(plain.model.state_dict())
    wanted = Loop(plain, settings, tmp_path / "plain", 0, "cpu").run()
    torch._dynamo.utils.counters.clear()
    done = Loop(fast, settings.model_copy(update={"compile": True}), tmp_path / "compiled", 0, "cpu").run()
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0
    assert list(fast.model.state_dict()) == list(plain.model.state_dict())
    assert done.best == pytest.approx(wanted.best, rel=1e-4)


def test_what_cannot_be_compiled_runs_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(graph: object, inputs: object) -> None:
        raise RuntimeError("no kernel for this")

    compiled = nn.Module.compile
    monkeypatch.setattr(nn.Module, "compile", lambda part, **how: compiled(part, backend=broken, **how))
    model, rows = nn.Sequential(Part()), torch.randn(4, 6)
    wanted = model(rows)
    assert compile_parts(model, "cpu")
    torch.testing.assert_close(model(rows), wanted)


@pytest.mark.parametrize(("device", "missing"), [("cpu", "C++ compiler"), ("cuda", "triton")])
def test_nothing_to_compile_with_is_said(
    device: str, missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(compiling, "find_spec", lambda name: None)
    model = nn.Sequential(Part())
    assert not compile_parts(model, device)
    assert f"no {missing} to compile networks with" in capsys.readouterr().err
    assert model[0]._compiled_call_impl is None
