"""`aacbench fetch`: what NAME may be, where things go, and what is said when they cannot be had."""

from __future__ import annotations

import functools
import hashlib
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aacbench.cli import fetch as module
from aacbench.contracts import DatasetSpec, Download, EncoderSpec, MetricSpec, PublishedWeights
from aacbench.contracts.registry import Registries
from aacbench.datasets.clotho.releases import RECORDS
from aacbench.datasets.soundscapes.settings import VERSIONS
from aacbench.errors import AacbenchError, UserError
from aacbench.host import manager
from aacbench.host.builtin.datasets import SPECS as DATASETS
from aacbench.host.builtin.weights import PANNS_CNN10
from aacbench.host.downloads import downloadables

WEIGHTS = b"weights" * 1000


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        return None


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where a local server offers the file `tiny.pth`."""
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "tiny.pth").write_bytes(WEIGHTS)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/tiny.pth?download=1"
        server.shutdown()
        thread.join()


@pytest.fixture
def registries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Registries:
    """Registries that a test fills; the cache is the test's own."""
    made = Registries()
    monkeypatch.setattr(manager, "load", lambda: manager.Host(manager.build_manager(), made, []))
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("AACBENCH_OFFLINE", raising=False)
    return made


def call(*arguments: str) -> Result:
    return CliRunner().invoke(module.fetch, arguments)


def refused(*arguments: str) -> str:
    result = call(*arguments)
    assert isinstance(result.exception, UserError)
    assert result.output == ""
    return str(result.exception)


def dataset(calls: list[tuple[Path, str | None]], **changes: Any) -> DatasetSpec:
    def download(target: Path, version: str | None) -> Path:
        calls.append((target, version))
        return target

    spec = DatasetSpec("birds", "bird song", "nowhere:none", versions=("v2.1", "v1"), fetch=download)
    return replace(spec, **changes)


@pytest.mark.parametrize(
    ("asked", "version"), [([], "v2.1"), (["--version", "v1"], "v1"), (["--version", "2.1"], "v2.1")]
)
def test_a_dataset_goes_to_the_cache_by_version(
    asked: list[str], version: str, registries: Registries, tmp_path: Path
) -> None:
    calls: list[tuple[Path, str | None]] = []
    registries.datasets.add(dataset(calls, licence="CC BY"), "test")
    result = call("birds", *asked)
    place = tmp_path / "home/datasets/birds" / version
    assert calls == [(place, version)]
    assert result.stdout == f"birds is in {place}\n"
    assert result.stderr == "licence: CC BY\n"


def test_a_dataset_goes_where_the_user_says(registries: Registries, tmp_path: Path) -> None:
    calls: list[tuple[Path, str | None]] = []
    registries.datasets.add(dataset(calls), "test")
    assert call("birds", "--data-dir", str(tmp_path / "mine")).exit_code == 0
    assert calls == [(tmp_path / "mine", "v2.1")]


def test_a_dataset_without_versions(registries: Registries, tmp_path: Path) -> None:
    calls: list[tuple[Path, str | None]] = []
    registries.datasets.add(dataset(calls, versions=()), "test")
    assert call("birds").exit_code == 0
    assert calls == [(tmp_path / "home/datasets/birds", None)]


def test_mistakes_are_named(registries: Registries) -> None:
    registries.datasets.add(dataset([]), "test")
    registries.datasets.add(DatasetSpec("made", "made here", "nowhere:none", embedded=True), "test")
    registries.datasets.add(DatasetSpec("closed", "on request", "nowhere:none"), "test")
    assert "unknown download 'bird'. Did you mean 'birds'?" in refused("bird")
    assert "unknown version of birds 'v9'" in refused("birds", "--version", "v9")
    assert "made needs no download" in refused("made")
    assert "get it yourself and name its folder with --data-dir" in refused("closed")


def weights_at(url: str, content: bytes = WEIGHTS) -> PublishedWeights:
    return PublishedWeights(
        "tiny-weights", url, "nowhere:load", sha256=hashlib.sha256(content).hexdigest(), size=len(WEIGHTS)
    )


def test_weights_go_where_encoders_look_for_them(url: str, registries: Registries, tmp_path: Path) -> None:
    from aacbench.models.published import weights_path

    published = weights_at(url)
    registries.encoders.add(EncoderSpec("tiny", "tiny", "nowhere:none", published=(published,)), "test")
    result = call("tiny-weights")
    assert result.exception is None
    assert weights_path(published).read_bytes() == WEIGHTS
    assert str(weights_path(published)) in result.stdout
    assert call("tiny-weights", "--data-dir", str(tmp_path / "mine")).exit_code == 0
    assert [path.read_bytes() for path in (tmp_path / "mine").iterdir()] == [WEIGHTS]


