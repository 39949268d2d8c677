"""From an empty folder to a page with a system, and nothing left behind by what fails."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

import aacbench
from aacbench.cli import cli
from aacbench.errors import AacbenchError, UserError
from aacbench.leaderboard.pages.build import check, write_pages
from aacbench.leaderboard.store import boards
from aacbench.leaderboard.store.boards import board_path, load, text_of
from aacbench.version import __version__

from .conftest import MakeRun, captions, put


def run(*arguments: object) -> tuple[int, str]:
    """Return the exit code and all that a command says."""
    command = [*map(str, arguments)]
    done = CliRunner().invoke(cli, command)
    if isinstance(done.exception, AacbenchError):
        return done.exception.exit_code, f"{done.output}{done.exception}\n"
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_an_empty_leaderboard_is_valid(tmp_path: Path) -> None:
    folder = tmp_path / "board"
    code, said = run("leaderboard", "init", folder, "--dataset", "soundscapes")
    assert code == 0 and "with the board soundscapes" in said
    assert check(folder) == []
    (board,) = boards.load(folder).values()
    assert board.ships_references and board.pin is None and board.rank_by in board.metrics
    assert {board.facts[name].aggregate for name in board.metrics} == {"mean", "summed"}
    workflow = (folder / ".github/workflows/leaderboard.yml").read_text()
    assert f"workflows/board.yml@v{__version__}" in workflow and "@VERSION@" not in workflow
    code, said = run("leaderboard", "init", folder, "--dataset", "soundscapes")
    assert code == 2 and "is a leaderboard already" in said


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_adding_is_all_or_nothing(root: Path, make_run: MakeRun) -> None:
    put(root, make_run(captions(5)))
    write_pages(root)
    before = contents(root)
    good, bad = make_run(captions(4), variant="two"), make_run(captions(3), variant="three")
    (bad / "predictions.csv").write_text("file_name,caption_predicted\n00.wav,a dog\n")
    code, said = run("leaderboard", "add", good, bad, "--root", root)
    assert code == 2 and "17 of 18 clips have no caption" in said
    assert contents(root) == before
    assert run("leaderboard", "add", good, "--root", root)[0] == 0
    assert check(root) == []


def test_a_failed_build_takes_the_records_back(root: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, make_run(captions(5)))
    (root / "results/toy/m/stray.json").write_text("{}")
    before = contents(root)
    code, _ = run("leaderboard", "add", make_run(captions(4), variant="two"), "--root", root)
    assert code == 2 and contents(root) == before


def test_a_submission_by_command(root: Path, make_run: MakeRun, tmp_path: Path) -> None:
    put(root, make_run(captions(9)))
    file, meta = tmp_path / "p.csv", tmp_path / "meta.yaml"
    said = captions(2, mark=" elsewhere")
    file.write_text("file_name,caption_predicted\n" + "".join(f"{clip},{text}\n" for clip, text in said.items()))
    meta.write_text("name: Ours\npaper: Us 2026\nurl: https://example.org/paper\ntrained_on: [toy, wide]\nseed: 3\n")
    command = ["leaderboard", "add", "--predictions", file, "--board", "toy", "--root", root]
    assert run(*command, "--system", "m", "--variant", "../x")[0] == 2
    assert run(*command, "--system", "human")[1].count("is the name of a method here") == 1
    code, output = run(*command, "--system", "ours", "--meta", meta)
    assert code == 0, output
    assert check(root) == []
    record = (root / "results/toy/ours/default-seed3-submitted.json").read_text()
    assert '"source": "submitted"' in record and '"role": "system"' in record
    readme = (root / "README.md").read_text()
    assert "| 1 | **Ours**<br>ours (submitted) |" in readme and "| unknown |" in readme
    code, output = run("leaderboard", "verify", "--root", root, "--jobs", 1)
    assert code == 0 and "2 records scored again" in output
    code, output = run(*command, "--system", "copy")
    assert code == 2 and "has the same predictions as ours/default-seed3" in output
    meta.write_text("name: &a [x]\npaper: *a\n")
    assert "aliases" in run(*command, "--system", "copy", "--meta", meta)[1]
    meta.write_text("nmae: x\n")
    assert "it may say name, summary" in run(*command, "--system", "copy", "--meta", meta)[1]


def test_captions_that_may_not_be_published(root: Path, make_run: MakeRun, tmp_path: Path) -> None:
    board = load(root)["toy"].model_copy(update={"ships_captions": False})
    board_path(root, board).write_text(text_of(board))
    made = make_run(captions(5))
    path = put(root, made)
    write_pages(root)
    assert check(root) == []
    assert "today" not in path.with_suffix(".jsonl").read_text()
    assert "today" not in (root / "index.html").read_text()
    code, output = run("leaderboard", "verify", "--root", root, "--jobs", 1)
    assert code == 0 and "1 not scored again" in output
    shutil.copy(made / "predictions.csv", tmp_path / "kept.csv")
    (tmp_path / "files").mkdir()
    shutil.move(tmp_path / "kept.csv", tmp_path / "files")
    code, output = run("leaderboard", "verify", "--root", root, "--predictions", tmp_path / "files", "--jobs", 1)
    assert code == 0 and "1 record scored again" in output and "not scored" not in output
    with pytest.raises(UserError, match="was made from the same file as m/one-seed0"):
        put(root, make_run(captions(5), variant="two"))


def test_no_line_of_output_is_a_workflow_command(root: Path, make_run: MakeRun) -> None:
    put(root, make_run(captions(5)))
    odd = root / "results/toy/m/x\n::error file=a::owned.txt"
    odd.write_text("x")
    for command in ("check", "verify", "build"):
        code, output = run("leaderboard", command, "--root", root, *(["--jobs", 1] if command == "verify" else []))
        assert code != 0
        assert not any(line.lstrip().startswith("::") for line in output.splitlines()), output


def own_clips(folder: Path) -> Path:
    """Make a small dataset of one's own: a table of captions, and noise for sounds."""
    folder.mkdir()
    rows = ["file_name,split,caption_1,caption_2"]
    words = (
        "dog barks",
        "bird sings",
        "door slams",
        "engine hums",
        "rain falls",
        "man talks",
        "bell rings",
        "cat calls",
    )
    for number, said in enumerate(words):
        samples = np.random.default_rng(number).normal(0, 0.1, 8000)
        soundfile.write(folder / f"{number}.wav", samples, 16000)
        split = "evaluation" if number > 4 else "validation" if number == 4 else "development"
        rows.append(f"{number}.wav,{split},a {said},a {said} far away")
    (folder / "captions.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.mark.slow
def test_five_commands_from_an_empty_folder_to_a_page_with_two_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = own_clips(tmp_path / "data")
    finished = aacbench.run("floor", "csv-captions", data_dir=data, output=tmp_path / "runs", device="cpu").folder
    rows = "".join(f"{number}.wav,a {said} away\n" for number, said in ((5, "man"), (6, "bell"), (7, "cat calls")))
    (tmp_path / "P.csv").write_text("file_name,caption_predicted\n" + rows)
    for line in (
        ("init", "board", "--dataset", "csv-captions", "--data-dir", data),
        ("add", finished, "--root", "board", "--data-dir", data),
        ("add", "--predictions", "P.csv", "--board", "csv-captions", "--system", "theirs", "--root", "board",
         "--data-dir", data),
        ("verify", "--root", "board", "--data-dir", data, "--jobs", "1"),
        ("site", "--root", "board", "--output", "site"),
    ):  # fmt: skip
        code, said = run("leaderboard", *line)
        assert code == 0, said
    page = (tmp_path / "site/index.html").read_text()
    assert "theirs" in page and "floor" in page
    assert check(tmp_path / "board") == []
