"""CoreNLP 3.6.0 for the reference engine: where it is downloaded, what is taken from it, where it is
looked for.

The two jars are GPL and are not part of aacbench; the official tool downloads the same archive. Sizes are
bytes. Jars that pycocoevalcap or aac-metrics have fetched already are used where they lie.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path

from aacbench.errors import AacbenchError, UserError, one_line
from aacbench.files.atomic import atomic_path, atomic_write
from aacbench.files.cache_dir import cache, home
from aacbench.files.safe_read import load_json

URL = "https://nlp.stanford.edu/software/stanford-corenlp-full-2015-12-09.zip"
PIECE = 2**20


@dataclass(frozen=True, slots=True)
class Jar:
    """A file in the archive and how to know it."""

    name: str
    size: int
    sha256: str


CODE = Jar(
    "stanford-corenlp-3.6.0.jar",
    7_270_741,
    "d341d5863276f55782c5ef73212222d6b3b48e02ae1951ab6de7618d28b12742",
)
MODELS = Jar(
    "stanford-corenlp-3.6.0-models.jar",
    378_116_526,
    "d285157bd7887ee3018094b5dbae092e49088b023361ccdb550ee1daf9b2c9bd",
)
JARS = (CODE, MODELS)


def folder() -> Path:
    """Return aacbench's own place for the jars; it need not exist."""
    return home() / "corenlp"


def fetch(target: Path | None = None) -> Path:
    """Download CoreNLP into `target` (by default aacbench's own place), and return that folder.

    An interrupted download goes on with the next call; jars that are there already, or in another tool's
    cache (for the default place), are kept.

    Raises:
        AacbenchError: the server fails, or what it sends is not CoreNLP 3.6.0.
        UserError: offline, too little disk, or a folder that cannot be written.
    """
    from aacbench.files.download import download, require_space  # noqa: PLC0415

    destination = target if target is not None else folder()
    present = find_in(destination) if target is not None else find_corenlp()
    if present is not None:
        return present
    try:
        destination.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {destination} ({error.strerror}); name another") from error
    archive = download(URL, destination / URL.rpartition("/")[2])
    require_space(destination, sum(jar.size for jar in JARS), "unpacking CoreNLP")
    unpack(archive, destination)
    archive.unlink(missing_ok=True)
    return destination


def unpack(zip_path: Path, target: Path) -> None:
    """Take the two jars out of the archive into the folder `target`; each appears whole and verified, or not.

    Raises:
        AacbenchError: the archive is damaged, lacks a jar, or holds another one.
    """
    again = f"delete {zip_path} and run `aacbench fetch spice` again"
    try:
        with zipfile.ZipFile(zip_path) as archive:
            for jar in JARS:
                names = [info for info in archive.infolist() if info.filename.rpartition("/")[2] == jar.name]
                if not names:
                    raise AacbenchError(f"{zip_path} holds no {jar.name}; {again}")
                if names[0].file_size != jar.size:
                    raise AacbenchError(
                        f"{jar.name} in {zip_path} has {names[0].file_size} bytes, not {jar.size}; {again}"
                    )
                with atomic_path(target / jar.name) as part:
                    with archive.open(names[0]) as source, part.open("wb") as sink:
                        shutil.copyfileobj(source, sink, PIECE)
                    if digest(part) != jar.sha256:
                        raise AacbenchError(f"{jar.name} in {zip_path} fails its checksum; {again}")
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, LZMAError) as error:
        raise AacbenchError(f"{zip_path} is damaged ({one_line(error)}); {again}") from error
    except OSError as error:
        raise UserError(f"cannot unpack {zip_path} into {target}: {error.strerror or error}") from error


def find_corenlp() -> Path | None:
    """Return the first folder that holds both jars, verified; None where there is none."""
    return next((candidate for candidate in places() if find_in(candidate) is not None), None)


def find_in(place: Path) -> Path | None:
    """Return `place` if both jars lie in it and are what they should be."""
    return place if all(genuine(place / jar.name, jar) for jar in JARS) else None


def places() -> Iterator[Path]:
    """Yield where the jars may lie: aacbench's own place, pycocoevalcap's, aac-metrics'."""
    yield folder()
    spec = importlib.util.find_spec("pycocoevalcap")
    for package in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(package, "spice", "lib")
    caches = os.environ.get("AAC_METRICS_CACHE_PATH") or Path.home() / ".cache"
    root = Path(caches).expanduser() / "aac-metrics"
    if root.is_dir():
        yield from sorted(jar.parent for jar in root.rglob(CODE.name))


def genuine(path: Path, jar: Jar) -> bool:
    """Tell whether `path` is `jar`; the checksum is taken once and remembered with the time of change."""
    try:
        status = path.stat()
    except OSError:
        return False
    if status.st_size != jar.size:
        return False
    key, stamp = str(path.resolve()), f"{jar.sha256} {status.st_size} {status.st_mtime_ns}"
    known = remembered()
    if known.get(key) == stamp:
        return True
    if digest(path) != jar.sha256:
        return False
    with contextlib.suppress(OSError, AacbenchError):  # verified again next time
        atomic_write(cache("spice") / "verified.json", json.dumps({**known, key: stamp}))
    return True


def remembered() -> dict[str, str]:
    """Return the stamps of files that were verified before."""
    try:
        stamps = load_json(home() / "spice" / "verified.json")
    except (OSError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
