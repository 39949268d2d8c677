"""What gets onto a board, and what is found out: changed scores and captions, other data, missing clips, odd names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aacbench.cli import cli
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.leaderboard.pages.build import build, check, write_pages
from aacbench.leaderboard.store import boards
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.verification.verify import rescore, verify
from aacbench.runs.record import RunRecord

from .conftest import REFERENCES, MakeRun, captions, put


def metrics() -> Any:
    return [*manager.load().registries.metrics]


def references(_: Any) -> Any:
    return REFERENCES


def problems(root: Path) -> list[str]:
    return [problem for one in verify(root, metrics, references, jobs=1) for problem in one.problems]


def edit(path: Path, change: Any) -> None:
    stored = json.loads(path.read_text())
    change(stored)
    path.write_text(json.dumps(stored))


def edit_row(path: Path, number: int, change: Any) -> None:
    lines = path.with_suffix(".jsonl").read_text().splitlines()
    row = json.loads(lines[number])
    change(row)
    lines[number] = json.dumps(row)
    path.with_suffix(".jsonl").write_text("\n".join(lines) + "\n")


def test_a_run_is_scored_again_kept_and_verified(root: Path, make_run: MakeRun) -> None:
    path = put(root, make_run(captions(5)))
    assert path == root / "results/toy/m/one-seed0.json"
    record = RunRecord.load(path)
    interval = record.scores["cider_d"].interval
    assert interval is not None and interval.low < record.scores["cider_d"].value < interval.high
    assert problems(root) == []
    write_pages(root)
    assert check(root) == []
    pin = boards.load(root)["toy"].pin
    assert pin is not None and set(pin.signatures) == {"bleu_1", "rouge_l", "cider_d"}


def test_adding_again_changes_nothing_and_another_run_needs_replace(root: Path, make_run: MakeRun) -> None:
    path = put(root, make_run(captions(5)))
    before = path.read_bytes()
    put(root, make_run(captions(5)))
    assert path.read_bytes() == before
    other = make_run(captions(2))
    with pytest.raises(UserError, match="there already"):
        put(root, other)
    put(root, other, replace=True)
    assert path.read_bytes() != before


def test_a_score_written_by_hand_is_refused(root: Path, make_run: MakeRun) -> None:
    run = make_run(captions(5))
    edit(run / "record.json", lambda stored: stored["scores"]["cider_d"].update(value=9.9))
    with pytest.raises(UserError, match=r"cider_d is 9\.9.* in the record and .* when scored again"):
        put(root, run)
    assert not (root / "results").exists()


def test_none_is_said_to_be_added_where_one_is_refused(root: Path, make_run: MakeRun) -> None:
    runs = [make_run(captions(5), seed=0), make_run(captions(5), seed=1)]
    edit(runs[1] / "record.json", lambda stored: stored["scores"]["cider_d"].update(value=9.9))
    done = CliRunner().invoke(cli, ["leaderboard", "add", "--root", str(root), *map(str, runs)])
    assert isinstance(done.exception, UserError) and "added" not in done.output
    whole = CliRunner().invoke(cli, ["leaderboard", "add", "--root", str(root), str(runs[0])], catch_exceptions=False)
    assert whole.exit_code == 0 and "added" in whole.output


def test_captions_changed_after_the_run_are_refused(root: Path, make_run: MakeRun) -> None:
    run = make_run(captions(5))
    better = make_run(captions(0), variant="better")
    (run / "predictions.csv").write_bytes((better / "predictions.csv").read_bytes())
    with pytest.raises(UserError, match="takes only what the predictions themselves score"):
        put(root, run)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"preset": "smoke"}, "smoke run"),
        ({"task": "guessing"}, "no board ranks guessing"),
        ({"variant": "../../escape"}, "no name of a variant"),
        ({"variant": "x/y"}, "no name of a variant"),
        ({"method": ".."}, "no name of a method"),
        ({"method": "<script>alert(1)</script>"}, "no name of a method"),
        ({"preset": "../quick"}, "no name of a preset"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_odd_records_are_refused(root: Path, make_run: MakeRun, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        put(root, make_run(captions(5), change=change))
    assert not (root / "results").exists()


def test_other_data_and_missing_clips_are_refused(root: Path, make_run: MakeRun) -> None:
    run = make_run(captions(5))
    edit(run / "record.json", lambda stored: stored["data"]["fingerprints"].update(evaluation="0" * 64))
    with pytest.raises(UserError, match="another fingerprint"):
        put(root, run)
    said = captions(5)
    del said["03.wav"]
    with pytest.raises(UserError, match=r"1 of 18 clips have no caption: '03\.wav'"):
        put(root, make_run(said))


def test_only_human_is_scored_leaving_references_out(root: Path, make_run: MakeRun) -> None:
    put(root, make_run(captions(5)))
    put(root, make_run(captions(0), method="human", variant="default"))
    assert problems(root) == []
    forged = put(root, make_run(captions(2), method="floor", variant="default"))
    edit(forged, lambda stored: [score["signature"].update(leave_one_out=2) for score in stored["scores"].values()])
    assert any("leaving references out" in problem for problem in problems(root))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda stored: stored["scores"]["rouge_l"].update(value=0.99), "rouge_l is 0.990000 in the record"),
        (lambda stored: stored["scores"]["rouge_l"]["signature"].update(version=0), "rouge_l was scored otherwise"),
        (lambda stored: stored["scores"].pop("rouge_l"), "rouge_l is missing"),
        (lambda stored: stored["scores"]["rouge_l"]["interval"].update(low=0.0), "interval of rouge_l"),
        (lambda stored: stored["data"]["fingerprints"].update(evaluation="0" * 64), "another fingerprint"),
        (lambda stored: stored["data"]["clips"].update(evaluation=3), "3 of 18 evaluation clips"),
        (lambda stored: stored["scores"].update(made_up=stored["scores"]["rouge_l"]), "made_up is only in"),
    ],
)
def test_verify_finds_a_tampered_record(root: Path, make_run: MakeRun, change: Any, message: str) -> None:
    path = put(root, make_run(captions(5)))
    edit(path, change)
    assert any(message in problem for problem in problems(root)), problems(root)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: row.update(caption="a dog calls in the garden"), "when scored again"),
        (lambda row: row["scores"].update(cider_d=5.0), "cider_d is 5.0 in the row"),
        (lambda row: row["scores"].pop("cider_d"), "scores are of"),
        (lambda row: row.update(clip="../evil.wav"), "no caption"),
        (lambda row: row.update(clip="01.wav"), "two captions"),
        (lambda row: row.update(html="<b>"), "html"),
    ],
)
def test_verify_finds_a_tampered_row(root: Path, make_run: MakeRun, change: Any, message: str) -> None:
    path = put(root, make_run(captions(5)))
    edit_row(path, 0, change)
    assert any(message in problem for problem in problems(root)), problems(root)


def test_files_that_are_no_records_are_found(root: Path, make_run: MakeRun, tmp_path: Path) -> None:
    path = put(root, make_run(captions(5)))
    write_pages(root)
    moved = path.with_name("two-seed0.json")
    moved.write_bytes(path.read_bytes())
    (path.parent / "alone-seed0.jsonl").write_text("{}\n")
    (path.parent / "notes.txt").write_text("x")
    (tmp_path / "outside.json").write_bytes(path.read_bytes())
    (path.parent / "link-seed0.json").symlink_to(tmp_path / "outside.json")
    found = "\n".join(check(root))
    for message in ("belongs at", "no record beside", "neither a record", "lies outside"):
        assert message in found
    with pytest.raises(UserError):
        write_pages(root)


def test_edited_pages_are_found(root: Path, make_run: MakeRun) -> None:
    put(root, make_run(captions(5)))
    write_pages(root)
    page = root / "README.md"
    page.write_text(page.read_text().replace("m", "M", 1))
    assert [problem for problem in check(root) if "README.md" in problem]


def test_check_finds_a_score_that_is_not_the_mean_of_its_rows(root: Path, make_run: MakeRun) -> None:
    path = put(root, make_run(captions(5)))
    edit(path, lambda stored: stored["scores"]["cider_d"].update(value=5.0))
    assert any("not the mean of its rows" in problem for problem in check(root))
    with pytest.raises(UserError, match="not the mean of its rows"):
        write_pages(root)
    assert not (root / "README.md").exists()


def test_records_of_other_data_stand_apart(root: Path, make_run: MakeRun) -> None:
    put(root, make_run(captions(5)))
    other = put(root, make_run(captions(0), variant="other"))
    edit(other, lambda stored: stored["data"]["fingerprints"].update(evaluation="0" * 64))
    built = build(root)
    assert any("other-seed0.json was scored on other clips" in problem for problem in built.problems)
    assert "**m one**" in built.files["README.md"].decode() and "m other" not in built.files["README.md"].decode()


def test_rescore_brings_an_old_way_of_scoring_up_to_date(root: Path, make_run: MakeRun) -> None:
    path = put(root, make_run(captions(5)))
    good = path.read_bytes()

    def age(stored: Any) -> None:
        stored["scores"]["rouge_l"]["signature"]["version"] = 0
        stored["scores"]["rouge_l"]["value"] = 0.1

    edit(path, age)
    changed = [problem for one in rescore(root, metrics, references, Changes()) for problem in one.problems]
    assert any("rouge_l" in problem for problem in changed)
    assert path.read_bytes() == good
    assert problems(root) == []


def test_workers_find_what_one_process_finds(root: Path, make_run: MakeRun) -> None:
    for variant in range(8):
        path = put(root, make_run(captions(5 + variant), variant=f"v{variant}"))
    edit(path, lambda stored: stored["scores"]["rouge_l"].update(value=0.99))
    alone = [*verify(root, metrics, references, jobs=1)]
    assert [*verify(root, metrics, references, jobs=2)] == alone
    assert sum(bool(one.problems) for one in alone) == 1


def test_verify_finds_changed_references(root: Path, make_run: MakeRun) -> None:
    put(root, make_run(captions(5)))
    easier: dict[str, tuple[str, ...]] = {clip: (texts[0], texts[0]) for clip, texts in REFERENCES.items()}
    found = [problem for one in verify(root, metrics, lambda _: easier, jobs=1) for problem in one.problems]
    assert any("reference_set differ" in problem for problem in found)


def test_a_leaderboard_of_an_earlier_release_is_brought_up_to_date(root: Path, make_run: MakeRun) -> None:
    put(root, make_run(captions(5)))
    (root / "presets.json").unlink()
    path = root / "boards/toy.json"

    def older(stored: Any) -> None:
        stored.update(near=["Clotho v2"])
        stored["pin"].pop("references")
        for name in ("facts", "overlaps", "compare_by", "metric_settings"):
            stored.pop(name)

    edit(path, older)
    said = "\n".join(check(root))
    assert "pins no references yet; `aacbench leaderboard rescore`" in said and "rescore` makes it" in said
    with Changes() as changes:
        assert [problem for one in rescore(root, metrics, references, changes) for problem in one.problems] == []
    write_pages(root)
    assert check(root) == [] and problems(root) == []
