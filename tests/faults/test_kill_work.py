"""A sweep, a fetch, caches and indices being built, and a leaderboard, killed thirty times each, end as if never."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import sqlite3
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.faults.comparison import contents
from tests.faults.series import Series
from tests.faults.tally import Tally
from tests.forked import Done, Zygote
from tests.leaderboard.conftest import MakeRun, board, captions, make_run, root  # noqa: F401

pytestmark = [pytest.mark.faults, pytest.mark.slow]

SWEEP = """
[[runs]]
methods = ["floor", "nearest", "human"]
datasets = "soundscapes"
seeds = [0, 1]
metrics = ["bleu", "cider_d"]
dataset_settings = {preset = "tiny", development = 6, validation = 2, evaluation = 3, max_seconds = 4.5}
"""
METEOR = {
    "synonym/english.synsets": "dog\n1 2\n",
    "synonym/english.exceptions": "dog\ndogs\n",
    "function/english.words": "of\n",
    "nonbreaking/english.prefixes": "Mr\n",
}


def nothing(place: Path) -> None:
    """Make a folder ready that needs nothing."""


def archive(number: int) -> bytes:
    """Return a zip of files that do not compress."""
    out, noise = io.BytesIO(), np.random.default_rng(number)
    with zipfile.ZipFile(out, "w") as opened:
        for name in range(12):
            opened.writestr(zipfile.ZipInfo(f"part{number}/{name:02d}.wav"), noise.bytes(20_000))
    return out.getvalue()


ARCHIVES = {f"/{number}.zip": archive(number) for number in range(2)}


class Handler(BaseHTTPRequestHandler):
    """Answers slowly, piece by piece, and goes on where it is asked to."""

    protocol_version = "HTTP/1.1"
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        return None

    def do_GET(self) -> None:
        body, status = ARCHIVES[self.path], 200
        if asked := self.headers["Range"]:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            status = 206 if start < len(body) else 416
        self.send_response(status)
        if status != 200:
            total = len(body)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}" if status == 206 else f"*/{total}")
            body = body[start:]
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for first in range(0, len(body), 16_384):
            try:
                self.wfile.write(body[first : first + 16_384])
            except OSError:  # whoever asked was killed
                self.close_connection = True
                return
            time.sleep(0.015)


class Server(ThreadingHTTPServer):
    """Does not complain when whoever asks is killed."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        return None


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A slow server on this machine."""
    with Server(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def test_a_fetch_killed_thirty_times_brings_the_same_bytes(
    zygote: Zygote, server: str, tmp_path: Path, tally: Tally
) -> None:
    files = [f"{server}{path} {hashlib.md5(body).hexdigest()} {len(body)}" for path, body in ARCHIVES.items()]

    def run(place: Path, after: dict[str, float] | None) -> Done:
        return zygote.run("data", *files, cwd=place, home=place / "home", call="tests.faults.jobs:fetch", after=after)

    def phase(place: Path) -> str:
        names = {path.name for path in (place / "data").rglob("*")}
        open_one = "0" if "part0.zip.json" not in names else "1"
        if f"part{open_one}.zip.part" in names:
            return "receiving"
        return "unpacking" if f"part{open_one}.zip" in names else "between"

    Series("fetch", nothing, run, phase, contents, clock="wall", seed=1).carry_out(tmp_path, tally)


def test_an_index_killed_thirty_times_is_the_same(zygote: Zygote, tmp_path: Path, tally: Tally) -> None:
    def prepare(place: Path) -> None:
        folder = place / "site" / "pycocoevalcap"
        (folder / "meteor" / "data").mkdir(parents=True)
        (folder / "__init__.py").touch()
        words = [f"{one}{two}" for one in "abcdefghijklmnop" for two in "qrstuvwxyz"]
        lines = [line for place in range(60000) for line in ("0.5", words[place % 160], words[place * 7 % 160] + " of")]
        with gzip.GzipFile(folder / "meteor" / "data" / "paraphrase-en.gz", "w", mtime=0) as file:
            file.write(("\n".join(lines) + "\n").encode())
        with zipfile.ZipFile(folder / "meteor" / "meteor-1.5.jar", "w") as jar:
            for name, text in METEOR.items():
                jar.writestr(zipfile.ZipInfo(name), text)

    def run(place: Path, after: dict[str, float] | None) -> Done:
        site, call = place / "site", "tests.faults.jobs:meteor_index"
        return zygote.run(site, cwd=place, home=place / "home", call=call, after=after)

    def phase(place: Path) -> str:
        return "writing" if [*place.rglob(".*.part")] else "compiling"

    Series("METEOR's index", prepare, run, phase, contents, seed=2).carry_out(tmp_path, tally)


def test_caches_killed_thirty_times_hold_the_same(zygote: Zygote, tmp_path: Path, tally: Tally) -> None:
    def run(place: Path, after: dict[str, float] | None) -> Done:
        return zygote.run(cwd=place, home=place / "home", call="tests.faults.jobs:caches", after=after)

    def phase(place: Path) -> str:
        found = {path.name for path in (place / "home").glob("*")}
        order = ("spice", "encoded", "features", "content", "datasets")
        return next((name for name in order if name in found), "start")

    def outcome(place: Path) -> dict[str, str]:
        with closing(sqlite3.connect(place / "home/spice/tuples.sqlite")) as store:
            rows = store.execute("SELECT * FROM tuples ORDER BY version, sentence").fetchall()
        return {**contents(place), "parses": repr(rows)}

    Series("caches", nothing, run, phase, outcome, seed=3).carry_out(tmp_path, tally)


def test_a_sweep_killed_thirty_times_ends_the_same(zygote: Zygote, tmp_path: Path, tally: Tally) -> None:
    def prepare(place: Path) -> None:
        (place / "sweep.toml").write_text(SWEEP)

    def run(place: Path, after: dict[str, float] | None) -> Done:
        call = "tests.faults.jobs:sweep"
        return zygote.run("sweep.toml", cwd=place, home=place / "home", call=call, after=after)

    def phase(place: Path) -> str:
        return f"{len([*place.glob('runs/*/*/*/*/record.json')])} runs done"

    Series("sweep", prepare, run, phase, contents, clock="wall", seed=4).carry_out(tmp_path, tally)


@pytest.mark.parametrize("command", ["add", "build"])
def test_a_leaderboard_killed_thirty_times_is_the_same(
    zygote: Zygote,
    tmp_path: Path,
    tally: Tally,
    root: Path,  # noqa: F811
    make_run: MakeRun,  # noqa: F811
    command: str,
) -> None:
    runs = [make_run(captions(wrong), seed=wrong) for wrong in (2, 5)]
    if command == "build":
        zygote.finished("leaderboard", "add", *runs, "--root", root, cwd=tmp_path, home=tmp_path / "home")
        for name in ("README.md", "index.html", "leaderboard.csv"):
            (root / name).write_text("of an older release")

    def prepare(place: Path) -> None:
        shutil.copytree(root, place / "leaderboard")

    def run(place: Path, after: dict[str, float] | None) -> Done:
        arguments = ("leaderboard", command, *(runs if command == "add" else ()))
        return zygote.run(*arguments, cwd=place, home=tmp_path / "home", after=after)

    def phase(place: Path) -> str:
        count = len([*place.glob("leaderboard/results/**/*.json")])
        return f"{count} records" if command == "add" else "pages"

    Series(f"leaderboard {command}", prepare, run, phase, contents, seed=5).carry_out(tmp_path, tally)
