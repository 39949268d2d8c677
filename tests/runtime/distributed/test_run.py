"""Whole runs by two processes, from the command line: the loss curves, captions and scores of one process.

There is no dropout, whose masks differ from part to part of a batch. The rates are low: all that differs is rounding,
of which Adam makes much at high ones.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.forked import Zygote, plugin_paths
from tests.homes import warm_home

Aacbench = Callable[..., subprocess.CompletedProcess[str]]
SEQ2SEQ = (
    *("run", "--method", "seq2seq", "--preset", "smoke", "--metrics", "bleu,cider_d"),
    *("--set", "decoder_settings.dropout=0", "--set", "pretraining_settings.dropout=0"),
    *("--set", "captions.train.lr=1e-4", "--set", "captions.train.validate_every=1"),
    *("--set", "captions.train.monitor=cider_d", "--set", "pretrain.train.lr=1e-4", "--set", "pretrain.train.epochs=2"),
)
RETRIEVAL = ("run", "--method", "sjtu2022-retrieval", "--preset", "smoke", "--set", "finetune.train.lr=1e-5")
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")

pytestmark = pytest.mark.slow


@pytest.fixture
def aacbench(zygote: Zygote) -> Aacbench:
    """Runs the command with a cache of its own in a folder: a process of its own that starts others, or else a fork."""

    def call(folder: Path, *arguments: str, start: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        home, whole = warm_home(folder / "home"), (*arguments, "--output", str(folder / "runs"))
        if not start and "--processes" not in arguments:
            return zygote.finished(*whole, cwd=folder, home=home).as_process()
        own = {"AACBENCH_HOME": str(home), "PYTHONPATH": plugin_paths(), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, *start, "-m", "aacbench", *whole],
            env={**os.environ, **own},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, done.stderr
        return done

    return call


def made(folder: Path) -> Path:
    (record,) = (folder / "runs").rglob("record.json")
    return record.parent


def curves(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the logs of a run's stages by their names, shared ones among them."""
    logs: dict[str, list[dict[str, Any]]] = {}
    for log in [*(folder / "home/stages").rglob("log.jsonl"), *made(folder).rglob("log.jsonl")]:
        entries = [json.loads(line) for line in log.read_text().splitlines()]
        logs[entries[0]["stage"]] = entries
    return logs


def same_curves(one: Path, two: Path) -> None:
    wanted, found = curves(one), curves(two)
    assert wanted.keys() == found.keys() and wanted
    for stage, entries in wanted.items():
        assert len(entries) == len(found[stage]) > 1
        for first, second in zip(entries, found[stage], strict=True):
            assert first.keys() == second.keys()
            assert [first[key] for key in ("step", "epoch")] == [second[key] for key in ("step", "epoch")]
            for name, value in first.items():
                if name.endswith("loss"):
                    assert second[name] == pytest.approx(value, abs=1e-4), (stage, first["epoch"], name)


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((made(folder) / "record.json").read_text())
    return found


def test_captioning_by_two_processes_is_that_of_one(aacbench: Aacbench, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, count in ((one, 1), (two, 2)):
        folder.mkdir()
        done = aacbench(folder, *SEQ2SEQ, "--processes", str(count))
        assert done.stdout.count("record: ") == 1 and done.stderr.count("decoding ...") == 1
        assert record(folder)["hardware"]["processes"] == count
    same_curves(one, two)
    keys = [[stage["key"] for stage in record(folder)["stages"]] for folder in (one, two)]
    assert keys[0] == keys[1]
    alone = tmp_path / "alone"  # what two have trained, one finds, and decodes to the same captions
    shutil.copytree(two, alone)
    for name in ("decoding.jsonl", "predictions.csv", "items.csv"):
        (made(alone) / name).unlink()
    assert "cross-entropy ..." not in aacbench(alone, *SEQ2SEQ).stderr
    for name in ("predictions.csv", "items.csv"):
        assert (made(alone) / name).read_bytes() == (made(two) / name).read_bytes()
    assert record(alone)["scores"] == record(two)["scores"]
    assert record(alone)["hardware"]["processes"] == 1


def test_retrieval_under_torchrun_is_that_of_one_process(aacbench: Aacbench, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, start in ((one, ()), (two, TORCHRUN)):
        folder.mkdir()
        aacbench(folder, *RETRIEVAL, start=start)
    same_curves(one, two)
    assert record(two)["hardware"]["processes"] == 2
    alone = tmp_path / "alone"
    shutil.copytree(two, alone)
    for name in ("decoding.json", "similarity.npy", "predictions.csv", "items.csv"):
        (made(alone) / name).unlink()
    shutil.rmtree(alone / "home/embeddings")
    aacbench(alone, *RETRIEVAL)
    for name in ("predictions.csv", "items.csv", "similarity.npy"):
        assert (made(alone) / name).read_bytes() == (made(two) / name).read_bytes()
    assert record(alone)["scores"] == record(two)["scores"]
