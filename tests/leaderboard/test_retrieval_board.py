"""Retrieval records: ranked lists are scored again, and a list that could not be one is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.leaderboard.pages.build import build, check, write_pages
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.entries import RankedRow
from aacbench.leaderboard.verification.rescore import clips_of, score_ranked
from aacbench.leaderboard.verification.verify import verify
from aacbench.scoring.report import write_rows

from .conftest import REFERENCES, MakeRun, captions, put, save

METRICS = ["recall_at_1", "recall_at_5", "recall_at_10", "map_at_10"]


@pytest.fixture
def retrieval(root: Path, board: Board) -> Board:
    own = board.model_copy(
        update={"id": "toy-retrieval", "task": "retrieval", "rank_by": "map_at_10", "metrics": METRICS}
    )
    save(root, own)
    return own


def ranked_run(make_run: MakeRun, board: Board, right_at: int, **change: object) -> Path:
    """Return a run that puts the right clip at place `right_at` of each list."""
    lists = {}
    for query, clips in clips_of(REFERENCES).items():
        others = [clip for clip in REFERENCES if clip not in clips][:9]
        lists[query] = [*others[:right_at], clips[0], *others[right_at:]]
    rows = [RankedRow(query=query, clip="", ranked=names, scores={}) for query, names in lists.items()]
    scored = score_ranked(board, rows, REFERENCES)
    stored = {name: score.model_dump() | {"interval": None} for name, score in scored.scores.items()}
    run = make_run(captions(0), variant=f"at{right_at}", change={"task": "retrieval", "scores": stored, **change})
    head = ["caption", *(f"file_name_{place}" for place in range(1, 11))]
    write_rows(run / "predictions.csv", head, [[query, *names] for query, names in lists.items()])
    return run


def test_lists_are_scored_again_ranked_and_explored(root: Path, make_run: MakeRun, retrieval: Board) -> None:
    for place in (0, 1, 4):
        put(root, ranked_run(make_run, retrieval, place))
    write_pages(root)
    assert check(root) == []
    assert [*verify(root, lambda: [], lambda _: REFERENCES, jobs=1)] != []
    assert all(not one.problems for one in verify(root, lambda: [], lambda _: REFERENCES, jobs=1))
    text = build(root).files["README.md"].decode()
    assert "| 1 | **m at0** | XE | 1 | 1.000 |" in text and "| 2 | **m at1** | XE | 1 | .500 |" in text
    assert '"found' not in text and "toy-retrieval" in build(root).files["index.html"].decode()


def test_lists_that_could_not_be_are_refused(root: Path, make_run: MakeRun, retrieval: Board) -> None:
    run = ranked_run(make_run, retrieval, 1)
    good = (run / "predictions.csv").read_text()
    (run / "predictions.csv").write_text("\n".join(good.splitlines()[:-1]) + "\n")
    with pytest.raises(UserError, match="wanted one ranked list for each of 36 references; got 35"):
        put(root, run)
    (run / "predictions.csv").write_text(good.replace("00.wav", "../../x.wav"))
    with pytest.raises(UserError, match="not evaluated"):
        put(root, run)
    (run / "predictions.csv").write_text("file_name,caption_predicted\n00.wav,a dog\n")
    with pytest.raises(UserError, match="holds no ranked lists"):
        put(root, run)
    (run / "predictions.csv").write_text(good)
    stored = json.loads((run / "record.json").read_text())
    stored["scores"]["map_at_10"]["value"] = 1.0
    (run / "record.json").write_text(json.dumps(stored))
    with pytest.raises(UserError, match="map_at_10 is 1"):
        put(root, run)
