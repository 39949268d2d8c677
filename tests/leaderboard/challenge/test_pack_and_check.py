"""Packages for the challenge: what is packed is what was predicted, and all that may be wrong with one is named."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.leaderboard.challenge.check import check
from aacbench.leaderboard.challenge.layout import header, labels, parse_label
from aacbench.leaderboard.challenge.pack import PackRequest, pack
from tests.cli.conftest import Run, command  # noqa: F401
from tests.leaderboard.conftest import REFERENCES, MakeRun, board, captions, make_run  # noqa: F401

LABEL = "Lee_TUT_task6a"
META = {
    "name": "Ours",
    "authors": ["Ann Lee <ann@tut.org>", "Roe, Jo"],
    "trained_on": ["clotho"],
    "parameters": 12345,
    "code": "https://example.org/code",
}
FIRST = "task6a/Lee_TUT_task6a_1/Lee_TUT_task6a_1"
OUTPUT, YAML, REPORT = f"{FIRST}.output.csv", f"{FIRST}.meta.yaml", "task6a/Lee_TUT_task6a_1.technical_report.pdf"
Change = Callable[[dict[str, bytes]], object]


@pytest.fixture
def meta(tmp_path: Path) -> Path:
    (tmp_path / "system.yaml").write_text(yaml.safe_dump(META))
    return tmp_path / "system.yaml"


@pytest.fixture
def package(tmp_path: Path, make_run: MakeRun, meta: Path) -> Path:  # noqa: F811
    """A zip of a run and a file of predictions, with a report, filled in as a person would."""
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7 ...")
    plain = tmp_path / "plain.csv"
    plain.write_text("file_name,caption_predicted\n" + "".join(f'{clip},"a dog, and rain"\n' for clip in REFERENCES))
    target = tmp_path / "out.zip"
    systems = (make_run(captions(3)), plain)
    pack(PackRequest("captioning", systems, LABEL, target, meta, tmp_path / "report.pdf"), manager.load().registries)
    rewrite(target, filled_in)
    return target


def filled_in(members: dict[str, bytes]) -> None:
    for name, content in members.items():
        if name.endswith(".yaml"):
            said = yaml.safe_load(content)
            said["submission"]["abbreviation"] = "ours"
            for author in said["submission"]["authors"]:
                author["affiliation"]["institute"] = "Tampere"
            said["results"] = {"development_evaluation": {"m": 0.5}}
            members[name] = yaml.safe_dump(said).encode()


def rewrite(path: Path, change: Change) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_what_is_packed_is_what_was_predicted(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        second = [name.replace("_1", "_2") for name in (OUTPUT, YAML)]
        assert sorted(archive.namelist()) == sorted([OUTPUT, YAML, REPORT, *second])
        rows = [*csv.DictReader(io.StringIO(archive.read(OUTPUT).decode()))]
        said = yaml.safe_load(archive.read(YAML))
    assert {row["file_name"]: row["caption_predicted"] for row in rows} == captions(3)
    assert said["submission"]["label"] == "Lee_TUT_task6a_1" and said["submission"]["name"] == "Ours"
    ann, jo = said["submission"]["authors"]
    assert (ann["firstname"], ann["lastname"], ann["email"]) == ("Ann", "Lee", "ann@tut.org") and ann["corresponding"]
    assert (jo["firstname"], jo["lastname"]) == ("Jo", "Roe") and "corresponding" not in jo
    assert said["system"]["complexity"]["total_parameters"] == 12345
    assert said["system"]["training_datasets"] == ["clotho"] and said["system"]["source_code"] == META["code"]
    assert check(package, [*REFERENCES]).problems == ()
    assert check(package).systems == ("Lee_TUT_task6a_1", "Lee_TUT_task6a_2")


def test_a_package_is_the_same_bytes_again(tmp_path: Path, make_run: MakeRun) -> None:  # noqa: F811
    run = make_run(captions(3))
    for name in ("a.zip", "b.zip"):
        pack(PackRequest("captioning", [run], LABEL, tmp_path / name), manager.load().registries)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    found = check(tmp_path / "a.zip").problems
    assert any("no technical report" in one for one in found)
    assert any("corresponding author without an email" in one for one in found)


def _meta(change: Callable[[dict[str, dict[str, object]]], object]) -> Change:
    def edit(members: dict[str, bytes]) -> None:
        said = yaml.safe_load(members[YAML])
        change(said)
        members[YAML] = yaml.safe_dump(said).encode()

    return edit


def _renamed(old: str, new: str) -> Change:
    def edit(members: dict[str, bytes]) -> None:
        for name in [name for name in members if old in name]:
            members[name.replace(old, new)] = members.pop(name)

    return edit


def _output(change: Callable[[str], str]) -> Change:
    return lambda members: members.update({OUTPUT: change(members[OUTPUT].decode()).encode()})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda members: members.clear(), "there is no system"),
        (lambda members: members.pop(YAML), "there is no Lee_TUT_task6a_1.meta.yaml"),
        (lambda members: members.pop(OUTPUT), "there is no Lee_TUT_task6a_1.output.csv"),
        (lambda members: members.pop(REPORT), "no technical report"),
        (lambda members: members.update({"task6a/notes.txt": b"x"}), "1 files belong to no system: 'task6a/notes.txt'"),
        (_renamed("task6a/Lee", "Lee"), "wanted task6a/Lee_TUT_task6a_1/Lee_TUT_task6a_1"),
        (_renamed("task6a_2", "task6a_3"), "numbered 1, 3; wanted 1, 2"),
        (_renamed("Lee_TUT_task6a_2", "Lee"), "'Lee' is no label"),
        (_meta(lambda said: said["submission"].update(label="x")), "says the label 'x'"),
        (_meta(lambda said: said["submission"].update(abbreviation="x" * 11)), "an abbreviation of 11 characters"),
        (_meta(lambda said: said["submission"].update(authors=[])), "no list of submission.authors"),
        (_meta(lambda said: said.pop("results")), "no scores on the development data"),
        (lambda members: members.update({YAML: b"a: *b"}), "is no YAML"),
        (lambda members: members.update({YAML: b"[" * 50_000}), "is no YAML"),
        (_output(lambda text: text.replace("file_name,caption_predicted", "file_name,caption")), "wanted file_name,"),
        (_output(lambda text: text + "00.wav,again\n"), "names 1 clips more than once: '00.wav'"),
        (_output(lambda text: text.rpartition("\n17")[0] + "\n"), "lacks 1 of 18 clips: '17.wav'"),
        (_output(lambda text: text + "99.wav,new\n"), "has 1 clips that are not asked for: '99.wav'"),
        (_output(lambda text: text + "99.wav,\n"), "1 empty captions"),
        (lambda members: members.update({OUTPUT: b"\xff\xfe"}), "its output cannot be read"),
    ],
)
def test_all_that_is_wrong_is_named(package: Path, change: Change, message: str) -> None:
    rewrite(package, change)
    found = check(package, [*REFERENCES]).problems
    assert any(message in one for one in found), found
    assert not any("\n" in one for one in found)


def test_five_systems_and_other_tasks_are_refused(tmp_path: Path, make_run: MakeRun) -> None:  # noqa: F811
    registries = manager.load().registries
    run = make_run(captions(3))
    for request, message in (
        (PackRequest("captioning", [run] * 5, LABEL, tmp_path / "x.zip"), "one to 4 systems; got 5"),
        (PackRequest("retrieval", [run], LABEL, tmp_path / "x.zip"), "holds captions; --task says retrieval"),
        (PackRequest("captioning", [run], "Lee", tmp_path / "x.zip"), "a label is Lastname_Institute_taskN"),
    ):
        with pytest.raises(UserError, match=message):
            pack(request, registries)
    assert not (tmp_path / "x.zip").exists()
    (tmp_path / "no.zip").write_text("PK")
    with pytest.raises(UserError, match="is no sound zip"):
        check(tmp_path / "no.zip")


def test_lists_are_packed_ten_deep(tmp_path: Path) -> None:
    places = [f"file_name_{place}" for place in range(1, 13)]
    lists: Mapping[str, list[str]] = {"a dog, barking": [f"{number}.wav" for number in range(12)], "rain": ["1.wav"]}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["caption", *places])
    writer.writerows([query, *names, *[""] * (12 - len(names))] for query, names in lists.items())
    (tmp_path / "lists.csv").write_text(text.getvalue())
    target = tmp_path / "out.zip"
    request = PackRequest("retrieval", [tmp_path / "lists.csv"], "Lee_TUT_task6b", target)
    pack(request, manager.load().registries)
    with zipfile.ZipFile(target) as archive:
        rows = [*csv.reader(io.StringIO(archive.read(archive.namelist()[0]).decode()))]
    assert rows[0] == header("retrieval") and rows[1][1:] == [f"{number}.wav" for number in range(10)]
    assert any("1 lists of fewer than 10 clips: 'rain'" in one for one in check(target).problems)
    assert any("lacks 1 of 1 queries: 'wind'" in one for one in check(target, ["wind"]).problems)


def test_labels() -> None:
    assert [str(label) for label in labels("Lee_TUT_task8", 2)] == ["Lee_TUT_task8_1", "Lee_TUT_task8_2"]
    assert parse_label("Lee_TUT_task8_5") is None and parse_label("Lee_TUT_task8") is None


def test_by_command(command: Run, package: Path, tmp_path: Path, meta: Path) -> None:  # noqa: F811
    (tmp_path / "clips.csv").write_text("file_name,x\n" + "".join(f"{clip},1\n" for clip in REFERENCES))
    done = command("dcase", "check", package, "--clips", tmp_path / "clips.csv")
    assert done.returncode == 0 and "2 systems, nothing wrong" in done.stdout, done.stderr
    run = tmp_path / "runs" / "m" / "one0"
    line = ["dcase", "pack", run, "--task", "captioning", "--label", LABEL, "--meta", meta]
    done = command(*line, "--output", tmp_path / "new.zip", "--report", tmp_path / "report.pdf")
    assert done.returncode == 0 and "Lee_TUT_task6a_1" in done.stdout and "to do: " in done.stderr, done.stderr
    done = command("dcase", "check", tmp_path / "new.zip")
    assert done.returncode == 2 and "affiliation.institute" in done.stdout
    assert "no PDF" in command(*line, "--report", meta).stderr
