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
import re
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
from aacbench.runs.dry_pass import try_recipe
from aacbench.runs.execute import run
from aacbench.runs.prepare import prepare
from aacbench.runs.record import RunRecord
from aacbench.runs.resolve import RunRequest, used_version
from aacbench.runs.settings import merge
from tests.conftest import ROOT, shared_data_folder
from tests.papers.data import captions_of, clips_and_captions, make_data
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


def captions(mini: Path) -> list[str]:
    return [text for row in captions_of(mini, "development") for text in row[1:]]


@pytest.fixture(scope="module")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips_and_captions(shared_data_folder(), tmp_path_factory.mktemp("mini"))


@pytest.fixture(scope="module")
def small_world(tmp_path_factory: pytest.TempPathFactory, mini: Path) -> Iterator[Path]:
    """Data and small weights; the hub's cache and both are where the presets look for them."""
    folder = tmp_path_factory.mktemp("papers")
    make_data(folder / "data", mini, 1.0)
    write_weights(folder / "home", folder / "hub", captions(mini), width=0.0625)
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
    record, folder = run(request_of(method, SMALL[method], small_world), REGISTRIES)
    check(record, folder)


def request_of(method: str, variant: str, world: Path) -> RunRequest:
    return RunRequest(
        method=method,
        dataset="clotho",
        variant=variant,
        preset="paper",
        changes=small(REGISTRIES.methods[method], variant),
        options=DatasetOptions(),
        output=world / "runs",
        device="cpu",
        metrics=None if "retrieval" in method else ["spider"],  # METEOR's index takes half a minute to build
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_dry_pass_loads_all_that_a_preset_names(method: str, small_world: Path) -> None:
    """Nothing is in the way, and the stages that can be tried say what they want."""
    request = replace(request_of(method, SMALL[method], small_world), output=small_world / "dry")
    prepared = prepare(request, REGISTRIES)
    found = try_recipe(prepared, measured=True)
    assert found.problems == []
    assert found.memory and all(wanted > 0 for wanted in found.memory.values())
    assert not prepared.context.folder.exists()


def test_what_does_not_load_is_said_before_training(small_world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damaged weights, a text encoder that is no model, and a monitor that is none: all three at once."""
    from huggingface_hub import constants

    weights = small_world / "home/weights/ast.safetensors"
    whole = weights.read_bytes()
    request = replace(request_of("sjtu2022-retrieval", "ensemble-1", small_world), output=small_world / "dry")
    broken = small_world / "no-text-encoder"
    broken.mkdir()
    (broken / "config.json").write_text("{}")
    (broken / "model.safetensors").write_bytes(b"nothing")
    changes = {"roberta_base": {"source": str(broken)}, "finetune": {"train": {"monitor": "map"}}}
    assert str(small_world / "hub") == constants.HF_HUB_CACHE
    weights.write_bytes(whole[: len(whole) // 2])
    try:
        found = try_recipe(prepare(replace(request, changes=merge(request.changes, changes)), REGISTRIES), False)
    finally:
        weights.write_bytes(whole)
    said = "\n".join(found.problems)
    assert f"{weights} is no readable weights file" in said
    assert f"cannot load the text encoder {broken}" in said
    assert "audio-text-retrieval has no monitor 'map'; it has: loss, recall_at_1" in said
    assert len(found.problems) == 3


@pytest.fixture(scope="module")
def full_world(tmp_path_factory: pytest.TempPathFactory, mini: Path) -> Path:
    kept = os.environ.get("AACBENCH_PAPERS_HOME")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("papers-full")
    if not (folder / "whole").is_file():
        make_data(folder / "data", mini, 1.0)
        write_weights(folder / "home", folder / "hub", captions(mini))
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


def test_scenes_take_the_place_of_real_clips(tmp_path: Path) -> None:
    folder = clips_and_captions(tmp_path / "no test data", tmp_path)
    data = make_data(tmp_path / "data", folder, 1.0)
    clips = REGISTRIES.dataset("clotho", DatasetOptions(data / "clotho", "v1")).clips("development")
    assert len(clips) == 6 and all(len(clip.captions) == 5 and Path(str(clip.audio)).is_file() for clip in clips)


def test_the_nightly_workflow_runs_every_shard() -> None:
    text = (ROOT / ".github/workflows/nightly.yml").read_text(encoding="utf-8")
    (shards,) = re.findall(r"shard: \[([0-9, ]+)\]", text)
    (count,) = re.findall(r"AACBENCH_PAPERS: \$\{\{ matrix.shard \}\}/([0-9]+)", text)
    assert [int(shard) for shard in shards.split(",")] == [*range(1, int(count) + 1)]


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
