"""One HTTP transfer into a partial file, going on where the last one stopped (RFC 9110, sections 13 and 14).

Beside `<name>.part` lies `<name>.part.json`: which version of the file its bytes belong to. Bytes are joined
only if the server says that the file is unchanged (ETag or Last-Modified), or if a checksum will notice.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from aacbench.errors import AacbenchError
from aacbench.files.atomic import atomic_write
from aacbench.files.checksums import Expected
from aacbench.files.download.disk import human, require_space
from aacbench.files.download.meter import Meter
from aacbench.files.download.trust import require_https
from aacbench.files.partial import open_plain

if TYPE_CHECKING:
    import requests

TIMEOUT = (20.0, 60.0)  # seconds to connect, and between two pieces
PIECE = 2**14  # bytes
STALL = 60.0  # seconds in which SLOWEST bytes must come; a few bytes a minute would keep a connection up for ever
SLOWEST = 1024
TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Interrupted(Exception):
    """The transfer was cut and trying again may help; `retry_after` is what the server asks for, in s."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unreachable(Interrupted):
    """No connection came about."""


class PartialFile:
    """The bytes received so far of one target, and which version of the file they are from."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self.note = target.with_name(f"{target.name}.part.json")

    def size(self) -> int:
        """Return how many bytes are there."""
        try:
            return self.path.lstat().st_size
        except FileNotFoundError:
            return 0

    def origin(self) -> dict[str, str]:
        """Return what was noted of the bytes' version; empty if nothing usable was."""
        try:
            noted = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(key): str(value) for key, value in noted.items()} if isinstance(noted, dict) else {}

    def begin(self, origin: dict[str, str]) -> None:
        """Start again from the first byte, of the version `origin`."""
        with self.open(os.O_TRUNC):
            atomic_write(self.note, json.dumps(origin))

    def open(self, how: int = os.O_APPEND) -> BinaryIO:
        """Return the bytes' file, open for writing; a link or a pipe of its name is neither followed nor changed."""
        return open(open_plain(self.path, os.O_RDWR | os.O_CREAT | how), "r+b")

    def discard(self) -> None:
        """Forget everything received."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def finish(self) -> None:
        """Move the whole file to its place."""
        with self.open() as file:
            os.fsync(file.fileno())
        os.replace(self.path, self.target)
        self.note.unlink(missing_ok=True)


def transfer_part(
    session: requests.Session, url: str, part: PartialFile, wanted: Expected, bar: Meter, connect: float = TIMEOUT[0]
) -> bool:
    """Receive what is missing of `part`; return whether it was joined to bytes received before.

    A connection has `connect` seconds to come about.

    Raises:
        Unreachable: there was no connection.
        Interrupted: it was cut, timed out, or the server is busy or failing.
        AacbenchError: the server will not send this file.
        UserError: the disk has no room for it.
    """
    import requests
    from urllib3.exceptions import HTTPError
    from urllib3.exceptions import TimeoutError as TimeoutError_

    origin = part.origin()
    have = _usable(part, origin, url, wanted)
    headers = {"Accept-Encoding": "identity"}  # what is counted is what is stored
    if have:
        headers["Range"] = f"bytes={have}-"
        if validator := origin.get("validator"):
            headers["If-Range"] = validator
    try:
        with session.get(url, headers=headers, stream=True, timeout=(connect, TIMEOUT[1])) as response:
            return _store(response, url, part, have, wanted, bar)
    except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
        raise AacbenchError(f"cannot reach {url}: {_reason(error)}; check the certificates and the proxy") from error
    except requests.ConnectTimeout as error:
        raise Unreachable(f"it does not answer in {connect:.0f} s") from error
    except (requests.Timeout, TimeoutError_) as error:
        raise Interrupted("the server does not answer in time") from error
    except (requests.ConnectionError, HTTPError) as error:
        kind = Unreachable if _is_unreached(error) else Interrupted
        raise kind(f"the connection failed ({_reason(error)})") from error
    except requests.RequestException as error:
        raise AacbenchError(f"cannot fetch {url}: {_reason(error)}") from error


def _is_unreached(error: BaseException) -> bool:
    """Whether no connection came about (refused, no route, no such name), to tell from one that was cut."""
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _usable(part: PartialFile, origin: dict[str, str], url: str, wanted: Expected) -> int:
    """Return from which byte on to ask."""
    have = part.size()
    if have and (origin.get("url") != url or not (origin.get("validator") or wanted.has_checksum)):
        part.discard()
        return 0
    return have


def _store(response: requests.Response, url: str, part: PartialFile, have: int, wanted: Expected, bar: Meter) -> bool:
    status = response.status_code
    for answer in (*response.history, response):
        require_https(answer.url)
    if status == 416 and have:
        return _beyond_the_end(response, part, have)
    if status in TRY_AGAIN:
        raise Interrupted(f"the server answered {status} {response.reason}", _retry_after(response))
    if status not in (200, 206):
        raise AacbenchError(f"the server answered {status} {response.reason} for {url}; {_advice(status)}")
    encoded = _encoded(response)
    origin = {"url": url, "validator": _validator(response)} if not encoded else {}  # of the coded bytes: never joined
    joined = status == 206
    if joined and encoded:
        part.discard()
        raise Interrupted("the server sent a part of a compressed form", 0.0)
    if joined:
        total = _range_total(response, part, have, origin["validator"])
    else:
        have, total = 0, None if encoded else _number(response.headers.get("Content-Length", ""))
        part.begin(origin)
    if wanted.size is not None and total is not None and total != wanted.size:
        part.discard()
        raise AacbenchError(f"{url} has {total:,} bytes, wanted {wanted.size:,}: it is not the published file")
    _require_bounded(url, part, wanted, total or 0)
    if total is not None:
        require_space(part.path.parent, total - have, part.target.name)
    with part.open() as file:
        for piece in _pieces(response, encoded):
            file.write(piece)
            have += len(piece)
            _require_bounded(url, part, wanted, have)
            bar.show(have, total)
    if total is None and wanted.size is not None and have < wanted.size:
        total = wanted.size
    if total is not None and have != total:
        if have > total:
            part.discard()
        raise Interrupted(f"the connection ended after {have:,} of {total:,} bytes")
    return joined


def _require_bounded(url: str, part: PartialFile, wanted: Expected, size: int) -> None:
    if wanted.most is not None and size > wanted.most:
        part.discard()
        raise AacbenchError(f"{url} has more than {human(wanted.most)}, which is the most that is taken of it")


def _beyond_the_end(response: requests.Response, part: PartialFile, have: int) -> bool:
    """Handle 416, nothing beyond the bytes we have: they are all, or they are of another version."""
    match = re.fullmatch(r"bytes \*/(\d+)", response.headers.get("Content-Range", ""))
    if match and int(match[1]) == have:
        return True
    part.discard()
    raise Interrupted("the file on the server became shorter", 0.0)


def _range_total(response: requests.Response, part: PartialFile, have: int, validator: str) -> int | None:
    """Check that a 206 answer continues what is there; return the whole file's size, if it is stated."""
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    before = part.origin().get("validator", "")
    if not match or int(match[1]) != have or (before and validator and before != validator):
        part.discard()
        raise Interrupted("the file changed on the server in the meantime", 0.0)
    return None if match[2] == "*" else int(match[2])


