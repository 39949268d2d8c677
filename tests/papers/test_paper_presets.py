"""Every `paper` preset runs to its record: all stages, decoding and scoring, from weights in the published forms.

The ordinary suite runs a variant of each method with small networks and everything else of the preset as it is. The
slow test runs variants at full width, each in a process of its own, whose seconds and memory it can write down:
AACBENCH_PAPERS chooses which (`all`, METHOD, METHOD/VARIANT, or a shard such as 2/10; by default one, another each
day), AACBENCH_PAPERS_REPORT names a file of JSON lines, AACBENCH_PAPERS_HOME a folder that keeps data, weights and
finished stages, so that a broken series goes on.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aacbench.contracts import DatasetOptions
from aacbench.host import manager
from aacbench.runs.execute import run
from aacbench.runs.record import RunRecord
from aacbench.runs.resolve import RunRequest, used_version
from tests.conftest import ROOT
from tests.papers.data import _captions, make_data
from tests.papers.presets import METHODS, one_epoch, small, variants
from tests.papers.weights import write_weights

REGISTRIES = manager.load().registries
VARIANTS = variants(REGISTRIES)
SMALL = {  # the variants that load most
    "rlssr": "base+pann+l1",
    "at-cnn": "cnn10+at-unbalanced",
    "aed-bilstm": "ast+specaugment",
    "maac": "proposed+scst",
    "sjtu2022": "2trm2+scst",
    "sjtu2022-retrieval": "ensemble-3",
}


def chosen() -> list[tuple[str, str]]:
    """Return the variants that AACBENCH_PAPERS names."""
    asked = os.environ.get("AACBENCH_PAPERS", "")
    if not asked:
        return [VARIANTS[date.today().toordinal() % len(VARIANTS)]]
    if asked == "all":
        return VARIANTS
    number, slash, count = asked.partition("/")
    if slash and number.isdecimal() and count.isdecimal():
        return VARIANTS[int(number) - 1 :: int(count)]
    return [(method, name) for method, name in VARIANTS if asked in (method, f"{method}/{name}")]


def captions(test_data: Path) -> list[str]:
    return [text for row in _captions(test_data / "clotho-mini", "development") for text in row[1:]]


@pytest.fixture(scope="module")
def small_world(tmp_path_factory: pytest.TempPathFactory, test_data: Path) -> Iterator[Path]:
    """Data and small weights; the hub's cache and both are where the presets look for them."""
    folder = tmp_path_factory.mktemp("papers")
    make_data(folder / "data", test_data, 1.0)
    write_weights(folder / "home", folder / "hub", captions(test_data), width=0.0625)
    patch = pytest.MonkeyPatch()
    for name, value in environment(folder).items():
        patch.setenv(name, value)
    patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder / "hub"))
    yield folder
    patch.undo()


def environment(folder: Path) -> dict[str, str]:
    return {
        "AACBENCH_HOME": str(folder / "home"),
        "AACBENCH_DATA": str(folder / "data"),
        "AACBENCH_OFFLINE": "1",
        "HF_HUB_CACHE": str(folder / "hub"),
    }


def check(record: RunRecord, folder: Path) -> None:
    """A whole record: on the paper's version of Clotho, with every score."""
    spec = REGISTRIES.methods[record.method]
    assert record.preset == "paper"
    assert record.data.version == spec.dataset_versions["clotho"]
    wanted = {"captioning": {"spider"}, "retrieval": {"recall_at_1", "median_rank"}}
    assert wanted[record.task] <= set(record.scores)
    count = record.data.clips["evaluation"] * (1 if record.task == "captioning" else 5)
    assert len((folder / "predictions.csv").read_text(encoding="utf-8").splitlines()) == 1 + count


@pytest.mark.parametrize("method", METHODS)
def test_small_networks_with_everything_else_of_the_preset(method: str, small_world: Path) -> None:
    variant = SMALL[method]
    request = RunRequest(
        method=method,
        dataset="clotho",
        variant=variant,
        preset="paper",
        changes=small(REGISTRIES.methods[method], variant),
        options=DatasetOptions(),
        output=small_world / "runs",
        device="cpu",
        metrics=None if "retrieval" in method else ["spider"],  # METEOR's index takes half a minute to build
    )
    record, folder = run(request, REGISTRIES)
    check(record, folder)


