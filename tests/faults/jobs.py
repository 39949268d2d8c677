"""Work that has no command of its own, or not one that is cheap enough to be killed thirty times."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

PARENT_DIES = 1  # PR_SET_PDEATHSIG of prctl(2)


def fetch(target: str, *files: str) -> None:
    """Fetch archives as datasets are fetched; each of `files` is `URL MD5 SIZE`."""
    from aacbench.datasets.shared.remote import RemoteFile, fetch_archives

    archives = []
    for number, text in enumerate(files):
        url, md5, size = text.split()
        archives.append(RemoteFile(f"part{number}.zip", url, md5, int(size), int(size)))
    fetch_archives(Path(target), archives, "a dataset")


def meteor_index(site: str) -> None:
    """Build METEOR's index, and no kernels, from the stand-in for pycocoevalcap in `site`."""
    from aacbench.metrics.meteor import ahead
    from aacbench.metrics.meteor.index import load_index

    ahead.cores = lambda: 1  # type: ignore[attr-defined]
    sys.path.insert(0, site)
    sys.modules.pop("pycocoevalcap", None)
    load_index()


def caches() -> None:
    """Fill the caches: sounds, their contents, features, a frozen encoder's outputs, SPICE's parses."""
    import torch

    from aacbench import score
    from aacbench.audio.front_ends import front_end
    from aacbench.contracts import EncoderChoice
    from aacbench.datasets.soundscapes import Soundscapes, SoundscapesSettings
    from aacbench.models.encoders.cnn10 import Cnn10
    from aacbench.models.frozen import FrozenEncoder

    clips = Soundscapes(SoundscapesSettings(development=8, max_seconds=4.5)).clips("development")
    torch.manual_seed(0)
    choice = EncoderChoice("cnn10", front_end("panns-16k"), {"width": 0.125})
    FrozenEncoder(choice, Cnn10(width=0.125)).prepare(clips, progress=False)
    references = [clip.captions for clip in clips]
    print(score([listed[0] for listed in references], references, metrics=["spice"]))


def sweep(file: str) -> None:
    """`aacbench sweep FILE`, each run being a fork of this process and not a new one: nothing is imported again."""
    from aacbench import cli
    from aacbench.sweep import local

    vars(local)["launch"] = Forked
    sys.argv = ["aacbench", "sweep", file, "--jobs", "1"]
    cli.main()


class Forked:
    """What a sweep wants of a child; it dies with the sweep, as a worker does."""

    stdin = None

    def __init__(self, job: Any) -> None:
        from aacbench.sweep.jobs import LOG

        parent = os.getpid()
        self.code: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            ctypes.CDLL(None).prctl(PARENT_DIES, signal.SIGKILL)
            if os.getppid() != parent:  # it died before it was asked
                os._exit(1)
            log = os.open(Path(job.folder) / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
            _end_with(lambda: _command(job.command))

    def poll(self) -> int | None:
        """Return the exit code once it has ended."""
        if self.code is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if found else None
        return self.code

    def wait(self) -> int:
        """Wait for its end."""
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code


def limited(size: str, *arguments: str) -> None:
    """`aacbench ARGUMENTS` where no file can grow beyond `size` bytes: a disk that is full for all but small files."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), resource.RLIM_INFINITY))
    _command(arguments)


def as_nobody(*arguments: str) -> None:
    """`aacbench ARGUMENTS` as the user nobody, who may not write what root owns."""
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    _command(arguments)


def disturbed(how: str, clip: str, *arguments: str) -> None:
    """`aacbench ARGUMENTS` whose `clip` is deleted, or becomes silent, after the first epoch of the last stage."""
    from aacbench.training.loop import Loop

    end_epoch, stages = Loop._end_epoch, list[str]()

    def disturbing(loop: Loop, steps_per_epoch: int) -> None:
        end_epoch(loop, steps_per_epoch)
        stages.append(loop.task.name)
        if loop.task.name == "scst" and stages.count("scst") == 1:
            path = Path(clip)
            if how == "deleted":
                path.unlink()
            else:
                content = path.read_bytes()
                path.write_bytes(content[:44] + bytes(len(content) - 44))

    setattr(Loop, "_end_epoch", disturbing)  # noqa: B010  (mypy refuses to assign to a method)
    _command(arguments)


def together(count: str, *arguments: str) -> None:
    """`count` processes of `aacbench ARGUMENTS` at once; where these have `{}`, each process has its number there."""
    children = []
    for number in range(int(count)):
        child = os.fork()
        if child == 0:
            _end_with(partial(_command, [text.replace("{}", str(number)) for text in arguments]))
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(f"exit codes {sorted(codes)}")


def twice(call: str, *arguments: str) -> None:
    """Two processes of another job at once."""
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            _end_with(lambda: globals()[call](*arguments))
        children.append(child)
    sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))


def _end_with(work: Callable[[], object]) -> NoReturn:
    """Do `work` in a forked child, and never return."""
    code: object = 70
    try:
        work()
        code = 0
    except SystemExit as stop:
        code = stop.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _command(arguments: Sequence[str]) -> None:
    from aacbench import cli

    sys.argv = ["aacbench", *arguments]
    cli.main()
