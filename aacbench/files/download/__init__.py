"""Fetch one file from the web: resumed where it was cut, verified, in place only when it is whole.

Sizes are bytes, times seconds. The transfer is `requests` and not `pooch`, because pooch starts a cut file
again from its first byte. Proxies come from the usual variables (HTTPS_PROXY, NO_PROXY);
`AACBENCH_OFFLINE=1` forbids the network.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aacbench.errors import AacbenchError, UserError
from aacbench.files.checksums import Expected
from aacbench.files.download.disk import human, require_space
from aacbench.files.download.locks import exclusive
from aacbench.files.download.meter import Meter, meter
from aacbench.files.download.network import hub_advice, local_only, offline
from aacbench.files.download.reach import SECONDS, unresolved
from aacbench.files.download.transfer import TIMEOUT, Interrupted, PartialFile, Unreachable, transfer_part
from aacbench.files.download.trust import most_bytes, require_https, wrong_kind

if TYPE_CHECKING:
    import requests

__all__ = [
    "download", "exclusive", "hub_advice", "human", "local_only", "meter", "offline", "remote_size", "require_space",
]  # fmt: skip

ATTEMPTS = 5  # failures in a row that bring no new byte
BACKOFF = 1.0  # seconds before the second attempt; doubles with each failure
LONGEST_WAIT = 60.0
MOVED = 1024  # new bytes after which patience starts anew


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    md5: str | None = None,
    size: int | None = None,
    limit: int | None = None,
    progress: bool = True,
) -> Path:
    """Make sure that `target` is the file at `url`, and return it.

    A `target` that is already there is verified and kept; one that fails is set aside as `<name>.wrong`. What
    has been received lies in `<name>.part`, and the next call goes on from there. Two processes may ask for
    one file at once. Only https is used (http on this machine), and at most `limit` bytes are taken (by default the
    `size`, or gigabytes). A file without a checksum must look like one of its kind, and is said to be not verified.

    Raises:
        UserError: offline, too little disk, or a folder that cannot be written.
        AacbenchError: the server keeps failing, has no such file, or sends bytes that fail the checksum, are too many
            or of another kind.
    """
    require_https(url)
    wanted = Expected(sha256, md5, size, most_bytes(size, bool(sha256 or md5), limit))
    with exclusive(target, progress):
        if target.exists() and _keep(target, wanted, progress):
            PartialFile(target).discard()  # of a process that was killed at the very end
            return _said_unverified(target, wanted, progress)
        if offline():
            raise UserError(
                f"{target.name} is wanted from {url}, but AACBENCH_OFFLINE is set; unset it, "
                f"or put the file at {target} by hand"
            )
        try:
            _fetch(url, target, wanted, progress)
        except OSError as error:  # the network's errors were handled below; this is the disk
            raise UserError(
                f"cannot write {target} ({error.strerror or error}); free some disk or choose another folder"
            ) from error
    return _said_unverified(target, wanted, progress)


def remote_size(url: str) -> int | None:
    """Return the size in bytes that the server states for `url`; None where it states none."""
    import requests

    if offline() or unresolved(url):
        return None
    try:
        with _session() as session:
            plain = {"Accept-Encoding": "identity"}
            answer = session.head(url, allow_redirects=True, timeout=(SECONDS, 20), headers=plain)
    except requests.RequestException:
        return None
    length = answer.headers.get("Content-Length", "")
    return int(length) if answer.ok and length.isdigit() else None


def _said_unverified(target: Path, wanted: Expected, progress: bool) -> Path:
    if progress and not wanted.has_checksum:
        print(f"{target.name}: not verified, no checksum of it is published", file=sys.stderr)
    return target


def _keep(target: Path, wanted: Expected, progress: bool) -> bool:
    """Return whether the file in place is the wanted one; set it aside if not."""
    if not target.is_file():
        raise UserError(f"{target} is in the way of a download: it is no file; move it and repeat the command")
    problem = _problem(target, target.name, wanted)
    if problem is None:
        return True
    aside = target.with_name(f"{target.name}.wrong")
    os.replace(target, aside)
    if progress:
        print(f"{target.name}: {problem}; set aside as {aside.name}, fetching it again", file=sys.stderr)
    return False


def _fetch(url: str, target: Path, wanted: Expected, progress: bool) -> None:
    if reason := unresolved(url):
        raise AacbenchError(_not_reached(url, target, reason))
    part = PartialFile(target)
    with _session() as session, meter(target.name, progress) as bar:
        _receive(session, url, part, wanted, bar)
    part.finish()


def _receive(session: requests.Session, url: str, part: PartialFile, wanted: Expected, bar: Meter) -> None:
    """Repeat transfers until the part is whole and verified; raise when that cannot be."""
    failures, furthest, met = 0, part.size(), False
    while True:
        try:
            resumed = transfer_part(session, url, part, wanted, bar, TIMEOUT[0] if met else SECONDS)
        except Interrupted as interruption:
            if isinstance(interruption, Unreachable) and not met:  # no network, most likely: patience is of no use
                raise AacbenchError(_not_reached(url, part.target, str(interruption))) from interruption
            met = True
            if part.size() >= furthest + MOVED:  # slow and shaky, but it moves: patience starts anew
                failures, furthest = 0, part.size()
            failures += 1
            if failures >= ATTEMPTS:
                raise AacbenchError(_gave_up(url, part, interruption)) from interruption
            time.sleep(_wait(failures, interruption.retry_after))
            continue
        problem = _problem(part.path, part.target.name, wanted)
        if problem is None:
            return
        part.discard()
        if not resumed:
            raise AacbenchError(
                f"{url} sent another file than the published one: {problem}. Nothing was kept; try later; "
                "if it stays so, the file was replaced on the server or something on the way alters it"
            )
        furthest = 0  # pieces of two versions may have been joined: once more, from the first byte


def _problem(path: Path, name: str, wanted: Expected) -> str | None:
    """Return what is wrong with the bytes at `path` as the file called `name`, or None."""
    problem = wanted.problem(path)
    return wrong_kind(path, name) if problem is None and not wanted.has_checksum else problem


def _wait(failures: int, asked: float | None) -> float:
    if asked is not None:
        return min(asked, LONGEST_WAIT)
    return min(BACKOFF * 2.0 ** (failures - 1), LONGEST_WAIT) * random.uniform(0.75, 1.25)


def _not_reached(url: str, target: Path, reason: str) -> str:
    return (
        f"cannot fetch {url}: {reason}; check the network, and HTTPS_PROXY where one is wanted, or put the file at "
        f"{target} by hand"
    )


def _gave_up(url: str, part: PartialFile, interruption: Interrupted) -> str:
    kept = f"; {human(part.size())} are kept and the same command goes on from there" if part.size() else ""
    return (
        f"cannot fetch {url}: {interruption}, {ATTEMPTS} times in a row{kept}. "
        f"Check the network to {urlsplit(url).hostname} and the proxy settings, then repeat the command"
    )


@contextmanager
def _session() -> Iterator[requests.Session]:
    import requests

    from aacbench.version import __version__  # noqa: PLC0415

    with requests.Session() as session:
        session.headers["User-Agent"] = f"aacbench/{__version__}"
        yield session
