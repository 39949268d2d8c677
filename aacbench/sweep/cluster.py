"""Runs as tasks of a Ray cluster: the same child processes, on whichever machine has the CPUs and GPUs.

All machines see the working directory and the output folder under the same paths, and have aacbench and its plugins
installed; the cache (`AACBENCH_HOME`) is best shared, too, for pretraining to be computed once.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from aacbench.errors import AacbenchError, UserError, one_line
from aacbench.runtime import libraries
from aacbench.runtime.children import safe_path
from aacbench.runtime.cores import available
from aacbench.sweep.jobs import SHARED, THREADS, Ended, Job, carry_out
from aacbench.sweep.local import VISIBLE, gpus
from aacbench.sweep.settings import Resources

LOCAL = "local"
REACH = 10.0  # seconds to wait for a cluster's address to answer
PREFIX = "aacb-"
STARTS = 3  # on a busy machine Ray gives up on its own parts after half a minute
STORE = 80 * 2**20  # bytes of the object store, which runs do not use
FORWARDED = ("AACBENCH_", "PYTHONPATH", "HF_", "TOKENIZERS_PARALLELISM")


class Cluster:
    """An `Executor` of Ray tasks. `jobs` None is as many as the cluster has room for; name more where it can grow."""

    def __init__(self, address: str, resources: Resources, jobs: int | None) -> None:
        self.ray = _ray()
        self.temporary: str | None = None
        self.jobs = jobs
        self.running: dict[Any, tuple[int, Job]] = {}
        devices = gpus() if address == LOCAL else []
        before = signal.getsignal(signal.SIGTERM)
        self._connect(address, resources, jobs, len(devices))
        signal.signal(signal.SIGTERM, before)  # Ray puts its own handler in the place
        total = self.ray.cluster_resources()
        cpus = resources.cpus or resources.processes
        self.wanted = wanted = {"CPU": float(cpus), "GPU": resources.gpus_wanted(total.get("GPU", 0))}
        for kind, count in wanted.items():
            if count > total.get(kind, 0):
                self.stop()
                raise UserError(
                    f"a run wants {count:g} {kind}s ([resources]), and the Ray cluster has {total.get(kind, 0):g}"
                )
        task = self.ray.remote(carry_out).options(num_cpus=wanted["CPU"], num_gpus=wanted["GPU"], max_retries=0)
        self.submit = task.remote
        self.environment = {
            **{name: value for name, value in os.environ.items() if name.startswith(FORWARDED)},
            **dict.fromkeys(THREADS, str(max(1, cpus // resources.processes))),
            **({VISIBLE: ""} if not wanted["GPU"] else {}),
        }

    def room(self) -> bool:
        """Whether another run may be handed to Ray, which starts it on a machine that has room."""
        if self.jobs is not None:
            return len(self.running) < self.jobs
        total = self.ray.cluster_resources()
        return all((len(self.running) + 1) * count <= total.get(kind, 0) for kind, count in self.wanted.items())

    def start(self, name: int, job: Job) -> None:
        """Hand a run to Ray."""
        job = replace(job, environment={**self.environment, **job.environment})
        self.running[self.submit(job)] = name, job

    def ended(self) -> list[tuple[int, Ended]]:
        """Return the runs that ended, those of lost workers among them."""
        if not self.running:
            return []
        done, _ = self.ray.wait([*self.running], num_returns=len(self.running), timeout=0)
        return [self._settled(reference) for reference in done]

    def stop(self) -> None:
        """Cancel every run and leave the cluster; one that was started here ends."""
        for reference in self.running:
            self.ray.cancel(reference, force=True)
        self.running.clear()
        self.ray.shutdown()
        if self.temporary:
            shutil.rmtree(self.temporary, ignore_errors=True)

    def _settled(self, reference: Any) -> tuple[int, Ended]:
        name, job = self.running.pop(reference)
        try:
            ended: Ended = self.ray.get(reference)
        except self.ray.exceptions.RayTaskError as error:
            return name, Ended(1, one_line(error.cause))
        except self.ray.exceptions.RayError as error:
            return name, Ended(None, f"its Ray worker was lost ({type(error).__name__})")
        if ended.code == 0 and not (Path(job.folder) / "record.json").is_file():
            return name, Ended(2, f"it ended well, but its record is not in {job.folder}; {SHARED}")
        return name, ended

    def _connect(self, address: str, resources: Resources, jobs: int | None, gpu_count: int) -> None:
        own: dict[str, Any] = {"address": address, "log_to_driver": False, "configure_logging": False}
        if address == LOCAL:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            self.temporary = _temporary()
            cpu_count = max(available(), (jobs or 1) * (resources.cpus or resources.processes))
            own |= {"num_cpus": cpu_count, "num_gpus": gpu_count, "_temp_dir": self.temporary}
            own |= {"include_dashboard": False, "object_store_memory": STORE}
        else:
            _reach(address)
        for left in reversed(range(STARTS if address == LOCAL else 1)):
            try:
                with safe_path():  # Ray starts its workers
                    self.ray.init(**own)
                return
            except (Exception, SystemExit) as error:
                self.ray.shutdown()
                if not left:
                    self.stop()
                    raise AacbenchError(f"cannot use the Ray cluster {address!r}: {one_line(error)}") from error


def _temporary() -> str:
    """Return a new folder for a cluster of this process, with a short path; those of killed sweeps are removed."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdecimal() and not _lives(int(pid)):
            shutil.rmtree(path, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _ray() -> ModuleType:
    libraries.load("ray.exceptions", "--ray", install="'aacbench[ray]'")
    return libraries.load("ray", "--ray")


def _reach(address: str) -> None:
    """Refuse an address where nothing answers; Ray itself would try for minutes."""
    target = address.removeprefix("ray://")
    host, colon, port = target.rpartition(":")
    if target == "auto":
        return
    try:
        if not colon or not host:
            raise ValueError("wanted HOST:PORT, ray://HOST:PORT, auto or local")
        with socket.create_connection((host, int(port)), timeout=REACH):
            pass
    except (OSError, ValueError, OverflowError) as error:
        raise UserError(f"no Ray cluster at {address!r} ({one_line(error)})") from error
