"""Runs side by side on this machine: CPU threads divided among them, GPUs given out by CUDA_VISIBLE_DEVICES."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, replace

from aacbench.errors import UserError
from aacbench.sweep.jobs import THREADS, Ended, Job, how_it_ended, launch, stop
from aacbench.sweep.settings import Resources

VISIBLE = "CUDA_VISIBLE_DEVICES"
_ROUNDING = 1e-9


def gpus() -> list[str]:
    """Return the names of the machine's GPUs, or of those that this process may use; asked without loading torch."""
    visible = os.environ.get(VISIBLE)
    if visible is not None:
        return [name.strip() for name in visible.split(",") if name.strip() and name.strip() != "-1"]
    try:
        listing = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [str(index) for index, line in enumerate(listing.stdout.splitlines()) if line.startswith("GPU ")]


@dataclass(frozen=True, slots=True)
class Share:
    """What a run gets: threads in each of its processes, GPUs or a part of one, and how many runs go on at once."""

    jobs: int
    threads: int
    gpus: float


def share(resources: Resources, jobs: int | None, cpu_count: int, gpu_count: int) -> Share:
    """Return how the machine is divided; without `jobs`, as many runs as it holds where the file says what one gets.

    Raises:
        UserError: a run wants more GPUs than there are.
    """
    wanted = resources.gpus_wanted(gpu_count)
    if wanted > gpu_count:
        raise UserError(f"a run wants {wanted:g} GPUs ([resources] gpus), and this machine has {gpu_count}")
    if jobs is None:
        room = [cpu_count // resources.cpus] if resources.cpus else []
        room += [int(gpu_count / wanted + _ROUNDING)] if wanted else []
        jobs = max(1, min(room)) if room else 1
    threads = (resources.cpus or cpu_count // jobs) // resources.processes
    return Share(jobs, max(1, threads), wanted)


class Local:
    """An `Executor` of child processes."""

    def __init__(self, shared: Share, devices: list[str]) -> None:
        self.shared = shared
        self.free = dict.fromkeys(devices, 1.0)
        self.running: dict[int, tuple[subprocess.Popen[bytes], Job, dict[str, float]]] = {}

    def room(self) -> bool:
        """Whether there are a job and its GPUs to spare."""
        return len(self.running) < self.shared.jobs and self._devices() is not None

    def start(self, name: int, job: Job) -> None:
        """Start a run with its share of the machine."""
        taken = self._devices() or {}
        environment = dict.fromkeys(THREADS, str(self.shared.threads))
        if self.free or self.shared.gpus == 0:
            environment[VISIBLE] = ",".join(taken)
        job = replace(job, environment={**environment, **job.environment})
        self.running[name] = launch(job), job, taken
        for device, part in taken.items():
            self.free[device] -= part

    def ended(self) -> list[tuple[int, Ended]]:
        """Return the runs that ended, and free what they had."""
        ended = []
        for name, (process, job, taken) in [*self.running.items()]:
            code = process.poll()
            if code is not None:
                stop([process])  # what it may have left behind
                for device, part in taken.items():
                    self.free[device] += part
                del self.running[name]
                ended.append((name, how_it_ended(job, code)))
        return ended

    def stop(self) -> None:
        """Stop every run."""
        stop([process for process, _, _ in self.running.values()])
        self.running.clear()

    def _devices(self) -> dict[str, float] | None:
        """Return the GPUs that the next run gets, with the part of each; None where too few are free."""
        wanted = self.shared.gpus
        if wanted == 0:
            return {}
        part = min(1.0, wanted)
        fitting = sorted((left, device) for device, left in self.free.items() if left >= part - _ROUNDING)
        count = max(1, round(wanted))
        return {device: part for _, device in fitting[:count]} if len(fitting) >= count else None