@pytest.fixture(scope="module")
def full_world(tmp_path_factory: pytest.TempPathFactory, test_data: Path) -> Path:
    kept = os.environ.get("AACBENCH_PAPERS_HOME")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("papers-full")
    if not (folder / "whole").is_file():
        make_data(folder / "data", test_data, 1.0)
        write_weights(folder / "home", folder / "hub", captions(test_data))
        (folder / "whole").touch()
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("method", "variant"), chosen(), ids="/".join)
def test_full_width(method: str, variant: str, full_world: Path) -> None:
    request = {"method": method, "variant": variant, "changes": one_epoch(REGISTRIES.methods[method], variant)}
    begin = time.monotonic()
    status, memory = _in_a_process(request, full_world)
    assert status == 0, (full_world / "log.txt").read_text(encoding="utf-8")[-2000:]
    (path,) = (full_world / "runs").glob(f"clotho*/{method}/{variant}/seed0-paper/record.json")
    record = RunRecord.load(path)
    check(record, path.parent)
    for kept in (full_world / "home").rglob("last.safetensors"):  # gigabytes that only a broken stage goes on from
        kept.unlink()
    _report(record, time.monotonic() - begin, memory)


def _in_a_process(request: dict[str, Any], folder: Path) -> tuple[int, int]:
    """Run it; return the exit status and the greatest resident memory in bytes."""
    code = f"import json; from tests.papers.test_paper_presets import start; start(json.loads({json.dumps(request)!r}))"
    log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    both = [(os.POSIX_SPAWN_DUP2, log, descriptor) for descriptor in (1, 2)]
    paths = os.pathsep.join([str(ROOT), *(str(path) for path in sorted((ROOT / "plugins").iterdir()))])
    variables = {**os.environ, **environment(folder), "PYTHONPATH": paths, "AACBENCH_PAPERS_HOME": str(folder)}
    command = [sys.executable, "-c", code]
    process = os.posix_spawn(sys.executable, command, variables, file_actions=both)
    os.close(log)
    _, status, usage = os.wait4(process, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024


def start(request: dict[str, Any]) -> None:
    """Run one variant at full width; called in the process of its own."""
    os.chdir(os.environ["AACBENCH_PAPERS_HOME"])
    run(RunRequest(dataset="clotho", preset="paper", output=Path("runs"), device="cpu", **request), REGISTRIES)


def _report(record: RunRecord, seconds: float, memory: int) -> None:
    if path := os.environ.get("AACBENCH_PAPERS_REPORT"):
        stages = {
            stage.name: {
                "seconds": round(stage.seconds, 2),
                "steps": stage.summary.get("steps"),
                "memory": stage.costs.peak_ram_bytes if stage.costs else None,
            }
            for stage in record.stages
        }
        line = {"method": record.method, "variant": record.variant, "seconds": round(seconds), "memory": memory}
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({**line, "stages": stages, "decoding": record.decoding_seconds}) + "\n")


@pytest.mark.parametrize("method", METHODS)
def test_every_preset_says_what_it_wants(method: str) -> None:
    """A GPU for `paper`, and what may be set where there is less; Clotho in the paper's version."""
    spec = REGISTRIES.methods[method]
    assert "GB of GPU memory" in spec.hardware["paper"] and spec.hardware["quick"]
    named = [word for word in spec.hardware["paper"].replace("=", " ").split() if "." in word]
    assert all(word.endswith((".micro_batch", ".gradient_checkpointing", ".train")) for word in named)
    request = RunRequest(method, "clotho", preset="paper")
    assert used_version(request, spec) == spec.dataset_versions["clotho"]
    asked = replace(request, options=DatasetOptions(version="v2"))
    assert used_version(asked, spec) == "v2"
    assert used_version(replace(request, preset="quick"), spec) is None
    assert used_version(replace(request, dataset="soundscapes"), spec) is None


def test_the_shards_are_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for shard in ("1/3", "2/3", "3/3"):
        monkeypatch.setenv("AACBENCH_PAPERS", shard)
        found += chosen()
    assert sorted(found) == sorted(VARIANTS)
    monkeypatch.setenv("AACBENCH_PAPERS", "maac/base")
    assert chosen() == [("maac", "base")]
    assert set(SMALL.items()) <= set(VARIANTS)
    assert len(VARIANTS) > 45
