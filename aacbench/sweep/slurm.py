"""Runs as jobs of a Slurm cluster through submitit: the same child processes, on whichever node Slurm gives them.

All nodes see the working directory, the output folder and the cache (`AACBENCH_HOME`) under the same paths. A job that
its time limit ends is submitted again, as often as `retries` says, and goes on from its checkpoint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from aacbench.errors import AacbenchError, UserError, one_line
from aacbench.sweep.jobs import SHARED, THREADS, Ended, Job, carry_out
from aacbench.sweep.settings import Resources

AT_ONCE = 100  # jobs in Slurm's queue at a time, unless --jobs says otherwise
UNITS = {"": 1.0, "m": 1.0, "h": 60.0, "d": 24 * 60.0, "s": 1 / 60}  # of `time`, in minutes
WANTED = "--slurm wants KEY=VALUE,KEY=VALUE, such as partition=gpu,time=4h"


class Slurm:
    """An `Executor` of Slurm jobs; `asked` is the text of `--slurm`, `folder` where submitit keeps its files."""

    def __init__(self, asked: str, resources: Resources, jobs: int | None, folder: Path) -> None:
        self.submitit = _submitit()
        options = parsed(asked)
        cluster = options.pop("cluster", "slurm")  # submitit's `local` starts jobs here
        self.jobs = AT_ONCE if jobs is None else jobs
        self.running: dict[int, tuple[Any, Job]] = {}
        gpus = int(resources.gpus_wanted(0))
        cpus = resources.cpus or resources.processes
        self.environment = dict.fromkeys(THREADS, str(max(1, cpus // resources.processes)))
        own: dict[str, Any] = {"name": "aacbench", "cpus_per_task": cpus, "timeout_min": 60}
        own |= {"gpus_per_node": gpus} if gpus else {}
        try:
            self.executor = self.submitit.AutoExecutor(folder=folder.absolute(), cluster=cluster)
            self.executor.update_parameters(**{**own, **slurm_options(options)})
        except Exception as error:  # submitit has no class of its own for what is wrong here
            raise UserError(f"cannot use Slurm as {asked!r}: {one_line(error)}") from error

    def room(self) -> bool:
        """Whether another run may be put into the queue."""
        return len(self.running) < self.jobs

    def start(self, name: int, job: Job) -> None:
        """Submit a run."""
        job = Job(job.command, job.folder, job.cwd, {**self.environment, **job.environment})
        try:
            self.running[name] = self.executor.submit(carry_out, job), job
        except Exception as error:  # what sbatch says comes as several classes
            self.stop()
            raise AacbenchError(f"Slurm takes no job: {one_line(error)}") from error

    def ended(self) -> list[tuple[int, Ended]]:
        """Return the runs whose jobs are over."""
        over = [name for name, (task, _) in self.running.items() if task.done()]
        return [(name, self._settled(name)) for name in over]

    def stop(self) -> None:
        """Cancel every job."""
        for task, _ in self.running.values():
            task.cancel()
        self.running.clear()

    def _settled(self, name: int) -> Ended:
        task, job = self.running.pop(name)
        try:
            ended: Ended = task.result()
        except Exception as error:  # the job's own, or submitit's for one that was ended from outside
            return Ended(None, f"its Slurm job {task.job_id} ended ({one_line(error)})")
        if ended.code == 0 and not (Path(job.folder) / "record.json").is_file():
            return Ended(2, f"it ended well, but its record is not in {job.folder}; {SHARED}")
        return ended


def parsed(text: str) -> dict[str, str]:
    """Return `partition=gpu,time=4h` as a mapping.

    Raises:
        UserError: it is none.
    """
    options = {}
    for part in text.split(","):
        key, equals, value = (word.strip() for word in part.partition("="))
        if not (key and equals and value) or key in options:
            raise UserError(f"{WANTED}; got {text!r}")
        options[key] = value
    return options


def slurm_options(options: Mapping[str, str]) -> dict[str, Any]:
    """Return the options as submitit takes them: whole numbers as such, `time` in minutes.

    Raises:
        UserError: `time` is no time.
    """
    named: dict[str, Any] = {}
    for key, value in options.items():
        if key == "time":
            named["timeout_min"] = minutes(value)
        else:
            named[f"slurm_{key}"] = int(value) if value.isdecimal() else value
    return named


def minutes(text: str) -> int:
    """Return a time such as 90, 30m, 4h, 2d, 1:30:00 or 1-12:00:00 in minutes, rounded up.

    Raises:
        UserError: it is none.
    """
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text):
        count = float(match[1]) * UNITS[match[2]]
    elif match := re.fullmatch(r"(?:(\d+)-)?(\d+):(\d+)(?::(\d+))?", text):
        days, hours, mins, seconds = (int(part or 0) for part in match.groups())
        count = days * 1440 + hours * 60 + mins + seconds / 60
    else:
        raise UserError(f"--slurm time wants 90 (minutes), 30m, 4h, 2d or 1-12:00:00; got {text!r}")
    if not 0 < count < 10**6:
        raise UserError(f"--slurm time wants more than nothing and less than two years; got {text!r}")
    return int(-(-count // 1))


def _submitit() -> ModuleType:
    try:
        import submitit  # an extra  # noqa: PLC0415
    except ImportError as error:
        raise UserError("--slurm needs the package submitit: pip install 'aacbench[slurm]'") from error
    module: ModuleType = submitit
    return module
