"""Files that only this user can have written: what will be run is kept under a seal with the user's private key.

A cache folder may be shared, and a file in it may be planted or altered. What is only data carries check sums; what is
code when it is read (compiled kernels) is sealed with HMAC-SHA-256 by a key that lies in the user's own state folder,
readable by nobody else. A file with another seal, or none, counts as absent.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_path

from aacbench.files.atomic import atomic_write

_KEY_BYTES = 32
_LARGEST = 1 << 26  # bytes of a sealed file


def keep_sealed(path: Path, content: bytes) -> bool:
    """Write `content` under the user's seal; return whether that could be done."""
    key = _private_key()
    if key is None:
        return False
    try:
        atomic_write(path, _seal(key, path.name, content) + content)
    except OSError:
        return False
    return True


def read_sealed(path: Path) -> bytes | None:
    """Return the content of a file that this user sealed; None where it is absent, altered or another's."""
    key = _private_key()
    if key is None:
        return None
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        whole = path.read_bytes()
    except OSError:
        return None
    seal, content = whole[:_KEY_BYTES], whole[_KEY_BYTES:]
    return content if hmac.compare_digest(seal, _seal(key, path.name, content)) else None


def _seal(key: bytes, name: str, content: bytes) -> bytes:
    return hmac.new(key, name.encode() + b"\0" + content, hashlib.sha256).digest()


def _private_key() -> bytes | None:
    """Return the user's key, made on first use; None where no file can be kept from others."""
    path = user_state_path("aacbench") / "seal.key"
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            _make_key(path)
        return _read_key(path)
    return None


def _make_key(path: Path) -> None:
    """Write a new key whole: beside its place first, then linked there, unless another process was quicker."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(_KEY_BYTES))
        os.close(handle)
        os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def _read_key(path: Path) -> bytes | None:
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    try:
        state = os.fstat(handle)
        private = stat.S_ISREG(state.st_mode) and not state.st_mode & 0o077
        if os.name == "posix" and not (private and state.st_uid == os.geteuid()):
            return None
        key = os.read(handle, _KEY_BYTES + 1)
        return key if len(key) == _KEY_BYTES else None
    finally:
        os.close(handle)
