"""Run records: they read back, refuse what is no record, and fingerprints tell data apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aacbench.datasets.fingerprint import fingerprint
from aacbench.errors import UserError
from aacbench.runs.provenance import commit, libraries
from aacbench.runs.record import DataRecord, IntervalRecord, RunRecord, ScoreRecord
from aacbench.types import Clip


def record() -> RunRecord:
    data = DataRecord(name="d", version="1", clips={"evaluation": 2}, fingerprints={"evaluation": "0" * 64})
    return RunRecord(
        method="m", variant="v", preset="quick", seed=0, settings={"a": None}, data=data, stages=[],
        decoding_seconds=1.0, scores={"bleu_1": ScoreRecord(value=0.5, signature={"version": 1})},
        libraries=libraries(), hardware={}, commit=commit(),
    )  # fmt: skip


def test_a_record_reads_back(tmp_path: Path) -> None:
    record().save(tmp_path / "record.json")
    assert RunRecord.load(tmp_path / "record.json") == record()
    assert json.loads((tmp_path / "record.json").read_text())["schema_version"] == 2


def test_a_record_of_version_1_is_read(tmp_path: Path) -> None:
    stored = {**record().model_dump(), "schema_version": 1}
    del stored["scores"]["bleu_1"]["interval"]
    (tmp_path / "record.json").write_text(json.dumps(stored))
    assert RunRecord.load(tmp_path / "record.json") == record()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 3}, "schema_version"),
        ({"surprise": 1}, "surprise"),
        ({"scores": {"bleu_1": 0.5}}, "scores.bleu_1"),
        ({"decoding_seconds": float("inf")}, "decoding_seconds: .*finite"),
        ({"data": {"name": "d", "version": "1", "clips": {}, "fingerprints": {}}}, ".*those of the evaluation"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps({**record().model_dump(), **change}))
    with pytest.raises(UserError, match=f"no run record of schema 2: {message}"):
        RunRecord.load(path)
    path.write_text("{")
    with pytest.raises(UserError, match="no run record"):
        RunRecord.load(path)
    with pytest.raises(UserError, match="no record at"):
        RunRecord.load(tmp_path / "none.json")


def test_fingerprints_heed_audio_captions_ids_and_tags_but_not_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    for name in "ab":
        (tmp_path / name).write_bytes(name.encode())
    one = Clip("1", tmp_path / "a", ("x", "y"))
    two = Clip("2", tmp_path / "b", ("z",))
    base = fingerprint([one, two])
    assert base == fingerprint([two, one])
    others = [
        [one],
        [Clip("1", tmp_path / "b", ("x", "y")), two],
        [Clip("1", tmp_path / "a", ("x", "z")), two],
        [Clip("1", tmp_path / "a", ("y", "x")), two],
        [Clip("3", tmp_path / "a", ("x", "y")), two],
        [Clip("1", tmp_path / "a", ("x", "y"), tags=("t",)), two],
        [Clip("1", tmp_path / "a", ("x", "y"), scene="s"), two],
    ]
    prints = [fingerprint(clips) for clips in others]
    assert len({base, *prints}) == 1 + len(others)


def test_scores_that_another_processor_rounds_otherwise_are_the_same() -> None:
    interval = IntervalRecord(low=0.1, high=0.3, level=0.95, resamples=1000)
    score = ScoreRecord(value=0.0002172203035560181, signature={"metric": "cider_d"}, interval=interval)
    rounded = score.model_copy(update={"value": 0.00021722030355601806})
    assert score != rounded and score.same(rounded)
    changes: list[dict[str, Any]] = [
        {"value": 0.000218},
        {"signature": {"metric": "bleu"}},
        {"interval": None},
        {"interval": interval.model_copy(update={"high": 0.31})},
    ]
    assert not any(score.same(score.model_copy(update=change)) for change in changes)
