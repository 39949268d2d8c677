"""Five real systems with official scores on the official boards: from files of captions to rows in the right order."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.leaderboard.pages.build import check, write_pages
from aacbench.leaderboard.pages.views import Assembled, assemble
from aacbench.leaderboard.store import boards
from aacbench.leaderboard.store.boards import Board, text_of
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.references import from_captions
from aacbench.leaderboard.verification.rescore import score_captions
from aacbench.leaderboard.verification.submit import Submission, submit
from aacbench.leaderboard.verification.verify import verify
from aacbench.runs.record import RunRecord

from .conftest import REAL

SYSTEMS = {
    "conette.clotho_eval": ("clotho-v2.1", "conette"),
    "dcase2024_baseline_alt1.clotho_eval": ("clotho-v2.1", "dcase2024-alt1"),
    "dcase2024_baseline_alt2.clotho_eval": ("clotho-v2.1", "dcase2024-alt2"),
    "dcase2024_baseline_alt3.clotho_eval": ("clotho-v2.1", "dcase2024-alt3"),
    "conette.audiocaps_test": ("audiocaps", "conette"),
}
EXACT = dict.fromkeys(("bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider_d"), 1e-9) | {"meteor": 1e-6}
OTHER_TOKENS = {("conette.audiocaps_test", "cider_d")}  # three items, see tests/metrics/test_gold.py
WITHOUT_HYPHENS = ("conette.clotho_eval", "conette.audiocaps_test")  # how those systems' own references were read


def captions_folder(test_data: Path, board: Board) -> Path:
    """Return the folder with the captions of a board's dataset, and no audio."""
    own = {"clotho": "clotho-captions/v2", "audiocaps": "audiocaps-captions"}
    return test_data / own[board.dataset]


def predictions(test_data: Path, name: str, target: Path, drop: int = 0) -> Path:
    """Write a system's captions as a predictions file."""
    lines = (test_data / "gold-scores" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines[drop:]]
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file_name", "caption_predicted"])
        audiocaps = "audiocaps" in name  # whose clips are called by their video, whatever the file
        writer.writerows([Path(i["file_name"]).stem if audiocaps else i["file_name"], i["candidate"]] for i in items)
    return target


def official_root(folder: Path) -> Path:
    """Return a leaderboard with the official boards as they are committed, but for SPICE, which takes its time."""
    root = folder / "leaderboard"
    (root / "boards").mkdir(parents=True)
    for name in ("clotho-v2.1", "audiocaps"):
        board = boards.load(REAL)[name]
        kept = [metric for metric in board.metrics if metric not in ("spice", "spider")]
        own = board.model_copy(update={"metrics": kept, "leading": ["meteor", "cider_d"], "rank_by": "cider_d"})
        (root / "boards" / f"{name}.json").write_text(text_of(own))
    shutil.copytree(REAL / "reported", root / "reported")
    return root


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory, test_data: Path) -> tuple[Path, Assembled, dict[str, Any]]:
    """The five systems on the boards, built; and their official corpus scores."""
    folder = tmp_path_factory.mktemp("gold")
    root, registries = official_root(folder), manager.load().registries
    meta = folder / "meta.yaml"
    meta.write_text("name: CoNeTTE\nauthors: [Labbé, Pellegrini, Pinquier]\ntrained_on: [clotho, audiocaps, macs]\n")
    with Changes() as changes:
        for name, (board, system) in SYSTEMS.items():
            file = predictions(test_data, name, folder / f"{name}.csv")
            data = captions_folder(test_data, boards.load(REAL)[board])
            described = meta if system == "conette" else None
            submit(Submission(root, file, board, system, described, data_dir=data), registries, changes)
        write_pages(root, changes)
    official = json.loads((test_data / "gold-scores/corpus.json").read_text())
    return root, assemble(root), official


@pytest.mark.slow
def test_scores_are_the_official_ones(gold: tuple[Path, Assembled, Mapping[str, Any]]) -> None:
    root, built, official = gold
    assert built.problems == () and check(root) == []
    rows = {(view.board.dataset, row.record.method): row for view in built.views for row in view.rows}
    for name, (board, system) in SYSTEMS.items():
        record: RunRecord = rows[boards.load(REAL)[board].dataset, system].record
        assert record.source == "submitted" and record.predictions is not None
        for metric, slack in EXACT.items():
            near = 2e-3 if name in WITHOUT_HYPHENS else slack
            assert record.scores[metric].value == pytest.approx(official[name][metric], abs=near), (name, metric)


