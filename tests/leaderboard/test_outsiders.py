"""What others bring: a summed metric of a third party, and ranked lists of a challenge's baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aacbench.contracts import Metric, MetricSpec
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.leaderboard.pages.build import check, write_pages
from aacbench.leaderboard.store import boards
from aacbench.leaderboard.store.boards import Board, board_path, text_of
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.references import from_captions, references
from aacbench.leaderboard.verification.submit import Submission, submit
from aacbench.leaderboard.verification.verify import verify
from aacbench.runs.record import RunRecord
from aacbench.types import Score, ScoringItems

from .conftest import REAL, captions


class Squeezed(Metric):
    """Share of the candidates' words that are a reference's, of all words together: no mean over clips."""

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> Sequence[Score]:
        """Return the one score."""
        counts = self.statistics(items)
        shares = counts[:, 0] / np.maximum(counts[:, 1], 1)
        return [Score("squeezed", float(self.from_statistics(counts.sum(0, keepdims=True))[0, 0]), tuple(shares))]

    def statistics(self, items: ScoringItems) -> NDArray[np.float64]:
        """Return words that fit, and words, of each clip."""
        pairs = zip(items.candidate_tokens, items.reference_tokens, strict=True)
        words = [(said.split(), {word for text in texts for word in text.split()}) for said, texts in pairs]
        return np.array([[sum(word in known for word in own), len(own)] for own, known in words], np.float64)

    def from_statistics(self, statistics: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares of rows of sums."""
        return statistics[:, :1] / statistics[:, 1:]


SPEC = MetricSpec(name="squeezed", summary="words that fit", factory=Squeezed, label="Squeezed", aggregate="summed")


@pytest.fixture
def registries() -> Iterable[Registries]:
    """The installed parts and one metric more."""
    known = manager.load().registries
    known.metrics.add(SPEC, "outsider")
    yield known
    known.metrics.remove_origin("outsider")


def handed_in(root: Path, registries: Registries, folder: Path, system: str, said: Mapping[str, str]) -> RunRecord:
    file = folder / f"{system}.csv"
    # Captions of different lengths, so that the mean over clips is another number than the whole's.
    longer = {clip: text + " and then" * (number % 5) for number, (clip, text) in enumerate(said.items())}
    file.write_text("file_name,caption_predicted\n" + "".join(f"{clip},{text}\n" for clip, text in longer.items()))
    with Changes() as changes:
        added = submit(Submission(root, file, "toy", system), registries, changes)
    return added.entry.record


def test_a_third_partys_summed_metric_passes_add_verify_and_check(
    root: Path, board: Board, registries: Registries, tmp_path: Path
) -> None:
    own = board.model_copy(update={"metrics": ["squeezed", "cider_d"], "rank_by": "squeezed", "facts": {}})
    board_path(root, own).write_text(text_of(own))
    record = handed_in(root, registries, tmp_path, "ours", captions(4))
    write_pages(root)
    assert boards.load(root)["toy"].facts["squeezed"].aggregate == "summed"
    rows = boards.load(root)["toy"]
    assert rows.facts["squeezed"].label == "Squeezed" and "Squeezed" in (root / "README.md").read_text()
    assert record.scores["squeezed"].interval is not None
    checked = verify(root, lambda: [*registries.metrics], lambda one: references(root, one, registries), jobs=1)
    assert [problem for one in checked for problem in one.problems] == []
    assert check(root) == []
    manager.load().registries.metrics.remove_origin("outsider")
    assert check(root) == []  # the page is the same where the plugin is not installed


def test_one_that_says_it_is_a_mean_and_is_none_is_refused(
    root: Path, board: Board, registries: Registries, tmp_path: Path
) -> None:
    registries.metrics.remove_origin("outsider")
    registries.metrics.add(replace(SPEC, aggregate="mean"), "outsider")
    alone = {"metrics": ["squeezed"], "rank_by": "squeezed", "leading": ["squeezed"], "facts": {}}
    own = board.model_copy(update=alone)
    board_path(root, own).write_text(text_of(own))
    with pytest.raises(UserError, match=r"says squeezed .* which is not the mean of its rows"):
        handed_in(root, registries, tmp_path, "ours", captions(4))


@pytest.mark.slow
def test_a_challenges_ranked_lists_on_the_official_board(test_data: Path, tmp_path: Path) -> None:
    lists = next((test_data / "retrieval/dcase2022-baseline").rglob("*.csv"), None)
    if lists is None:
        pytest.skip("no lists of the DCASE 2022 baseline")
    known, registries = manager.load().registries, manager.load().registries
    root = tmp_path / "leaderboard"
    (root / "boards").mkdir(parents=True)
    board = boards.load(REAL)["clotho-v2.1-retrieval"]
    board_path(root, board).write_text(text_of(board))
    data = test_data / "clotho-captions/v2"
    with Changes() as changes:
        added = submit(Submission(root, lists, board.id, "dcase2022", data_dir=data), registries, changes)
        write_pages(root, changes)
    scores = {name: round(score.value, 4) for name, score in added.entry.record.scores.items()}
    assert scores == {"recall_at_1": 0.0316, "recall_at_5": 0.1095, "recall_at_10": 0.1883, "map_at_10": 0.0679}
    checked = verify(root, lambda: [*known.metrics], lambda one: from_captions(one, known, data), jobs=1)
    assert [problem for one in checked for problem in one.problems] == []
    assert check(root) == []
