"""Downloads against servers and proxies that break HTTP's rules: what they send is written byte by byte."""

from __future__ import annotations

import gzip
import hashlib
import os
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aacbench.errors import AacbenchError, UserError
from aacbench.files import download as module
from aacbench.files.download import download, network, reach, transfer

CONTENT = bytes(range(256)) * 400  # 102,400 bytes
HALF = len(CONTENT) // 2
MD5 = hashlib.md5(CONTENT).hexdigest()
Script = list[bytes | float]  # what is sent, and seconds of silence between


def head(status: str, *lines: str) -> bytes:
    """Return the head of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *lines, "", ""]).encode()


def whole(*lines: str, content: bytes = CONTENT) -> Script:
    """Return a good answer."""
    return [head("200 OK", f"Content-Length: {len(content)}", 'ETag: "v1"', *lines) + content]


def begun(*lines: str) -> Script:
    """Return an answer that is cut in the middle."""
    return [head("200 OK", f"Content-Length: {len(CONTENT)}", 'ETag: "v1"', *lines) + CONTENT[:HALF]]


def rest(first: int = HALF, last: int = len(CONTENT) - 1, *lines: str) -> Script:
    """Return the answer to a request that goes on."""
    body = CONTENT[first : last + 1]
    total = f"Content-Range: bytes {first}-{last}/{len(CONTENT)}"
    return [head("206 Partial Content", f"Content-Length: {len(body)}", total, *(lines or ['ETag: "v1"'])) + body]


class Server(socketserver.ThreadingTCPServer):
    """Answers requests by its script, the last answer for ever, and keeps the requests' heads."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Script] = []
        self.seen: list[str] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def answer(self, *script: Script) -> str:
        self.script = list(script)
        return f"http://{self.host}/file.bin"


class Handler(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        lines = []
        while (line := self.rfile.readline().decode("latin-1").rstrip("\r\n")) != "":
            lines.append(line)
        self.server.seen.append("\n".join(lines))
        script = self.server.script
        for piece in script.pop(0) if len(script) > 1 else script[0]:
            if isinstance(piece, float):
                time.sleep(piece)
            else:
                try:
                    self.wfile.write(piece)
                except OSError:  # the other side has had enough
                    return


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "BACKOFF", 0.001)
    for name in ("AACBENCH_OFFLINE", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "file.bin"


def chunked(body: bytes, ends: bool = True) -> Script:
    sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:1000], body[1000:]))
    return [head("200 OK", "Transfer-Encoding: chunked", 'ETag: "v1"') + sent + (b"0\r\n\r\n" if ends else b"")]


GOES_ON: dict[str, list[Script]] = {
    "a range of other bytes": [begun(), rest(HALF - 100), whole()],
    "a range without saying which": [begun(), [head("206 Partial Content", 'ETag: "v1"') + CONTENT[HALF:]], whole()],
    "a range of another version": [begun(), rest(HALF, len(CONTENT) - 1, 'ETag: "v2"'), whole()],
    "ranges smaller than asked": [begun(), rest(HALF, HALF + 9999), rest(HALF + 10_000)],
    "a range longer than stated": [begun(), [rest()[0], b"more"], whole()],
    "all of it for a range": [begun(), whole()],
    "416 for a range that is there": [begun(), [head("416 Beyond", "Content-Range: bytes */10")], whole()],
    "a chunked body cut": [chunked(CONTENT[:HALF], ends=False), rest()],
    "a chunked body": [chunked(CONTENT)],
    "a body of no stated length cut": [[head("200 OK", 'ETag: "v1"') + CONTENT[:HALF]], rest()],
    "no answer at all": [[], whole()],
    "half a head": [[b"HTTP/1.1 200 OK\r\nContent-Le"], whole()],
    "no HTTP": [[b"220 ftp.example.org ready\r\n"], whole()],
    "busy, with a date": [[head("429 Too Many Requests", "Retry-After: Fri, 01 Jan 2021 00:00:00 GMT")], whole()],
    "busy, with nonsense": [[head("503 Busy", "Retry-After: \xb2 minutes", "Content-Length: 0")], whole()],
    "a redirect": [[head("302 Found", "Location: /other.bin", "Content-Length: 0")], whole()],
}  # fmt: skip


