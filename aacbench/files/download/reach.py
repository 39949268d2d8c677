"""Whether a server can be reached at all, found out in two seconds: without a network, names take a minute to fail."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

SECONDS = 2.0


def unresolved(url: str, seconds: float = SECONDS) -> str | None:
    """Return why the server's name has no address, in one phrase; None where it has one, or a proxy looks for it."""
    return _found_out(url, seconds, connect=False)


def unreachable(url: str, seconds: float = SECONDS) -> str | None:
    """Return why the server of `url` cannot be reached, in one phrase; None where it can, or a proxy is asked for it.

    All addresses that the name has are tried at once, so that a dead one costs nothing.
    """
    return _found_out(url, seconds, connect=True)


def _found_out(url: str, seconds: float, connect: bool) -> str | None:
    from requests.utils import get_environ_proxies

    parts = urlsplit(url)
    host = parts.hostname or ""
    if get_environ_proxies(url):
        return None
    answers: queue.Queue[str | None] = queue.Queue()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    _start(_ask, host, port, seconds if connect else 0.0, answers)
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        return f"{host} does not answer in {seconds:.0f} s"


@lru_cache(maxsize=4)
def known_unreachable(url: str) -> str | None:
    """Return what `unreachable` found when this process first asked."""
    return unreachable(url)


def _ask(host: str, port: int, seconds: float, answers: queue.Queue[str | None]) -> None:
    """Put None once a connection stands (or, in no seconds, addresses are known), or a reason once none can."""
    try:
        addresses = {entry[4][:2] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        answers.put(f"the address of {host} cannot be found ({error.strerror or error})")
        return
    if not seconds:
        answers.put(None)
        return
    outcomes: queue.Queue[str | None] = queue.Queue()
    for address in addresses:
        _start(_connect, address, seconds, outcomes)
    reasons = []
    for _ in addresses:
        reason = outcomes.get()
        if reason is None:
            break
        reasons.append(reason)
    answers.put(reasons[0] if len(reasons) == len(addresses) else None)


def _connect(address: tuple[str, int], seconds: float, outcomes: queue.Queue[str | None]) -> None:
    try:
        socket.create_connection(address, timeout=seconds).close()
        outcomes.put(None)
    except OSError as error:
        outcomes.put(f"{address[0]} cannot be reached ({error.strerror or error})")


def _start(work: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()
