"""Building the pages of a large board: 2,000 records of a realistic size, 200 clips each."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from aacbench.leaderboard.pages.build import Built, build
from aacbench.leaderboard.store.boards import Board, Pin, board_path, load, text_of
from aacbench.leaderboard.store.presets import FILE, Presets, settings_digest

REAL = Path(__file__).parents[2] / "leaderboard"
CLIPS = 200


def large_board(folder: Path, records: int) -> Path:
    """Copy the soundscapes board's nearest-neighbour record many times, with other names and scores."""
    board: Board = load(REAL)["soundscapes"]
    pattern = REAL / "results/soundscapes/nearest/default-seed0"
    stored = json.loads(pattern.with_suffix(".json").read_text())
    rows = pattern.with_suffix(".jsonl").read_bytes()
    assert isinstance(board.pin, Pin) and len(rows.splitlines()) == board.pin.clips == CLIPS
    for name in ("reported", "references"):
        shutil.copytree(REAL / name, folder / name)
    shutil.copy(REAL / "claims.json", folder / "claims.json")
    board_path(folder, board).parent.mkdir(parents=True)
    board_path(folder, board).write_text(text_of(board))
    history = [{"epoch": epoch, "train_loss": 1 / (epoch + 1), "validation_loss": 1.5} for epoch in range(20)]
    generator, pins = random.Random(0), dict[str, list[str]]()
    for number in range(records):
        stored["method"], stored["variant"], stored["role"] = f"method{number % 50}", f"variant{number}", "system"
        stored["settings"] = {"train": {"lr": 0.001, "epochs": 20, "batch_size": 16}, "encoder": "cnn10"}
        stored["stages"] = [
            {"name": "cross-entropy", "key": f"{number:064x}", "seconds": 100.0, "summary": {"history": history}}
        ]
        place = folder / "results/soundscapes" / stored["method"] / f"{stored['variant']}-seed0.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(stored, indent=2))
        own = rows.replace(
            b'"caption":"', b'"caption":"%d ' % generator.randrange(10**9)
        )  # no two systems say the same
        place.with_suffix(".jsonl").write_bytes(own)
        pins[f"{stored['method']}/{stored['variant']}/{stored['preset']}"] = [settings_digest(stored["settings"])]
    (folder / FILE).write_text(Presets(presets=pins).text())
    return folder


@pytest.mark.slow
def test_build(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Every row is read, since a score must be the mean of its rows: guarded by what reading all as JSON takes."""
    root = large_board(tmp_path, 2_000)
    files = sorted((root / "results").rglob("*.json"))
    start = time.process_time()
    for path in files:
        json.loads(path.read_bytes())
        [json.loads(line) for line in path.with_suffix(".jsonl").read_bytes().splitlines()]
    reading = time.process_time() - start
    run: Callable[..., tuple[Built, float]] = benchmark.pedantic
    built = run(timed, (root,), rounds=1)
    benchmark.extra_info["times_reading"] = built[1] / reading
    assert built[0].problems == ()
    assert len(built[0].files["leaderboard.csv"].splitlines()) > len(files)
    shutil.rmtree(root)  # much that pytest would keep
    assert built[1] < 8 * reading


def timed(root: Path) -> tuple[Built, float]:
    start = time.process_time()
    built = build(root)
    return built, time.process_time() - start
