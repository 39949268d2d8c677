"""Every option of `aacbench leaderboard` holds: changing it changes what is printed, a file, or the error."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click import UsageError
from click.testing import CliRunner

from aacbench.cli import cli
from aacbench.errors import AacbenchError
from aacbench.leaderboard.pages.build import write_pages
from aacbench.leaderboard.store.boards import board_path, load, text_of
from aacbench.scoring.report import write_rows

from .conftest import FINGERPRINT, REFERENCES, MakeRun, captions, put

SYSTEM = "add --root board --predictions p.csv --board toy --system mine"
INIT = "init new --dataset csv-captions --data-dir own"
CASES = [
    ("add", "--root", "add other --root board", "add other --root nowhere"),
    ("add", "--data-dir", "add farther --root far-board", "add farther --root far-board --data-dir own"),
    ("add", "--replace", "add again --root board", "add again --root board --replace"),
    ("add", "--label", "add changed --root board", "add changed --root board --label wide"),
    ("add", "--predictions", "add --root board --board toy --system mine", SYSTEM),
    ("add", "--board", SYSTEM, SYSTEM.replace("--board toy", "--board none")),
    ("add", "--system", SYSTEM, SYSTEM.replace("mine", "yours")),
    ("add", "--seed", SYSTEM, f"{SYSTEM} --seed 3"),
    ("add", "--variant", SYSTEM, f"{SYSTEM} --variant wide"),
    ("add", "--meta", SYSTEM, f"{SYSTEM} --meta meta.yaml"),
    ("verify", "--root", "verify --root board", "verify --root nowhere"),
    ("verify", "--data-dir", "verify --root far-board", "verify --root far-board --data-dir own"),
    ("verify", "--jobs", "verify --root board", "verify --root board --jobs 0"),
    ("verify", "--predictions", "verify --root shy-board", "verify --root shy-board --predictions kept"),
    ("rescore", "--root", "rescore --root board", "rescore --root nowhere"),
    ("rescore", "--data-dir", "rescore --root far-board", "rescore --root far-board --data-dir own"),
    ("init", "--dataset", "init new --dataset soundscapes", "init new --dataset clotho"),
    ("init", "--version", INIT, f"{INIT} --version 2"),
    ("init", "--board", INIT, f"{INIT} --board mine"),
    ("init", "--title", INIT, f"{INIT} --title Mine"),
    ("init", "--data-dir", "init new --dataset csv-captions", INIT),
    ("build", "--root", "build --root board", "build --root nowhere"),
    ("check", "--root", "check --root board", "check --root nowhere"),
    ("site", "--root", "site --root board", "site --root nowhere"),
    ("site", "--output", "site --root board", "site --root board --output elsewhere"),
    ("site", "--run", "site --root board", "site --root board --run other"),
]


def boards_in(folder: Path, root: Path, make_run: MakeRun) -> None:
    """Make what the commands are called on: a board with a record, runs, and a board whose references lie elsewhere."""
    shutil.copytree(root, folder / "far-board")
    shutil.copytree(root, folder / "board")
    far = load(folder / "far-board")["toy"]
    far = far.model_copy(update={"dataset": "csv-captions", "ships_references": False})
    board_path(folder / "far-board", far).write_text(text_of(far))
    (folder / "far-board/references/toy.jsonl").unlink()
    put(folder / "board", make_run(captions(5)))
    write_pages(folder / "board")
    again, other = make_run(captions(4)), make_run(captions(3), variant="two")
    changed = make_run(captions(2), variant="three", change={"settings": {"width": 3}})
    data = {"data": {"name": "csv-captions", "version": "1", "clips": {"evaluation": len(REFERENCES)},
                     "fingerprints": {"evaluation": FINGERPRINT}}}  # fmt: skip
    for name, run in (("again", again), ("other", other), ("changed", changed)):
        shutil.copytree(run, folder / name)
    for wrong, name in enumerate(("far", "farther"), 1):
        shutil.copytree(make_run(captions(wrong), variant=name, change=data), folder / name)
    shutil.copytree(root, folder / "shy-board")
    shy = load(root)["toy"].model_copy(update={"ships_captions": False})
    board_path(folder / "shy-board", shy).write_text(text_of(shy))
    put(folder / "shy-board", make_run(captions(5)))
    (folder / "kept").mkdir()
    shutil.copy(make_run(captions(5)) / "predictions.csv", folder / "kept")
    own = folder / "own"
    own.mkdir()
    rows = [(clip, split, *texts) for clip, texts in REFERENCES.items() for split in ["evaluation"]]
    rows += [("d.wav", "development", "a dog", "a loud dog")]
    write_rows(own / "captions.csv", ["file_name", "split", "caption_1", "caption_2"], rows)
    for clip, *_ in rows:
        soundfile.write(own / clip, np.zeros(800), 8000)
    write_rows(folder / "p.csv", ["file_name", "caption_predicted"], captions(9).items())
    put(folder / "far-board", folder / "far", data_dir=own)
    (folder / "meta.yaml").write_text("name: Ours\nsummary: a system\n")


@pytest.mark.parametrize(("command", "option", "plain", "changed"), CASES)
def test_an_option_changes_something(
    command: str, option: str, plain: str, changed: str, root: Path, make_run: MakeRun, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert plain.startswith(command) and changed.startswith(command), option
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    boards_in(tmp_path / "start", root, make_run)
    seen = []
    for name, line in (("one", plain), ("two", changed)):
        folder = tmp_path / name
        shutil.copytree(tmp_path / "start", folder)
        monkeypatch.chdir(folder)
        done = CliRunner().invoke(cli, ["leaderboard", *line.split()])
        assert done.exception is None or isinstance(done.exception, AacbenchError | SystemExit | UsageError), line
        left = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        said = re.sub(r"in \d+ s", "", done.output)
        seen.append((said, done.exit_code, str(done.exception), left))
    assert seen[0] != seen[1], f"`{changed}` does what `{plain}` does"
    assert "Traceback" not in seen[1][0]


def test_references_elsewhere_are_found(root: Path, make_run: MakeRun, tmp_path: Path) -> None:
    start = tmp_path / "start"
    boards_in(start, root, make_run)
    verify = ["leaderboard", "verify", "--root", str(start / "far-board"), "--data-dir", str(start / "own")]
    done = CliRunner().invoke(cli, [*verify, "--jobs", "1"])
    assert done.exit_code == 0 and "1 record scored again" in done.output, (done.output, done.exception)


@pytest.mark.parametrize("form", [str.upper, lambda name: name.removesuffix(".wav"), lambda name: f"audio/{name}"])
def test_predictions_of_near_names_are_added(
    form: Callable[[str], str], root: Path, tmp_path: Path, make_run: MakeRun
) -> None:
    put(root, make_run(captions(5)))
    file = tmp_path / "p.csv"
    write_rows(file, ["file_name", "caption_predicted"], [(form(clip), text) for clip, text in captions(9).items()])
    asked = [
        "leaderboard",
        "add",
        "--root",
        str(root),
        "--predictions",
        str(file),
        "--board",
        "toy",
        "--system",
        "mine",
    ]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0, (done.output, done.exception)
    done = CliRunner().invoke(cli, ["leaderboard", "verify", "--root", str(root), "--jobs", "1"])
    assert done.exit_code == 0, (done.output, done.exception)
