"""What two processes are checked to do, run by them: each compares what they make together with what one would make.

`python checks.py FOLDER [CHECK ...]` starts the processes; each writes `FOLDER/RANK.json`, what went wrong by the name
of the check.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.errors import AacbenchError, UserError
from aacbench.models.bi_encoder import info_nce
from aacbench.models.layers.norm import masked_norm
from aacbench.runtime.distributed.batch_norm import SharedBatchNorm, share_batch_norm
from aacbench.runtime.distributed.collectives import (
    for_each_rank,
    locked_by_rank_zero,
    map_ranks,
    mean_ranks,
    on_rank_zero,
)
from aacbench.runtime.distributed.gradients import Gradients
from aacbench.runtime.distributed.launch import launch
from aacbench.runtime.distributed.process_group import group, is_rank_zero, single_process, together, world
from aacbench.runtime.distributed.shards import (
    ShardRange,
    SharedGenerators,
    all_lists,
    bounds,
    gather_rows,
    max_over_ranks,
    pad_to,
    sharded,
    shared_generator,
    shared_mean,
)
from aacbench.training.self_critical.rollout import Among, draw

Check = Callable[[Path], None]
RANDOM = torch.Generator().manual_seed(0)


def beside(path: str) -> ModuleType:
    """Import a file of the tests."""
    full = Path(__file__).parent / path
    spec = importlib.util.spec_from_file_location(full.stem + "_beside", full)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def part(total: int) -> ShardRange:
    found = bounds(total)
    assert found
    return ShardRange(*found, total, SharedGenerators(5))


def close(one: Tensor, other: Tensor, what: str = "", within: float = 1e-9) -> None:
    assert one.shape == other.shape, (what, one.shape, other.shape)
    assert torch.allclose(one, other, rtol=within, atol=within), (what, float((one - other).abs().max()))


def check_everyone_is_told_who_it_is(folder: Path) -> None:
    assert world().count == group().count == 2
    assert map_ranks([0, 1], lambda place: world().rank) == [0, 1]
    assert is_rank_zero() == (group().rank == 0)
    with single_process():
        assert is_rank_zero() and group().count == 1 and world().count == 2


def check_nothing_is_lost_or_done_twice(folder: Path) -> None:
    done: list[int] = []

    def squared(place: int) -> int:
        done.append(place)
        return place**2

    for count in range(12):
        assert map_ranks(range(count), squared) == [place**2 for place in range(count)]
    assert len(done) == sum(len(range(count)[world().rank :: 2]) for count in range(12))
    assert map_ranks([1, 2, 3], lambda place: map_ranks([place] * 2, str)) == [["1", "1"], ["2", "2"], ["3", "3"]]
    mine: list[int] = []
    for_each_rank(range(5), mine.extend)
    assert sorted(all_of(mine)) == [0, 1, 2, 3, 4]


def all_of(mine: Sequence[Any]) -> list[Any]:
    return [one for theirs in map_ranks([0, 1], lambda place: list(mine)) for one in theirs]


def check_one_speaks_for_all(folder: Path) -> None:
    assert on_rank_zero(lambda: world().rank)() == 0
    for error, kind in ((UserError("no such clip"), UserError), (_Odd(1, 2), AacbenchError)):
        try:
            on_rank_zero(_throw)(error)
        except kind as found:
            assert str(found).endswith("no such clip") or "_Odd" in str(found)
        else:
            raise AssertionError("nothing was raised")
    try:
        for_each_rank(range(4), partial(_refuse, 3))
    except UserError as error:
        assert str(error) == "4 came, 3 among them"  # all of them, although one process had but two
    assert mean_ranks({"a": float(world().rank), "b": 1.0}) == {"a": 0.5, "b": 1.0}


class _Odd(Exception):
    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} {other}")


def _throw(error: Exception) -> None:
    raise error


def _refuse(what: int, items: Sequence[int]) -> None:
    if what in items:
        raise UserError(f"{len(items)} came, {what} among them")


def check_the_first_holds_locks(folder: Path) -> None:
    log: list[str] = []

    class Lock:
        def acquire(self) -> None:
            log.append("acquired")

        def release(self) -> None:
            log.append("released")

    with locked_by_rank_zero(Lock()):
        log.append("worked")
    assert log == (["acquired", "worked", "released"] if is_rank_zero() else ["worked"])


def check_means_and_rows_are_those_of_the_whole_batch(folder: Path) -> None:
    for total in (2, 3, 7):
        whole = torch.randn(total, 4, generator=RANDOM, dtype=torch.float64)
        mine = part(total)
        rows = whole[mine.first : mine.last].clone().requires_grad_()
        with sharded(mine):
            share = shared_mean((rows**2).mean(), len(rows))
            close(gather_rows(rows), whole)
            assert all_lists(range(mine.first, mine.last)) == list(range(total))
            assert max_over_ranks(3 + world().rank, 9 - world().rank) == (4, 9)
            drawn = torch.rand(3, generator=shared_generator())
        assert abs(mean_ranks({"mean": float(share.detach())})["mean"] - float((whole**2).mean())) < 1e-12
        close(drawn, torch.rand(3, generator=torch.Generator().manual_seed(5)))
        close(pad_to(rows, 6), F.pad(rows, (0, 2)))
    assert shared_generator() is None and bounds(1) is None


def check_gradients_through_rows_of_all(folder: Path) -> None:
    """InfoNCE over clips and captions of both processes, three clips to two and more captions than clips."""
    audio, text = (torch.randn(size, 4, generator=RANDOM, dtype=torch.float64) for size in (5, 10))
    owners = torch.arange(5).repeat_interleave(2)
    linear = nn.Linear(4, 4, dtype=torch.float64)
    linear.load_state_dict(on_rank_zero(linear.state_dict)())
    scale = nn.Parameter(torch.tensor(1.3, dtype=torch.float64))
    wanted = torch.autograd.grad(info_nce(linear(text) @ linear(audio).T, owners, scale), [*linear.parameters(), scale])
    mine = part(5)
    rows = slice(mine.first, mine.last), slice(2 * mine.first, 2 * mine.last)
    with sharded(mine):
        similarity = gather_rows(linear(text[rows[1]])) @ gather_rows(linear(audio[rows[0]])).T
        found = torch.autograd.grad(info_nce(similarity, owners, scale), [*linear.parameters(), scale])
    for one, other in zip(found, wanted, strict=True):
        close(sum(map_ranks([0, 1], lambda place, one=one: one)) / 2, other)  # type: ignore[arg-type,misc]


def check_batch_norm_is_over_the_whole_batch(folder: Path) -> None:
    cases = (
        (nn.BatchNorm1d(3), (5, 3)),
        (nn.BatchNorm1d(3, momentum=None), (3, 3, 4)),
        (nn.BatchNorm2d(3), (7, 3, 2, 5)),
    )
    for layer, shape in cases:
        plain = nn.Sequential(layer).double()
        plain[0].weight.data = torch.tensor([0.5, 1.5, 2.0], dtype=torch.float64)
        shared = copy.deepcopy(plain)
        share_batch_norm(shared)
        assert isinstance(shared[0], SharedBatchNorm) and list(shared.state_dict()) == list(plain.state_dict())
        for _ in range(2):  # buffers go on
            whole = torch.randn(shape, generator=RANDOM, dtype=torch.float64) + 3
            slope = torch.randn(shape, generator=RANDOM, dtype=torch.float64)
            mine = part(shape[0])
            rows = slice(mine.first, mine.last)
            own, all_ = whole[rows].clone().requires_grad_(), whole.clone().requires_grad_()
            wanted, given = plain(all_), torch.autograd.grad((plain(all_) * slope).sum(), [all_, *plain.parameters()])
            with sharded(mine):
                found = shared(own)
                shared(own)
                took = torch.autograd.grad((found * slope[rows]).sum(), [own, *shared.parameters()])
            close(found, wanted[rows])
            close(took[0], given[0][rows])
            for one, other in zip(took[1:], given[1:], strict=True):
                close(sum(map_ranks([0, 1], lambda place, one=one: one)), other)  # type: ignore[arg-type,misc]
            for name, value in shared.state_dict().items():
                close(value, plain.state_dict()[name], name)
        for net in (plain, shared):
            net.eval()
        close(shared(whole), plain(whole))
        shared.train()
        plain.train()
        close(shared(whole), plain(whole))  # a whole batch, which every process has


def check_batch_norm_of_valid_frames_is_over_the_whole_batch(folder: Path) -> None:
    """Statistics over the valid frames of all processes, also where one process has no padding at all."""
    plain = nn.Sequential(nn.BatchNorm2d(3)).double()
    shared = copy.deepcopy(plain)
    share_batch_norm(shared)
    lengths = torch.tensor([4, 4, 4, 1, 2])
    for _ in range(2):
        whole = torch.randn((5, 3, 4, 2), generator=RANDOM, dtype=torch.float64) + 3
        mine = part(5)
        rows = slice(mine.first, mine.last)
        own, all_ = whole[rows].clone().requires_grad_(), whole.clone().requires_grad_()
        wanted = masked_norm(plain[0], all_, lengths)
        given = torch.autograd.grad((wanted**3).sum(), [all_, *plain.parameters()])
        with sharded(mine):
            normed = masked_norm(shared[0], own, lengths[rows])
            took = torch.autograd.grad((normed**3).sum(), [own, *shared.parameters()])
        close(normed, wanted[rows])
        close(took[0], given[0][rows])
        for one, other in zip(took[1:], given[1:], strict=True):
            close(sum(map_ranks([0, 1], lambda place, one=one: one)), other)  # type: ignore[arg-type,misc]
        for name, value in shared.state_dict().items():
            close(value, plain.state_dict()[name], name)


def check_draws_are_those_of_one_process(folder: Path) -> None:
    probabilities = torch.softmax(torch.randn(7, 50, generator=RANDOM), 1)
    torch.manual_seed(5)
    wanted = [draw(probabilities) for _ in range(3)]
    mine = part(7)
    with sharded(mine):
        found = [
            draw(probabilities[mine.first : mine.last], Among(torch.arange(mine.first, mine.last), 7)) for _ in "123"
        ]
    for one, other in zip(found, wanted, strict=True):
        assert torch.equal(one, other[mine.first : mine.last])


class _Net(nn.Module):
    """Two layers, of which one may go unused."""

    def __init__(self, used: bool) -> None:
        super().__init__()
        self.one, self.two, self.used = nn.Linear(4, 4), nn.Linear(4, 1), used
        self.three = nn.Linear(4, 1)

    def forward(self, rows: Tensor) -> Tensor:
        hidden = torch.tanh(self.one(rows))
        found: Tensor = self.two(hidden) + (self.three(hidden) if self.used else 0.0)
        return found


def _squares(model: nn.Module, rows: Tensor) -> dict[str, Tensor]:
    return {"loss": shared_mean((model(rows) ** 2).mean(), len(rows))}


def check_gradients_are_those_of_one_process(folder: Path) -> None:
    for used in (True, False):
        torch.manual_seed(0)
        model = _Net(used).double()
        twin = copy.deepcopy(model)
        gradients = Gradients(model, partial(_squares, model))
        for _ in range(3):
            batches = [torch.randn(size, 4, generator=RANDOM, dtype=torch.float64) for size in (5, 3)]
            for net in (model, twin):
                net.zero_grad()
            for batch in batches:
                (twin(batch) ** 2).mean().backward()
            for place, batch in enumerate(batches):
                mine = part(len(batch))
                with sharded(mine), gradients.batch(last=place == 1):
                    gradients.losses(batch[mine.first : mine.last])["loss"].backward()  # type: ignore[no-untyped-call]
            gradients.finish()
            for name, parameter in model.named_parameters():
                other = twin.get_parameter(name).grad
                if other is None:
                    assert parameter.grad is None, name
                else:
                    assert parameter.grad is not None
                    close(parameter.grad, other, name)


def run_checks(folder: Path, chosen: Sequence[str]) -> None:
    warnings.simplefilter("error")
    names = [name for name in globals() if name.startswith("check_")]
    for module in (beside(name) for name in ("training_checks.py",)):
        names += [name for name in vars(module) if name.startswith("check_")]
        globals().update({name: found for name, found in vars(module).items() if name.startswith("check_")})
    names = [name for name in names if not chosen or name in chosen]
    found: dict[str, str | None] = {}
    with together("cpu") as device:
        assert device == "cpu"
        for name in names:
            own = folder / name
            on_rank_zero(own.mkdir)()
            try:
                globals()[name](own)
                found[name] = None
            except Exception:
                found[name] = traceback.format_exc()
            (folder / f"{world().rank}.json").write_text(json.dumps(found))
            if found[name]:
                raise SystemExit(1)  # the other ends, too


if __name__ == "__main__":
    torch.set_num_threads(1)
    os._exit(launch(partial(run_checks, Path(sys.argv[1]), sys.argv[2:]), 2))
