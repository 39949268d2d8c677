"""The processes that do one run together: which of them this one is, and how it joins the others.

Torchrun's variables say so (RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT). Without them,
and inside `single_process`, a process is the only one and nothing here costs anything. Tensors on the CPU go through
gloo, those on GPUs through NCCL; accelerate places each process on its device. Importing this loads neither torch nor
accelerate.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

from aacbench.errors import AacbenchError, UserError

if TYPE_CHECKING:
    from torch._C._distributed_c10d import Store

VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
MEETING = timedelta(minutes=10)  # for all processes to come together
WAITING = timedelta(days=7)  # for the others, which may score, or wait for another run's stage


@dataclass(frozen=True, slots=True)
class Processes:
    """The `rank`-th of `count` processes, and the `local_rank`-th of `local_count` on its machine."""

    rank: int = 0
    count: int = 1
    local_rank: int = 0
    local_count: int = 1


SINGLE = Processes()


class _Here:
    """What this process knows of the others."""

    processes = SINGLE
    alone = 0
    store: Store | None = None


def world() -> Processes:
    """Return which process of the run this one is, whatever it is doing."""
    return _Here.processes


def group() -> Processes:
    """Return which process this is of those at the present work: inside `single_process`, the only one."""
    return SINGLE if _Here.alone else _Here.processes


def is_rank_zero() -> bool:
    """Whether this process writes the files of the present work."""
    return group().rank == 0


@contextmanager
def single_process() -> Iterator[None]:
    """Work without the other processes in the block, which may be doing something else."""
    _Here.alone += 1
    try:
        yield
    finally:
        _Here.alone -= 1


def announced() -> Processes:
    """Return what torchrun's variables say; without them, a process is the only one.

    Raises:
        UserError: some of them are missing, or are no numbers that fit.
    """
    if int(_number("WORLD_SIZE", "1")) == 1:
        return SINGLE
    rank, count, local_rank, local_count = (_number(name) for name in VARIABLES)
    if not (0 <= rank < count and 0 <= local_rank < local_count <= count):
        shown = " ".join(f"{name}={os.environ[name]}" for name in VARIABLES)
        raise UserError(f"these variables do not fit one another: {shown}; start the run with torchrun")
    return Processes(rank, count, local_rank, local_count)


def _number(name: str, default: str | None = None) -> int:
    text = os.environ.get(name, default)
    try:
        return int(text)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise UserError(
            f"the variable {name} should be a number, as torchrun sets it, not {text!r}; start the run with torchrun"
        ) from error


def require_accelerate() -> None:
    """Refuse to go on without the library that several processes want.

    Raises:
        UserError: accelerate is not installed.
    """
    if find_spec("accelerate") is None:
        raise UserError(
            "several processes want accelerate, which is not installed: pip install 'aacbench[distributed]'"
        )


@contextmanager
def together(device: str) -> Iterator[str]:
    """Join the processes that torchrun's variables announce; yield this one's device for what was asked.

    A process that is the only one gets what was asked for, untouched. One that fails stays joined: it has to end.

    Raises:
        UserError: accelerate is missing, or there are not enough GPUs for the processes of this machine.
        AacbenchError: the others do not come.
    """
    here = announced()
    if here.count == 1:
        yield device
        return
    require_accelerate()
    joined = _join(here, own_device(device, here))
    _Here.processes = here
    yield joined
    _leave()


def own_device(asked: str, here: Processes) -> str:
    """Return "cpu", or "cuda:K" for the K-th process of this machine, where there is a GPU for each.

    Raises:
        UserError: there is not, or one GPU was asked for.
    """
    import torch  # noqa: PLC0415

    if asked not in ("auto", "cpu", "cuda"):
        raise UserError(f"each process takes a device of its own: use --device auto, cpu or cuda, not {asked}")
    gpus = torch.cuda.device_count()
    if asked == "cpu" or (asked == "auto" and not gpus):
        return "cpu"
    if gpus < here.local_count:
        raise UserError(
            f"{here.local_count} processes want as many GPUs, and this machine has {gpus}; use fewer, or --device cpu"
        )
    return f"cuda:{here.local_rank}"


def _join(here: Processes, device: str) -> str:
    """Meet the others; return the device that accelerate set for this process."""
    import torch.distributed as dist  # noqa: PLC0415
    from torch._C._distributed_c10d import PrefixStore  # noqa: PLC0415
    from torch.distributed.rendezvous import rendezvous  # noqa: PLC0415

    try:
        store, rank, count = next(iter(rendezvous("env://", here.rank, here.count, timeout=MEETING)))
    except (RuntimeError, ValueError, OSError) as error:
        raise AacbenchError(f"process {here.rank} of {here.count} could not meet the others: {error}") from error
    _Here.store = store
    backend = "gloo" if device == "cpu" else "cpu:gloo,cuda:nccl"
    dist.init_process_group(backend, store=PrefixStore("aacbench", store), rank=rank, world_size=count, timeout=WAITING)
    from accelerate import PartialState  # noqa: PLC0415

    os.environ.setdefault("OMP_NUM_THREADS", "1")  # as torchrun does; else accelerate warns
    placed = PartialState(cpu=device == "cpu").device
    return "cpu" if placed.type == "cpu" else str(placed)


def _leave() -> None:
    """Part from the others when all have come to the end."""
    import torch.distributed as dist  # noqa: PLC0415

    dist.barrier()
    dist.destroy_process_group()
    _Here.processes, _Here.store = SINGLE, None


def store() -> Store | None:
    """Return where the processes of this run can leave each other word; None where there is but one."""
    return _Here.store
