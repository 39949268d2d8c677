"""What is refused though its scores are right, by `add`, `check` and `verify` alike, each with its reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.leaderboard.pages.build import build, check, write_pages
from aacbench.leaderboard.store.boards import board_path, load, text_of
from aacbench.leaderboard.store.references import references, references_path
from aacbench.leaderboard.verification.verify import verify

from .conftest import REFERENCES, MakeRun, captions, put

Edit = Callable[[dict[str, Any]], object]


def found_by_check(root: Path) -> str:
    return "\n".join(check(root))


def found_by_verify(root: Path) -> str:
    registries = manager.load().registries
    checked = verify(root, lambda: [*registries.metrics], lambda board: references(root, board, registries), jobs=1)
    return "\n".join(problem for one in checked for problem in one.problems)


def edited(path: Path, change: Edit, target: Path | None = None) -> Path:
    """Write a changed copy of a record, with its rows, and return where."""
    stored = json.loads(path.read_text())
    change(stored)
    target = target or path
    target.write_text(json.dumps(stored, indent=2))
    if target != path:
        shutil.copy(path.with_suffix(".jsonl"), target.with_suffix(".jsonl"))
    return target


def refused_everywhere(root: Path, reason: str) -> None:
    assert reason in found_by_check(root)
    assert reason in found_by_verify(root)
    with pytest.raises(UserError, match=reason):
        write_pages(root)


def test_the_same_predictions_under_another_seed_or_name(root: Path, make_run: MakeRun) -> None:
    path = put(root, make_run(captions(5)))
    for run in (make_run(captions(5), seed=1), make_run(captions(5), variant="two")):
        with pytest.raises(UserError, match="has the same predictions as m/one-seed0"):
            put(root, run)
    edited(path, lambda record: record.update(seed=7), path.with_name("one-seed7.json"))
    refused_everywhere(root, "has the same predictions as m/one-seed0")


def test_the_same_stage_keys_under_another_seed_or_name(root: Path, make_run: MakeRun) -> None:
    def keys(record: Any) -> None:
        record["stages"][0]["key"] = "k"

    first = make_run(captions(5))
    edited(first / "record.json", keys)
    put(root, first)
    other, renamed = make_run(captions(4), seed=1), make_run(captions(3), variant="two")
    for run in (other, renamed):
        edited(run / "record.json", keys)
        with pytest.raises(UserError, match=r"stage keys as m/one-seed0|last stage's key of m/one-seed0"):
            put(root, run)


def test_training_on_the_evaluation_clips_and_smoke_runs(root: Path, make_run: MakeRun) -> None:
    run = make_run(captions(5))

    def trained(record: dict[str, Any]) -> None:
        record["data"]["fingerprints"]["training"] = record["data"]["fingerprints"]["evaluation"]

    edited(run / "record.json", trained)
    with pytest.raises(UserError, match="has the evaluation clips as its training clips"):
        put(root, run)
    path = put(root, make_run(captions(5)))
    edited(path, trained)
    refused_everywhere(root, "has the evaluation clips as its training clips")
    edited(path, lambda record: record["data"]["fingerprints"].pop("training"))
    path.rename(path.with_name("one-seed0-smoke.json"))
    path.with_suffix(".jsonl").rename(path.with_name("one-seed0-smoke.jsonl"))
    edited(path.with_name("one-seed0-smoke.json"), lambda record: record.update(preset="smoke"))
    refused_everywhere(root, "is a smoke run")


def test_a_record_of_another_split(root: Path, make_run: MakeRun) -> None:
    run = make_run(captions(5))
    edited(run / "record.json", lambda record: record["data"].update(split="validation"))
    with pytest.raises(UserError, match="was scored on the split validation"):
        put(root, run)
    path = put(root, make_run(captions(4)))
    edited(path, lambda record: record["data"].update(split="test"))
    refused_everywhere(root, "was scored on the split test; a board ranks the evaluation split")


def test_a_presets_name_over_other_settings(root: Path, make_run: MakeRun) -> None:
    put(root, make_run(captions(5)))
    tuned = make_run(captions(4), seed=1, change={"settings": {"lr": 0.1}})
    with pytest.raises(UserError, match=r"other settings than those of the preset quick.*--label NAME"):
        put(root, tuned)
    path = put(root, tuned, label="tuned")
    assert path.name == "one-seed1-tuned.json" and found_by_check(root).count("settings") == 0
    with pytest.raises(UserError, match="'paper' is the name of a preset"):
        put(root, tuned, label="paper")
    edited(path, lambda record: record["settings"].update(lr=0.2))
    refused_everywhere(root, "its settings are not those that presets.json pins for it")


def test_a_second_floor_or_human(root: Path, make_run: MakeRun) -> None:
    put(root, make_run(captions(5), method="floor", variant="default"))
    with pytest.raises(UserError, match="is a second floor of its kind"):
        put(root, make_run(captions(4), method="floor", variant="default", seed=1))
    put(root, make_run(captions(0), method="human", variant="default"))
    with pytest.raises(UserError, match="is a second ceiling of its kind"):
        put(root, make_run(captions(0), method="human", variant="default", seed=1))
    put(root, make_run(captions(3), method="nearest", variant="default"))
    write_pages(root)
    assert check(root) == []


def test_captions_that_are_the_references(root: Path, make_run: MakeRun, capsys: pytest.CaptureFixture[str]) -> None:
    copied = {clip: texts[0].upper() + "." for clip, texts in REFERENCES.items()}
    with pytest.raises(UserError, match="100% are word for word references"):
        put(root, make_run(copied))
    nearly = captions(0)
    some = {clip: copied[clip] if number < 5 else nearly[clip] for number, clip in enumerate(REFERENCES)}
    put(root, make_run(some))  # 28 %: said, not refused
    assert found_by_verify(root) == ""


@pytest.mark.parametrize("change", ["swapped", "permuted", "edited"])
def test_other_references(root: Path, make_run: MakeRun, change: str) -> None:
    put(root, make_run(captions(5)))
    path = references_path(root, load(root)["toy"])
    lines = path.read_text().splitlines()
    if change == "swapped":
        first, second = json.loads(lines[0]), json.loads(lines[1])
        lines[0] = json.dumps({**first, "references": second["references"]})
        lines[1] = json.dumps({**second, "references": first["references"]})
    elif change == "permuted":
        lines.reverse()
    else:
        lines[3] = lines[3].replace("garden", "yard").replace("street", "yard")
    path.write_text("\n".join(lines) + "\n")
    refused_everywhere(root, "does not hold the references that the board toy pins")
    assert len(found_by_verify(root).splitlines()) == 1  # one message, however many records
    with pytest.raises(UserError, match="does not hold the references"):
        put(root, make_run(captions(3), variant="two"))


def test_references_that_may_not_be_shipped(root: Path, make_run: MakeRun) -> None:
    put(root, make_run(captions(5)))
    board = load(root)["toy"].model_copy(update={"ships_references": False})
    board_path(root, board).write_text(text_of(board))
    refused_everywhere(root, "may not be published; delete it")


def test_an_edited_score_and_a_record_without_its_predictions(root: Path, make_run: MakeRun) -> None:
    path = put(root, make_run(captions(5)))
    good = path.read_bytes()
    edited(path, lambda record: record["scores"]["cider_d"].update(value=4.5))
    refused_everywhere(root, "is not the mean of its rows")
    path.write_bytes(good)
    rows = path.with_suffix(".jsonl")
    bare = [{**json.loads(line), "caption": None} for line in rows.read_text().splitlines()]
    rows.write_text("".join(json.dumps(row) + "\n" for row in bare))
    refused_everywhere(root, "has no predictions in its rows, so it cannot be scored again")
    rows.unlink()
    refused_everywhere(root, "a record stands beside its rows")
    run = make_run(captions(3), variant="two")
    (run / "predictions.csv").unlink()
    path.unlink()
    with pytest.raises(UserError, match=r"cannot read .*predictions\.csv"):
        put(root, run)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda record: record["stages"][0]["summary"].update(parameters=10**400), "64 bits"),
        (lambda record: record["scores"]["cider_d"].update(value=1e303), "scores.cider_d.value"),
        (lambda record: record["scores"]["rouge_l"].update(value=1.5), "rouge_l 1.5, which is out of its range"),
        (lambda record: record["stages"][0].update(seconds=-1), "stages.0.seconds"),
        (lambda record: record.update(decoding_seconds="2"), "decoding_seconds"),
        (lambda record: record.update(seed=-1), "seed"),
        (lambda record: record.update(seed=2**70), "seed"),
        (lambda record: record.update(seed=True), "seed"),
        (lambda record: record["scores"]["cider_d"]["interval"].update(resamples=-5), "resamples"),
        (lambda record: record["stages"][0].update(name='=HYPERLINK("https://evil.example","x")'), "stages.0.name"),
        (lambda record: record["stages"][0].update(name="pretrain-<img src=x onerror=alert(1)>"), "stages.0.name"),
        (lambda record: record["about"].update(url="javascript:alert(1)"), "about.url"),
        (lambda record: record.update(role="best"), "role"),
        (lambda record: record.update(hardware={"x": "y" * 20_000}), "hardware"),
    ],
)  # fmt: skip
def test_numbers_and_texts_have_bounds(root: Path, make_run: MakeRun, change: Edit, message: str) -> None:
    path = put(root, make_run(captions(5)))
    stored = json.loads(path.read_text())
    change(stored)
    path.write_text(json.dumps(stored))
    assert message in found_by_check(root)
    assert message in found_by_verify(root)


def test_a_key_that_comes_twice(root: Path, make_run: MakeRun) -> None:
    path = put(root, make_run(captions(5)))
    path.write_text(path.read_text().replace('"seed": 0,', '"seed": 0,\n  "seed": 0,', 1))
    refused_everywhere(root, "the key 'seed' comes twice")
    rows = path.with_suffix(".jsonl")
    path.write_text(path.read_text().replace('"seed": 0,\n  "seed": 0,', '"seed": 0,', 1))
    rows.write_text(rows.read_text().replace('"clip":"00.wav"', '"clip":"00.wav","clip":"00.wav"', 1))
    refused_everywhere(root, "the key 'clip' comes twice")


def test_the_hostile_records_of_the_field(root: Path, test_data: Path) -> None:
    folder = test_data / "field-cases/records"
    cases = sorted(folder.glob("*.json"))
    assert cases
    for case in cases:
        target = root / "results/toy/rlssr/base+pann-seed0.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(case, target)
        assert str(target) in found_by_check(root), case.name
        assert str(target) in found_by_verify(root), case.name
        files = build(root).files
        assert not any(b"evil.example" in content for content in files.values()), case.name


def test_free_text_is_text_on_every_page(root: Path, make_run: MakeRun) -> None:
    """Whatever a record may say in its own words reaches the pages as words."""
    hostile = "=1+1 <img src=x onerror=alert(1)> [a](https://evil.example) | @everyone \u202egnp.exe\u2066 `x`"
    path = put(root, make_run(captions(5)))
    said = {"name": hostile, "summary": hostile, "paper": hostile, "licence": hostile, "authors": [hostile]}
    edited(path, lambda record: [record["about"].update(said), record["stages"][0].update(label=hostile)])
    built = build(root)
    assert built.problems == ()
    text = built.files["README.md"].decode()
    assert "<img" not in text and "](https:" not in text and "@everyone" not in text and "https://evil" not in text
    page = built.files["index.html"].decode()
    assert "<img src=x" not in page
    for content in built.files.values():
        assert "\u202e" not in content.decode() and "\u2066" not in content.decode()
    table = built.files["leaderboard.csv"].decode()
    assert "'=1+1" in table and ",=1+1" not in table and '"=1+1' not in table


def test_files_and_links_that_are_no_part_of_it(root: Path, make_run: MakeRun, tmp_path: Path) -> None:
    put(root, make_run(captions(5)))
    write_pages(root)
    assert check(root) == []
    (root / "notes.txt").write_text("x")
    (root / "boards/old").mkdir()
    (root / "boards/old/toy.json").write_text("{}")
    (root / ".README.md.part").symlink_to(tmp_path / "victim")
    (root / "references/other.jsonl").write_text("")
    found = found_by_check(root)
    for name in (
        "notes.txt is no part",
        "old/toy.json is no part",
        ".README.md.part is a link",
        "other.jsonl is no part",
    ):
        assert name in found
    assert "notes.txt is no part" in found_by_verify(root)
