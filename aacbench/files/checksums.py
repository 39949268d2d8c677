"""What a downloaded file must be: its size in bytes and its SHA-256 or MD5 (hexadecimal, either case).

MD5 is there because it is what Zenodo publishes; it finds damage, not malice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


def digest(path: Path, algorithm: str) -> str:
    """Return the hexadecimal digest of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


@dataclass(frozen=True, slots=True)
class Expected:
    """The checksums and the size that are known beforehand; None where nothing is known. `most` bytes are taken."""

    sha256: str | None = None
    md5: str | None = None
    size: int | None = None
    most: int | None = None

    @property
    def has_checksum(self) -> bool:
        """Whether a wrong file would be noticed."""
        return bool(self.sha256 or self.md5)

    def problem(self, path: Path) -> str | None:
        """Return what is wrong with the file at `path`, with both values, or None."""
        size = path.stat().st_size
        if self.size is not None and size != self.size:
            return f"it has {size:,} bytes, wanted {self.size:,}"
        for algorithm, wanted in (("sha256", self.sha256), ("md5", self.md5)):
            if wanted:  # one strong enough checksum is enough
                actual = digest(path, algorithm)
                return None if actual == wanted.lower() else f"its {algorithm} is {actual}, wanted {wanted.lower()}"
        return None
