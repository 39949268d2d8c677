"""Downloads against a local server that misbehaves on purpose."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aacbench.errors import AacbenchError, UserError
from aacbench.files import download as module
from aacbench.files.download import download, remote_size, transfer

CONTENT = bytes(range(256)) * 2000  # 512,000 bytes: several pieces
PIECE = transfer.PIECE
CUT = 18 * PIECE
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


@dataclass
class Answer:
    """How one request is answered; the defaults are a good server's."""

    content: bytes = CONTENT
    status: int = 200
    cut: int | None = None  # bytes of the body after which the connection is closed
    ranges: bool = True
    etag: str = '"v1"'
    length: bool = True
    honour_if_range: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None


class Seen(NamedTuple):
    """What a request asked for."""

    range: str | None
    if_range: str | None


class Server(ThreadingHTTPServer):
    """Answers requests by its script, the last answer for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Answer] = []
        self.seen: list[Seen] = []
        self.turn = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/folder/a%20file%3D1.bin?download=1"

    def answer(self, *script: Answer) -> str:
        self.script = list(script)
        return self.url


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        return None

    def do_HEAD(self) -> None:
        self._head(self.server.script[0], 200, len(self.server.script[0].content), None)

    def do_GET(self) -> None:
        with self.server.turn:
            self.server.seen.append(Seen(self.headers["Range"], self.headers["If-Range"]))
            script = self.server.script
            answer = script.pop(0) if len(script) > 1 else script[0]
        if answer.wait:
            answer.wait.wait(10)
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        body, status, content_range = answer.content, answer.status, None
        if status == 200 and answer.ranges and (asked := self.headers["Range"]):
            changed = self.headers["If-Range"] not in (None, answer.etag)
            if not (changed and answer.honour_if_range):
                start = int(asked.removeprefix("bytes=").rstrip("-"))
                total = len(body)
                status, body = (206, body[start:]) if start < total else (416, b"")
                content_range = f"bytes {start}-{total - 1}/{total}" if status == 206 else f"bytes */{total}"
        self._head(answer, status, len(body), content_range)
        self.wfile.write(body if answer.cut is None else body[: answer.cut])
        self.wfile.flush()
        if answer.cut is not None or not answer.length:
            self.close_connection = True

    def _head(self, answer: Answer, status: int, length: int, content_range: str | None) -> None:
        self.send_response(status)
        if answer.length:
            self.send_header("Content-Length", str(length))
        if answer.etag:
            self.send_header("ETag", answer.etag)
        if content_range:
            self.send_header("Content-Range", content_range)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server on this machine, reached without a proxy, and downloads that do not wait long."""
    monkeypatch.setattr(module, "BACKOFF", 0.001)
    monkeypatch.delenv("AACBENCH_OFFLINE", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "file.bin"


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_fetches_and_verifies_and_leaves_nothing_else(server: Server, target: Path) -> None:
    url = server.answer(Answer())
    assert download(url, target, sha256=SHA256, md5=MD5, size=len(CONTENT)) == target
    assert target.read_bytes() == CONTENT
    assert left_in(target.parent) == ["file.bin"]


def test_a_good_file_in_place_is_not_fetched_again(server: Server, target: Path) -> None:
    url = server.answer(Answer())
    download(url, target, md5=MD5)
    download(url, target, md5=MD5)
    assert len(server.seen) == 1


def test_a_wrong_file_in_place_is_set_aside(server: Server, target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target.parent.mkdir()
    target.write_bytes(b"something else")
    download(server.answer(Answer()), target, md5=MD5)
    assert target.read_bytes() == CONTENT
    assert target.with_name("file.bin.wrong").read_bytes() == b"something else"
    assert MD5 in capsys.readouterr().err


def test_a_folder_in_the_way_is_a_users_mistake(server: Server, target: Path) -> None:
    target.mkdir(parents=True)
    with pytest.raises(UserError, match="in the way"):
        download(server.answer(Answer()), target)


def test_goes_on_within_one_call_where_the_connection_was_cut(server: Server, target: Path) -> None:
    url = server.answer(Answer(cut=CUT), Answer(cut=PIECE), Answer())
    download(url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT
    assert server.seen == [
        Seen(None, None),
        Seen(f"bytes={CUT}-", '"v1"'),
        Seen(f"bytes={CUT + PIECE}-", '"v1"'),
    ]


def test_many_cuts_are_borne_as_long_as_bytes_arrive(server: Server, target: Path) -> None:
    cuts = [Answer(cut=2 * PIECE) for _ in range(3 * module.ATTEMPTS)]
    download(server.answer(*cuts, Answer()), target, sha256=SHA256)
    assert len(server.seen) == 3 * module.ATTEMPTS + 1


def test_goes_on_in_the_next_call(server: Server, target: Path) -> None:
    url = server.answer(Answer(cut=CUT), Answer(cut=0))
    with pytest.raises(AacbenchError, match=r"5 times in a row; 294\.9 kB are kept"):
        download(url, target, md5=MD5)
    assert left_in(target.parent) == ["file.bin.part", "file.bin.part.json"]
    server.seen.clear()
    download(server.answer(Answer()), target, md5=MD5)
    assert server.seen == [Seen(f"bytes={CUT}-", '"v1"')]
    assert target.read_bytes() == CONTENT


def test_server_errors_are_tried_again(server: Server, target: Path) -> None:
    url = server.answer(Answer(status=500), Answer(status=503, headers={"Retry-After": "0"}), Answer())
    download(url, target, md5=MD5)
    assert len(server.seen) == 3


def test_server_errors_end_after_so_many_attempts(server: Server, target: Path) -> None:
    with pytest.raises(AacbenchError, match=r"502.*5 times in a row.*proxy settings"):
        download(server.answer(Answer(status=502)), target)
    assert len(server.seen) == module.ATTEMPTS
    assert left_in(target.parent) == []


def test_a_missing_file_is_not_tried_again(server: Server, target: Path) -> None:
    with pytest.raises(AacbenchError, match="404"):
        download(server.answer(Answer(status=404)), target)
    assert len(server.seen) == 1


def test_a_silent_server_is_left_after_the_timeout(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "TIMEOUT", (5.0, 0.1))
    silent = threading.Event()
    download(server.answer(Answer(wait=silent), Answer()), target, md5=MD5)
    silent.set()
    assert target.read_bytes() == CONTENT


def test_a_server_without_ranges_sends_all_again(server: Server, target: Path) -> None:
    url = server.answer(Answer(cut=CUT, ranges=False), Answer(ranges=False))
    download(url, target, sha256=SHA256)
    assert server.seen[1].range == f"bytes={CUT}-"
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("honour_if_range", [True, False])
def test_a_file_that_changes_between_tries_is_not_mixed(server: Server, target: Path, honour_if_range: bool) -> None:
    old = Answer(content=b"x" * len(CONTENT), cut=CUT)
    new = Answer(etag='"v2"', honour_if_range=honour_if_range)
    download(server.answer(old, new), target, sha256=SHA256)
    assert target.read_bytes() == CONTENT


def test_a_change_that_the_server_hides_is_found_by_the_checksum(server: Server, target: Path) -> None:
    old = Answer(content=b"x" * len(CONTENT), cut=CUT, etag="")
    download(server.answer(old, Answer(etag="")), target, sha256=SHA256)
    assert [seen.range for seen in server.seen] == [None, f"bytes={CUT}-", None]
    assert target.read_bytes() == CONTENT


def test_without_validator_and_checksum_nothing_is_joined(server: Server, target: Path) -> None:
    download(server.answer(Answer(cut=CUT, etag=""), Answer(etag="")), target)
    assert [seen.range for seen in server.seen] == [None, None]
    assert target.read_bytes() == CONTENT


def test_weak_tags_are_not_used_but_dates_are(server: Server, target: Path) -> None:
    date = {"Last-Modified": "Mon, 10 May 2021 10:00:00 GMT"}
    weak = Answer(etag='W/"v1"', headers=date, cut=CUT)
    download(server.answer(weak, Answer(etag='W/"v1"', headers=date, honour_if_range=False)), target)
    assert server.seen[1] == Seen(f"bytes={CUT}-", date["Last-Modified"])


def test_a_shorter_file_on_the_server_is_fetched_anew(server: Server, target: Path) -> None:
    short = CONTENT[:100_000]
    md5 = hashlib.md5(short).hexdigest()
    old = Answer(cut=CUT)
    download(server.answer(old, Answer(content=short, honour_if_range=False, etag="")), target, md5=md5)
    assert target.read_bytes() == short


def test_a_part_that_is_whole_already_is_taken(server: Server, target: Path) -> None:
    url = server.answer(Answer(cut=len(CONTENT) - 1), Answer(cut=0))
    with pytest.raises(AacbenchError):
        download(url, target, md5=MD5)
    with target.with_name("file.bin.part").open("ab") as part:
        part.write(CONTENT[-1:])  # killed after the last byte, before the move
    download(server.answer(Answer()), target, md5=MD5)
    assert target.read_bytes() == CONTENT


def test_a_wrong_checksum_names_both_sums_and_keeps_nothing(server: Server, target: Path) -> None:
    other = hashlib.sha256(b"another").hexdigest()
    with pytest.raises(AacbenchError, match=f"its sha256 is {SHA256}, wanted {other}"):
        download(server.answer(Answer()), target, sha256=other)
    assert left_in(target.parent) == []


def test_a_wrong_size_is_found_before_the_transfer(server: Server, target: Path) -> None:
    with pytest.raises(AacbenchError, match="512,000 bytes, wanted 512,001"):
        download(server.answer(Answer()), target, size=len(CONTENT) + 1)
    assert left_in(target.parent) == []


def test_a_body_of_unstated_length_is_taken(server: Server, target: Path) -> None:
    download(server.answer(Answer(length=False)), target, md5=MD5)
    assert target.read_bytes() == CONTENT


def test_too_little_disk_is_said_before_the_transfer(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    with pytest.raises(UserError, match=r"needs 512\.0 kB at .* only 1\.0 kB are free"):
        download(server.answer(Answer()), target)
    assert not target.exists()


def test_offline_says_where_to_put_the_file(server: Server, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    url = server.answer(Answer())
    with pytest.raises(UserError, match=f"AACBENCH_OFFLINE is set; unset it, or put the file at {target}"):
        download(url, target)
    target.write_bytes(CONTENT)
    assert download(url, target, md5=MD5) == target
    assert remote_size(url) is None
    assert server.seen == []


def test_the_proxy_of_the_environment_is_used(server: Server, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answer(Answer())
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("NO_PROXY", "other.invalid")
    download("http://127.0.0.2/file.bin", target, md5=MD5)
    assert len(server.seen) == 1


def test_remote_size(server: Server) -> None:
    assert remote_size(server.answer(Answer())) == len(CONTENT)
    assert remote_size("http://127.0.0.1:9/nothing-listens") is None


def test_no_listener_names_the_host(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF", 0.001)
    with pytest.raises(AacbenchError, match=r"127\.0\.0\.1:9/file: .*refused.*check the network"):
        download("http://127.0.0.1:9/file", target)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(server: Server, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="choose a folder that can be written"):
        download(server.answer(Answer()), tmp_path / "file.bin")


def _fetch_in_another_process(url: str, target: Path, done: Any) -> None:
    download(url, target, md5=MD5, progress=False)
    done.put(target.read_bytes() == CONTENT)


def test_two_processes_fetch_once(server: Server, target: Path) -> None:
    slow = threading.Event()
    url = server.answer(Answer(wait=slow))
    context = multiprocessing.get_context("spawn")
    done = context.Queue()
    workers = [
        context.Process(target=_fetch_in_another_process, args=(url, target, done), daemon=True) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    threading.Timer(0.5, slow.set).start()
    assert [done.get(timeout=60) for _ in workers] == [True, True]
    for worker in workers:
        worker.join(timeout=30)
    assert len(server.seen) == 1
    assert left_in(target.parent) == ["file.bin"]


@pytest.mark.parametrize("name", ["a.bin.part", "a.bin.part.json", ".a.bin.lock"])
def test_a_planted_link_is_not_written_through(server: Server, tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "data").mkdir()
    target = tmp_path / "data" / "a.bin"
    (tmp_path / "data" / name).symlink_to(victim)
    url = server.answer(Answer())
    if name == ".a.bin.lock":
        with pytest.raises(UserError, match=r"cannot write in"):
            download(url, target, sha256=SHA256, progress=False)
    else:
        assert download(url, target, sha256=SHA256, progress=False).read_bytes() == CONTENT
    assert victim.read_bytes() == b"mine"