def _pieces(response: requests.Response, encoded: bool) -> Iterator[bytes]:
    """Yield the body as it comes, so that nothing received is lost with the connection; raise where it stalls."""
    since, received = monotonic(), 0
    while piece := response.raw.read1(PIECE, decode_content=encoded):
        yield piece
        received += len(piece)
        if monotonic() - since >= STALL:
            if received < SLOWEST:
                raise Interrupted(f"the server sent {received} bytes in {STALL:.0f} s")
            since, received = monotonic(), 0


def _encoded(response: requests.Response) -> bool:
    """Whether the body is a compressed form of the file; some servers say so of a file that is compressed itself."""
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    itself = encoding in ("gzip", "x-gzip") and urlsplit(response.url).path.endswith((".gz", ".tgz"))
    return encoding not in ("", "identity") and not itself


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,15}", text, re.ASCII) else None


def _advice(status: int) -> str:
    if status == 407:
        return "the proxy wants a login: put it into HTTPS_PROXY as http://NAME:PASSWORD@HOST:PORT"
    return "it is not open to everyone" if status in (401, 403, 451) else "the file may have moved"


def _validator(response: requests.Response) -> str:
    """Return what names this version of the file: a strong ETag, else its date of change, else nothing."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified", "")


def _retry_after(response: requests.Response) -> float | None:
    """Return the seconds that a Retry-After header asks for (a number or a date)."""
    text = response.headers.get("Retry-After", "").strip()
    if (seconds := _number(text)) is not None:
        return float(seconds)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time())
    except (ValueError, OverflowError):
        return None


def _reason(error: Exception) -> str:
    """Return the innermost cause in one line; the outer layers repeat it with object addresses."""
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return " ".join(str(cause).split()) or type(cause).__name__
