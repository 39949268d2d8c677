"""A small board with runs on it, made by the same commands as the real one, and run folders to add."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from aacbench.host import manager
from aacbench.leaderboard.store.boards import Board, Pin, board_path, facts_from, text_of
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.references import References, digest, references_path, references_text
from aacbench.leaderboard.verification.add import AddRequest, add
from aacbench.leaderboard.verification.rescore import score_captions
from aacbench.runs.record import DataRecord, RunRecord, StageRecord
from aacbench.scoring.report import write_rows
from tests.homes import warm_home

ROOT = Path(__file__).parents[2]
REAL = ROOT / "leaderboard"
FINGERPRINT = "f" * 64
METRICS = ["bleu_1", "rouge_l", "cider_d"]
REFERENCES: References = {
    f"{number:02d}.wav": (f"a {animal} {sound} in the {place}", f"the {place} has a {animal} that {sound}")
    for number, (animal, sound, place) in enumerate(
        (animal, sound, place)
        for animal in ("dog", "bird", "cat")
        for sound in ("calls", "sings", "howls")
        for place in ("garden", "street")
    )
}
MakeRun = Callable[..., Path]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or fills the user's cache, but for METEOR's tables."""
    monkeypatch.setenv("AACBENCH_HOME", str(warm_home(tmp_path / "home")))


@pytest.fixture
def board() -> Board:
    """A captioning board that pins its data, but no signatures before the first record."""
    return Board(
        id="toy", order=1, title="Toy", summary="Animals.", task="captioning", dataset="toy", version="1",
        rank_by="cider_d", metrics=METRICS, leading=["cider_d"], same=["Clotho v1"], ships_references=True,
        facts=facts_from(manager.load().registries.metrics, METRICS), overlaps={"toy": 0},
        pin=Pin(fingerprint=FINGERPRINT, clips=len(REFERENCES), references=digest(REFERENCES)),
    )  # fmt: skip


def save(folder: Path, board: Board) -> None:
    """Write a board's file and its references."""
    for path, text in ((board_path(folder, board), text_of(board)),
                       (references_path(folder, board), references_text(REFERENCES))):  # fmt: skip
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def put(root: Path, run: Path, **options: Any) -> Path:
    """Add a run to the board; return its record's path."""
    with Changes() as changes:
        return add(AddRequest(root, run, **options), manager.load().registries, changes).entry.path


@pytest.fixture
def root(tmp_path: Path, board: Board) -> Path:
    """A leaderboard's folder with that board, the real claims and reported numbers, and no record."""
    folder = tmp_path / "leaderboard"
    folder.mkdir()
    save(folder, board)
    shutil.copytree(REAL / "reported", folder / "reported")
    shutil.copy(REAL / "claims.json", folder / "claims.json")
    return folder


def captions(wrong: int, text: str = "a plane flies by", mark: str = "") -> dict[str, str]:
    """Return captions of which the first `wrong` fit nothing and the others are nearly the clip's first reference.

    `mark` makes them another run's.
    """
    nearly = {clip: f"{texts[0]} today{mark}" for clip, texts in REFERENCES.items()}
    return {clip: text if number < wrong else said for number, (clip, said) in enumerate(nearly.items())}


@pytest.fixture
def make_run(tmp_path: Path, board: Board) -> MakeRun:
    """Make a run folder whose record says what its captions score; `change` is merged into the record."""

    def make(
        said: Mapping[str, str], variant: str = "one", seed: int = 0, method: str = "m", change: Any = None
    ) -> Path:
        folder = tmp_path / "runs" / method / f"{variant}{seed}".replace("/", "_")
        folder.mkdir(parents=True, exist_ok=True)
        complete = {clip: said.get(clip, "") for clip in REFERENCES}
        scored = score_captions(board, complete, REFERENCES, [*manager.load().registries.metrics], method == "human")
        record = RunRecord(
            method=method, variant=variant, preset="quick", seed=seed, settings={},
            data=DataRecord(
                name="toy", version="1", clips={"training": 3, "evaluation": len(REFERENCES)},
                fingerprints={"evaluation": FINGERPRINT},
            ),
            stages=[StageRecord(name="cross-entropy", key=f"{method} {variant} {seed} {said}"[-2000:], seconds=61,
                                summary={"parameters": 1_234_567}, label="XE")],
            decoding_seconds=1.5,
            scores={name: score.model_copy(update={"interval": None}) for name, score in scored.scores.items()},
            libraries={}, hardware={}, commit="0" * 40,
        )  # fmt: skip
        stored = {**record.model_dump(mode="json"), **(change or {})}
        (folder / "record.json").write_text(json.dumps(stored))
        write_rows(folder / "predictions.csv", ["file_name", "caption_predicted"], said.items())
        return folder

    return make