@pytest.mark.parametrize("what", GOES_ON)
def test_the_file_comes_whole_in_spite_of(what: str, server: Server, target: Path) -> None:
    download(server.answer(*GOES_ON[what]), target, md5=MD5, size=len(CONTENT))
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_compressed_on_the_way_is_unpacked_and_never_joined(server: Server, target: Path) -> None:
    packed = gzip.compress(CONTENT)
    answer = head("200 OK", f"Content-Length: {len(packed)}", "Content-Encoding: gzip", 'ETag: "z"')
    url = server.answer([answer + packed[: len(packed) // 2]], [answer + packed])
    download(url, target, md5=MD5)
    assert target.read_bytes() == CONTENT
    assert not any("Range" in seen for seen in server.seen)


def test_a_compressed_file_said_to_be_compressed_on_the_way_stays(server: Server, tmp_path: Path) -> None:
    packed = gzip.compress(CONTENT)
    url = server.answer(whole("Content-Encoding: gzip", content=packed)).replace(".bin", ".tar.gz")
    assert download(url, tmp_path / "file.tar.gz", size=len(packed)).read_bytes() == packed


def test_more_bytes_promised_than_the_file_has_are_asked_for_again(server: Server, target: Path) -> None:
    download(server.answer([head("200 OK", "Content-Length: 102401") + CONTENT], whole()), target, md5=MD5)
    assert f"Range: bytes={len(CONTENT)}-" in server.seen[1]
    assert target.read_bytes() == CONTENT


def test_fewer_bytes_promised_than_the_file_has_are_noticed(server: Server, target: Path) -> None:
    url = server.answer([head("200 OK", "Content-Length: 1000") + CONTENT])
    with pytest.raises(AacbenchError, match="1,000 bytes, wanted 102,400"):
        download(url, target, md5=MD5, size=len(CONTENT))
    with pytest.raises(AacbenchError, match="sent another file than the published one"):
        download(url, target, md5=MD5)


def test_a_server_that_stalls_in_the_body_is_left_and_what_came_is_kept(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "TIMEOUT", (5.0, 0.2))
    download(server.answer([*begun(), 5.0], rest()), target, md5=MD5)
    assert f"Range: bytes={HALF}-" in server.seen[1]
    assert target.read_bytes() == CONTENT


def test_a_server_that_drips_is_given_up(server: Server, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "STALL", 0.2)
    drip: Script = [head("200 OK", f"Content-Length: {len(CONTENT)}")]
    for number in range(50):
        drip += [CONTENT[number : number + 1], 0.05]
    with pytest.raises(AacbenchError, match=r"the server sent \d+ bytes in 0 s, 5 times in a row"):
        download(server.answer(drip), target)


def test_redirects_in_a_circle_end(server: Server, target: Path) -> None:
    url = server.answer([head("302 Found", "Location: /file.bin", "Content-Length: 0")])
    with pytest.raises(AacbenchError, match="Exceeded 30 redirects"):
        download(url, target)


def test_a_redirect_to_a_file_of_this_machine_is_refused(server: Server, target: Path) -> None:
    url = server.answer([head("302 Found", "Location: file:///etc/hostname", "Content-Length: 0")])
    with pytest.raises(AacbenchError, match="cannot fetch"):
        download(url, target)


@pytest.mark.parametrize(("status", "advice"), [("404 Not Found", "moved"), ("403 Forbidden", "open to everyone"),
                                                ("407 Login", "NAME:PASSWORD@HOST:PORT")])  # fmt: skip
def test_a_refusal_says_what_to_do_and_is_not_tried_again(
    status: str, advice: str, server: Server, target: Path
) -> None:
    with pytest.raises(AacbenchError, match=advice):
        download(server.answer([head(status, "Content-Length: 0")]), target)
    assert len(server.seen) == 1


def test_the_wait_that_a_busy_server_asks_for_is_kept(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    busy: list[Script] = [[head("429 Busy", f"Retry-After: {asked}", "Content-Length: 0")] for asked in ("7", "86400")]
    download(server.answer(*busy, whole()), target, md5=MD5)
    assert waited == [7.0, module.LONGEST_WAIT]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_fills_up_is_said(server: Server, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "open_plain", lambda path, flags: os.open("/dev/full", os.O_RDWR))
    with pytest.raises(UserError, match=r"cannot write .*No space left on device.*; free some disk"):
        download(server.answer(whole()), target)
    assert not target.exists()


def test_proxies_are_used_except_for_hosts_left_out(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer(whole())
    monkeypatch.setenv("HTTP_PROXY", f"http://{server.host}")
    monkeypatch.setenv("NO_PROXY", "other.invalid")
    download("http://127.0.0.2/file.bin", target, md5=MD5)
    assert server.seen[0].startswith("GET http://127.0.0.2/file.bin HTTP")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    download(server.answer(whole()), target.with_name("direct.bin"), md5=MD5)
    assert server.seen[1].startswith("GET /file.bin HTTP")


def test_https_goes_through_its_proxy_and_a_refusal_is_said(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer([head("403 Forbidden", "Content-Length: 0")])
    monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:secret@{server.host}")
    with pytest.raises(AacbenchError, match=r"403.*check the certificates and the proxy") as refusal:
        download("https://dataset.invalid/file.bin", target)
    assert server.seen[0].startswith("CONNECT dataset.invalid:443 HTTP")
    assert "secret" not in str(refusal.value)
    assert network.proxies()["https"] == f"http://***@{server.host}"


def test_offline_tells_the_hubs_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "known_unreachable", lambda url: None)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "0")
    monkeypatch.setenv("AACBENCH_OFFLINE", "0")
    assert not network.local_only() and network.hub_advice("bert") == "connect once"
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    program = (
        "from aacbench.files.download import local_only; local_only(); "
        "from huggingface_hub import constants; print(constants.HF_HUB_OFFLINE)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr
    assert "copy bert from another machine" in network.hub_advice("bert")


PAGE = b"\n<!DOCTYPE html>\n<html><title>Log in</title></html>"


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("a.pth", PAGE, "web page"),
        ("a.csv", PAGE, "web page"),
        ("a.csv", b"a,b\0", "no text"),
        ("a.csv", b"", "empty"),
        ("a.pth", b"Quota exceeded", "begin as a .pth file"),
        ("a.safetensors", b"version https://git-lfs", "begin as a .safetensors file"),
        ("a.7z", b"PK\x03\x04", "begin as a .7z file"),
        ("a.h5", CONTENT, "begin as a .h5 file"),
    ],
)
def test_what_has_no_checksum_must_be_of_its_kind(
    name: str, content: bytes, wanted: str, server: Server, tmp_path: Path
) -> None:
    url = server.answer(whole(content=content))
    with pytest.raises(AacbenchError, match=f"{wanted}.*Nothing was kept"):
        download(url, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AacbenchError, match="Nothing was kept"):
        download(url, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.wrong"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pth", b"PK\x03\x04rest"),
        ("a.ckpt", b"\x80\x02rest"),
        ("a.csv", b"\xff\xfea\0,\0"),
        ("a.safetensors", bytes(8) + b"{}"),
        ("a.xml", b"<?xml?>"),
    ],
)
def test_files_of_their_kind_are_kept_and_said_to_be_unverified(
    name: str, content: bytes, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.answer(whole(content=content))
    assert download(url, tmp_path / name).read_bytes() == content
    assert f"{name}: not verified" in capsys.readouterr().err
    download(url, tmp_path / name, md5=hashlib.md5(content).hexdigest())
    assert "not verified" not in capsys.readouterr().err


@pytest.mark.parametrize("stated", [True, False])
def test_a_body_without_end_is_bounded(stated: bool, server: Server, target: Path) -> None:
    lines = ["Content-Length: 102400"] if stated else []
    url = server.answer([head("200 OK", *lines) + CONTENT])
    with pytest.raises(AacbenchError, match=r"has more than 50\.0 kB"):
        download(url, target, limit=50_000)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("url", ["http://example.org/a", "ftp://example.org/a", "file:///etc/hostname", "a"])
def test_only_https_is_fetched(url: str, target: Path) -> None:
    with pytest.raises(AacbenchError, match="only https"):
        download(url, target)


def test_a_redirect_to_plain_http_is_refused(server: Server, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{server.host}")
    away: Script = [head("302 Found", "Location: http://dataset.invalid/file.bin", "Content-Length: 0")]
    with pytest.raises(AacbenchError, match=r"dataset\.invalid.*only https"):
        download(server.answer(away, whole()), target, md5=MD5)
    assert not target.exists()


def test_without_a_network_it_fails_at_once(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AACBENCH_OFFLINE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    begin = time.monotonic()
    with pytest.raises(AacbenchError, match=r"dataset\.invalid.*check the network"):
        download("https://dataset.invalid/a.pth", target)
    with Server() as closed:
        port = closed.server_address[1]
    with pytest.raises(AacbenchError, match=r"connection failed.*check the network"):
        download(f"http://127.0.0.1:{port}/a.pth", target)

    def slow(*_: object, **__: object) -> list[object]:
        time.sleep(3)
        return []

    monkeypatch.setattr("socket.getaddrinfo", slow)
    with pytest.raises(AacbenchError, match="does not answer in 2 s"):
        download("https://slow.invalid/a.pth", target)
    assert time.monotonic() - begin < 4


def test_a_hub_that_cannot_be_reached_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AACBENCH_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "0")
    with Server() as hub:
        monkeypatch.setenv("HF_ENDPOINT", f"http://{hub.host}")
        assert not network.local_only()
    reach.known_unreachable.cache_clear()
    assert network.local_only() and os.environ["HF_HUB_OFFLINE"] == "1"
    assert "cannot be reached" in network.hub_advice("bert")
