"""A metric's lifetime: made once, asked whether it can run, prepared with references, called many times."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from aacbench.contracts import Metric, MetricSpec
from aacbench.errors import UserError
from aacbench.host.builtin.metrics import SPECS
from aacbench.scoring import score_items, select
from aacbench.scoring.leave_one_out import score_leave_one_out
from aacbench.scoring.scorer import Scorer
from aacbench.scoring.tokens import reference_set
from aacbench.training.self_critical.reward import Reward
from aacbench.types import Audio, ReferenceSet, Score, ScoringItems

IDS = ("a.wav", "b.wav", "c.wav")
REFERENCES = (("a dog is barking", "dogs bark"), ("rain falls on the roof", "it rains"), ("a car passes", "x y"))
CAPTIONS = ("A dog barks.", "Rain falls on a roof", "a car")


class Counted(Metric):
    """Words of a candidate that its clip's references hold, with a diary of what was asked of it."""

    diary: list[str]

    def __init__(self, bonus: float = 0.0) -> None:
        self.bonus, self.diary = bonus, ["made"]

    def check_ready(self) -> None:
        self.diary.append("ready")

    def prepare(self, references: ReferenceSet) -> None:
        self.diary.append(f"prepared {len(references)}")

    def warnings(self, items: ScoringItems) -> list[str]:
        return ["counted"]

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        self.diary.append(f"called {len(items)}")
        pairs = zip(items.candidate_tokens, items.reference_tokens, strict=True)
        rows = tuple(len({*ours.split()} & {*" ".join(theirs).split()}) + self.bonus for ours, theirs in pairs)
        return [Score("counted", sum(rows) / len(rows), rows, {"version": 1})]


MADE: list[Counted] = []


def make(bonus: float = 0.0) -> Counted:
    MADE.append(Counted(bonus))
    return MADE[-1]


SPEC = MetricSpec("counted", "shared words", make, range=(0.0, float("inf")))


@pytest.fixture(autouse=True)
def nothing_made() -> None:
    MADE.clear()


def diaries() -> list[list[str]]:
    return [metric.diary for metric in MADE]


def test_score_makes_asks_prepares_and_calls_once() -> None:
    report = score_items(IDS, CAPTIONS, REFERENCES, [SPEC])
    assert diaries() == [["made", "ready", "prepared 3", "called 3"]]
    assert report.warnings == ("counted",)


def test_three_steps_of_a_reward_make_one_metric_with_its_settings() -> None:
    reward = Reward({"counted": 1.0}, REFERENCES, [SPEC], settings={"counted": {"bonus": 0.5}})
    for _ in range(3):
        assert reward(["a dog", "a car", "dogs bark"], [0, 2, 0]).tolist() == [2.5, 2.5, 2.5]
    assert diaries() == [["made", "prepared 3", "called 3", "called 3", "called 3"]]


def test_batch_frequencies_prepare_anew_and_make_nothing_anew() -> None:
    reward = Reward({"counted": 1.0}, REFERENCES, [SPEC], "batch")
    for clips in ([0, 0, 2], [1]):
        reward(["a dog"] * len(clips), clips)
    assert diaries() == [["made", "prepared 2", "called 3", "prepared 1", "called 1"]]


def test_rounds_that_leave_one_reference_out_share_one_metric() -> None:
    score_leave_one_out(IDS, REFERENCES, [SPEC])
    assert diaries() == [["made", "ready", "prepared 3", "called 3", "prepared 3", "called 3"]]


def test_a_callable_alone_is_a_metric_and_old_cautions_are_heard() -> None:
    class Old:
        def cautions(self, items: ScoringItems) -> list[str]:
            return ["old"]

        def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
            return [Score("old", 1.0, (1.0,) * len(items), {"version": 1})]

    report = score_items(IDS, CAPTIONS, REFERENCES, [MetricSpec("old", "", Old)])
    assert report.warnings == ("old",) and report.scores["old"].corpus == 1.0


def test_prepared_cider_d_scores_any_batch_as_the_whole() -> None:
    specs = select(["cider_d", "bleu"], SPECS).specs
    whole = score_items(IDS, CAPTIONS, REFERENCES, specs).scores["cider_d"].items
    assert whole is not None
    scorer = Scorer(specs)
    scorer.prepare(reference_set(IDS, REFERENCES))
    batch = scorer.score([CAPTIONS[2], CAPTIONS[0], CAPTIONS[2]], [2, 0, 2])
    assert batch["cider_d"].items == pytest.approx((whole[2], whole[0], whole[2]), abs=1e-12)


def test_what_is_missing_is_said_before_anything_is_computed() -> None:
    class Absent(Counted):
        def check_ready(self) -> None:
            raise UserError("the weights are not here")

    with pytest.raises(UserError, match="the weights are not here"):
        score_items(IDS, CAPTIONS, REFERENCES, [SPEC, MetricSpec("absent", "", Absent, outputs=("counted",))])
    assert diaries() == [["made", "ready"]]


def test_nothing_is_loaded_where_another_metric_misses_something() -> None:
    class Absent(Counted):
        def check_present(self) -> None:
            raise UserError("no such model here")

    with pytest.raises(UserError, match="no such model here"):
        score_items(IDS, CAPTIONS, REFERENCES, [SPEC, MetricSpec("absent", "", Absent, outputs=("counted",))])
    assert diaries() == [["made"]]


def test_audio_reaches_the_metric() -> None:
    heard: list[tuple[Audio | None, ...]] = []

    class Listens(Metric):
        def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
            heard.append(items.audio)
            return [Score("listens", 0.0)]

    audio = (Path("a.wav"), None, Path("c.wav"))
    spec = MetricSpec("listens", "", Listens)
    score_items(IDS, CAPTIONS, REFERENCES, [spec], audio=audio)
    score_items(IDS, CAPTIONS, REFERENCES, [spec])
    scorer = Scorer([spec])
    scorer.prepare(reference_set(IDS, REFERENCES, audio=audio))
    scorer.score(["x"], [2])
    assert heard == [audio, (), (Path("c.wav"),)]


def test_a_setting_chooses_the_engine_of_one_metric() -> None:
    seen: list[str] = []

    class Engined(Metric):
        def __init__(self, engine: str = "native") -> None:
            seen.append(engine)

        def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
            return [Score(self.name, 0.0, signature={"version": 1, "implementation": "own"})]

        name = "one"

    class Other(Engined):
        name = "other"

    both = ("native", "reference")
    specs = [MetricSpec("one", "", Engined, engines=both), MetricSpec("other", "", Other, engines=both)]
    report = score_items(IDS, CAPTIONS, REFERENCES, specs, settings={"one": {"engine": "reference"}})
    assert seen == ["reference", "native"]
    assert [report.scores[name].signature["engine"] for name in ("one", "other")] == seen