def test_quiet_leaves_the_result_alone(
    url: str, registries: Registries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registries.encoders.add(EncoderSpec("tiny", "tiny", "nowhere:none", published=(weights_at(url),)), "test")
    assert call("tiny-weights", "--data-dir", str(tmp_path / "said")).stderr
    monkeypatch.setenv("AACBENCH_VERBOSITY", "quiet")
    done = call("tiny-weights", "--data-dir", str(tmp_path / "quiet"))
    assert done.exit_code == 0 and done.stderr == "" and done.stdout.startswith("tiny-weights is in ")


def test_weights_with_another_checksum_are_not_kept(url: str, registries: Registries, tmp_path: Path) -> None:
    published = weights_at(url, b"others")
    registries.encoders.add(EncoderSpec("tiny", "tiny", "nowhere:none", published=(published,)), "test")
    result = call("tiny-weights")
    assert isinstance(result.exception, AacbenchError)
    assert "its sha256 is" in str(result.exception)
    assert not any(path.is_file() for path in (tmp_path / "home").rglob("*"))


def metric_with_download(calls: list[Path | None], **changes: Any) -> MetricSpec:
    def download(target: Path | None) -> Path:
        calls.append(target)
        return target or Path("its own place")

    wanted = replace(Download("parser", "a parser", download), **changes)
    return MetricSpec("parsed", "a metric", "nowhere:none", downloads=(wanted,))


def test_what_a_metric_needs(registries: Registries, tmp_path: Path) -> None:
    calls: list[Path | None] = []
    registries.metrics.add(metric_with_download(calls), "test")
    assert call("parser").stdout == "parser is in its own place\n"
    assert call("parser", "--data-dir", str(tmp_path)).exit_code == 0
    assert calls == [None, tmp_path]
    assert "--version is for datasets; parser has none" in refused("parser", "--version", "v1")


def test_what_two_metrics_need_is_listed_once(registries: Registries) -> None:
    spec = metric_with_download([])
    registries.metrics.add(spec, "test")
    registries.metrics.add(replace(spec, name="other", outputs=(), labels=(), headline=()), "test")
    assert call().stdout.count("a parser") == 1


def broken_size(version: str | None) -> int:
    raise LookupError("no such table")


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (None, ""),
        (2_000_000, "2.0 MB"),
        (lambda version: 3_000 if version == "v2.1" else 0, "3.0 kB"),
        (broken_size, "its size is not known: no such table"),
        ("nowhere_at_all:size", "its size is not known: cannot import 'nowhere_at_all:size'"),
    ],
)
def test_a_plugins_dataset_stops_no_listing(size: Any, said: str, registries: Registries) -> None:
    registries.datasets.add(dataset([], download_size=size), "test")
    registries.metrics.add(metric_with_download([]), "test")
    result = call()
    assert result.exception is None
    assert said in next(line for line in result.stdout.splitlines() if "birds" in line)
    assert "parser" in result.stdout  # what comes after it is listed too


def test_every_download_of_the_installed_parts_has_a_home_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    listed = {one.name: one for one in downloadables(manager.load().registries)}
    assert {"clotho", "panns-cnn10", "spice", "fense"} <= {*listed}
    sizes = [listed[name].size or 0 for name in ("clotho", "audiocaps", "macs", "audioset", "tau-scenes")]
    assert min(sizes) > 1_000_000
    assert [name for name, one in listed.items() if one.group != "for metrics" and one.find()] == []
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "panns-cnn10.pth").write_bytes(WEIGHTS)
    assert listed["panns-cnn10"].find() == tmp_path / "weights" / "panns-cnn10.pth"


def test_the_listing_shows_names_sizes_and_versions(registries: Registries, tmp_path: Path) -> None:
    registries.metrics.add(metric_with_download([]), "test")
    for spec in (*DATASETS, dataset([])):
        registries.datasets.add(spec, "test")
    registries.encoders.add(EncoderSpec("cnn", "a network", "nowhere:none", published=(PANNS_CNN10,)), "test")
    lines = [line.split() for line in call().stdout.splitlines()]
    assert ["clotho", "7.1", "GB"] in [line[:3] for line in lines]
    assert ["panns-cnn10", "25.2", "MB"] in [line[:3] for line in lines]
    assert ["birds", "bird", "song;", "versions", "v2.1,", "v1"] in lines
    assert ["parser", "a", "parser"] in lines
    assert not any(line[0] == "soundscapes" for line in lines)
    assert str(tmp_path / "home") in call().stdout


def test_specs_and_datasets_agree_on_versions() -> None:
    versions = {spec.name: spec.versions for spec in DATASETS}
    assert versions["clotho"] == tuple(RECORDS)
    assert versions["soundscapes"] == VERSIONS


@pytest.mark.parametrize(
    "name", ["clotho", "audiocaps", "macs", "tau-scenes", "audioset", "panns-cnn10", "spice", "fense"]
)
def test_offline_says_what_is_missing_and_where_it_goes(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1, used=1, free=0))
    folder = tmp_path / "mine"
    result = call(name, "--data-dir", str(folder))
    assert isinstance(result.exception, UserError)
    line = str(result.exception)
    assert "AACBENCH_OFFLINE is set; unset it, or put the file at " + str(folder) in line and "\n" not in line


def test_it_is_a_command_of_aacbench(capsys: pytest.CaptureFixture[str]) -> None:
    from aacbench.cli import cli

    assert "clotho" in CliRunner().invoke(cli, ["fetch"]).stdout
