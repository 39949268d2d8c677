"""What is asked of a download whose checksum nobody published: https, a bounded size, and bytes of the right kind.

Plain http is for servers on this machine only. A login page or a notice of maintenance is no `.pth` and no table,
whatever the server calls it.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from aacbench.errors import AacbenchError

MOST_UNVERIFIED = 4 * 2**30  # bytes, where neither size nor checksum is known
MOST_VERIFIED = 64 * 2**30  # bytes, where a checksum will tell
HEAD = 512  # bytes that tell the kind

_MAGIC: dict[tuple[str, ...], tuple[bytes, ...]] = {
    (".pth", ".pt", ".ckpt"): (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
    (".zip", ".jar", ".whl"): (b"PK\x03\x04", b"PK\x05\x06"),
    (".7z",): (b"7z\xbc\xaf\x27\x1c",),
    (".h5", ".hdf5"): (b"\x89HDF\r\n\x1a\n",),
    (".gz", ".tgz"): (b"\x1f\x8b",),
    (".npy",): (b"\x93NUMPY",),
    (".wav",): (b"RIFF", b"RF64"),
    (".flac",): (b"fLaC",),
    (".ogg", ".opus"): (b"OggS",),
}
_TEXTS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".yaml", ".yml", ".md")


def require_https(url: str) -> None:
    """Raise `AacbenchError` unless the address is https, or http on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return
    raise AacbenchError(f"{url} is not fetched: only https is, so that nothing on the way can change the file")


def most_bytes(size: int | None, has_checksum: bool, limit: int | None) -> int:
    """Return how many bytes a download may have: its exact size, else the caller's limit, else the general one."""
    if size is not None:
        return size
    return limit or (MOST_VERIFIED if has_checksum else MOST_UNVERIFIED)


def wrong_kind(path: Path, name: str) -> str | None:
    """Return why the bytes at `path` cannot be the file called `name`; None where they may be."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        return "it is empty"
    if _is_page(head) and not name.lower().endswith((".html", ".htm", ".xml")):
        return "it is a web page (a login, a notice?)"
    ending = Path(name.lower()).suffix
    for endings, starts in _MAGIC.items():
        if ending in endings and not head.startswith(starts):
            return f"it does not begin as a {ending} file does"
    if ending == ".safetensors" and not (len(head) > 8 and head[8:9] == b"{"):
        return "it does not begin as a .safetensors file does"
    if ending in _TEXTS and b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it is no text"
    return None


def _is_page(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml", b"<script", b"<!--"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