@pytest.mark.slow
@pytest.mark.parametrize("name", WITHOUT_HYPHENS)
def test_scores_are_the_official_ones_on_the_references_they_were_scored_on(
    gold: tuple[Path, Assembled, Mapping[str, Any]], test_data: Path, name: str
) -> None:
    _, built, official = gold
    view = next(view for view in built.views if view.rows and view.board.id.startswith(SYSTEMS[name][0]))
    lines = (test_data / "gold-scores" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    own = {item["file_name"]: tuple(item["references"]) for item in items}
    said = {item["file_name"]: str(item["candidate"]) for item in items}
    scored = score_captions(view.board, said, own, [*manager.load().registries.metrics], ceiling=False)
    for metric, slack in EXACT.items():
        near = 1e-4 if (name, metric) in OTHER_TOKENS else slack
        assert scored.scores[metric].value == pytest.approx(official[name][metric], abs=near), metric


@pytest.mark.slow
def test_their_order_differences_and_leaks_are_told(gold: tuple[Path, Assembled, Mapping[str, Any]]) -> None:
    root, built, official = gold
    view = next(view for view in built.views if view.board.id == "clotho-v2.1")
    names = {system: name for name, (board, system) in SYSTEMS.items() if board == "clotho-v2.1"}
    by_cider = sorted(names, key=lambda system: -official[names[system]]["cider_d"])
    assert [row.record.method for row in view.rows] == by_cider
    by_spider = sorted(names, key=lambda system: -official[names[system]]["spider"])
    assert by_cider == by_spider  # so the order that SPIDEr gives is kept
    second = view.rows[1]
    assert second.above is not None and second.above.seeds == 1 and second.mark == ""  # one seed proves nothing
    page = (root / "README.md").read_text()
    assert "**CoNeTTE**<br>conette (submitted)" in page
    assert (root / "leaderboard.csv").read_text().count(",yes,") == len(SYSTEMS)


@pytest.mark.slow
def test_audiocaps_says_which_of_its_clips_were_there(gold: tuple[Path, Assembled, Mapping[str, Any]]) -> None:
    root, built, _ = gold
    known = boards.load(root)
    part = known["audiocaps-912"]
    assert part.part_of == "audiocaps" and len(part.only) == 912
    assert part.pin is not None and part.pin.clips == 912 and known["audiocaps"].pin is not None
    assert [view.systems for view in built.views if view.board.id == "audiocaps"] == [0]


@pytest.mark.slow
def test_all_are_scored_again_and_a_short_file_is_refused(
    gold: tuple[Path, Assembled, Mapping[str, Any]], test_data: Path, tmp_path: Path
) -> None:
    root, _, _ = gold
    registries = manager.load().registries

    def references(board: Board) -> Any:
        return from_captions(board, registries, captions_folder(test_data, board))

    checked = [*verify(root, lambda: [*registries.metrics], references, jobs=1)]
    assert len(checked) == len(SYSTEMS) and all(not one.problems and not one.unseen for one in checked)
    short = predictions(test_data, "conette.clotho_eval", tmp_path / "short.csv", drop=1)
    data = captions_folder(test_data, boards.load(REAL)["clotho-v2.1"])
    before = sorted(path for path in root.rglob("*"))
    with pytest.raises(UserError, match="1 of 1045 clips have no caption"), Changes() as changes:
        submit(Submission(root, short, "clotho-v2.1", "short", data_dir=data), registries, changes)
    assert sorted(path for path in root.rglob("*")) == before


def test_the_official_boards_are_pinned_to_the_published_splits(test_data: Path) -> None:
    registries = manager.load().registries
    known = boards.load(REAL)
    for name, folder, clips in (
        ("clotho-v1", "clotho-captions/v1", 1045),
        ("clotho-v2.1", "clotho-captions/v2", 1045),
        ("clotho-v2.1-retrieval", "clotho-captions/v2", 1045),
        ("audiocaps", "audiocaps-captions", 975),
    ):
        board = known[name]
        assert board.pin is not None and board.pin.clips == clips
        assert len(from_captions(board, registries, test_data / folder)) == clips  # refuses others than those pinned
    other = known["clotho-v2.1"].model_copy(update={"pin": known["audiocaps"].pin})
    with pytest.raises(UserError, match=r"not hold the references that the board clotho-v2\.1 pins"):
        from_captions(other, registries, test_data / "clotho-captions/v2")
