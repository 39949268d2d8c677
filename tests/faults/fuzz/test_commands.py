"""The commands themselves, given files that are not right: exit code 0 or 2 (1 for a failure), never a traceback."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aacbench.cli import main
from tests.faults.fuzz.harness import deadline
from tests.faults.tally import Tally

pytestmark = pytest.mark.faults

GOOD = "file_name,caption_predicted\na.wav,a dog barks\nb.wav,rain falls\n"
REFERENCES = "file_name,caption_1,caption_2\na.wav,a dog barks,it barks\nb.wav,rain falls,it rains\n"
BAD: dict[str, bytes] = {
    "empty": b"", "blank": b" \n\t\n", "header": b"file_name,caption_predicted\n", "zip": b"PK\x03\x04rest",
    "nul": b"file_name,caption_predicted\na.wav,\0\n", "utf-16": GOOD.encode("utf-16"), "cut utf-16": b"\xff\xfea",
    "quote": b'file_name,caption_predicted\na.wav,"a dog\n', "twice": GOOD.encode() + b"a.wav,again\n",
    "semicolons": GOOD.replace(",", ";").encode(), "no name": b"file_name,caption_predicted\n,x\n",
    "many columns": b"file_name,caption_predicted" + b",x" * 20_000 + b"\na.wav,b\n",
    "huge cell": b"file_name,caption_predicted\na.wav," + b"x" * 200_000 + b"\n",
    "many words": b"file_name,caption_predicted\na.wav," + b"the dog " * 1000 + b"\nb.wav,x\n",
    "old line ends": GOOD.replace("\n", "\r").encode(),
    "line ends inside": b"file_name,\rcaption_predicted\na,b\n",
    "column of 5000 digits": b"file_name,caption_" + b"1" * 5000 + b"\na.wav,b\n",
    "json": b'[{"file_name": "a.wav"}]', "deep json": b"[" * 100_000,
    "latin": GOOD.encode() + "c.wav,caf\xe9".encode("cp1252"),
    "other names": b"file_name,caption_predicted\nx.wav,a\ny.wav,b\n",
    "vertical tab": b"file_name,caption_predicted\x0b\na,b\n",
    "quoted name": b'"file_name,caption_predicted\na.wav",b\n',
}  # fmt: skip

Call = Callable[..., str]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, tally: Tally) -> Call:
    """Run `aacbench ARGUMENTS`; return its messages, which are short and no traceback."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, codes: tuple[int, ...] = (0, 2)) -> str:
        monkeypatch.setattr(sys, "argv", ["aacbench", *map(str, arguments)])
        with deadline(), pytest.raises(SystemExit) as stop:
            main()
        errors = capsys.readouterr().err
        code = stop.value.code
        assert code in codes, (code, errors)
        assert "Traceback" not in errors and "aacbench: unexpected" not in errors, errors
        lines = [line for line in errors.splitlines() if line.startswith("aacbench:")]
        assert bool(code) == bool(lines) and all(len(line) < 1500 for line in lines), errors
        tally("fuzz: commands", "message" if code else "harmless")
        return errors

    return run


@pytest.mark.parametrize("kind", BAD)
def test_odd_tables(kind: str, call: Call, tmp_path: Path) -> None:
    bad, good, references = tmp_path / "bad.csv", tmp_path / "good.csv", tmp_path / "references.csv"
    bad.write_bytes(BAD[kind])
    good.write_text(GOOD)
    references.write_text(REFERENCES)
    call("score", bad, "--references", references, "--metrics", "bleu")
    call("score", good, "--references", bad, "--metrics", "bleu")
    call("compare", good, bad, "--references", references, "--metrics", "bleu", "--resamples", "10")
    call("compare", bad, good)
    call("topics", bad)


IDENTITY = {"method": "rlssr", "variant": "base", "seed": 0, "dataset": "soundscapes", "settings": {}}
RUNS: dict[str, dict[str, str]] = {
    "nothing": {},
    "a list": {"run.json": "[]", "stages.json": "{}"},
    "deep": {"run.json": "[" * 100_000, "stages.json": "{}"},
    "no method": {"run.json": "{}", "stages.json": "{}"},
    "odd stages": {"run.json": json.dumps(IDENTITY), "stages.json": "3"},
    "another method": {"run.json": json.dumps({**IDENTITY, "method": ["x"]}), "stages.json": "{}"},
    "odd settings": {"run.json": json.dumps({**IDENTITY, "settings": []}), "stages.json": "{}"},
    "odd record": {"record.json": '{"seed": "x"}', "items.csv": "file_name,x\na,nan\n", "predictions.csv": "x\0"},
}


@pytest.mark.parametrize("kind", RUNS)
def test_odd_runs(kind: str, call: Call, tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    run, sound = tmp_path / "run", tmp_path / "a.wav"
    run.mkdir()
    soundfile.write(sound, np.zeros(800), 8000)
    for name, text in RUNS[kind].items():
        (run / name).write_text(text)
    call("caption", sound, "--run", run)
    call("caption", tmp_path / "no.wav", tmp_path, "/dev/null", "x" * 300, "--run", run)
    call("search", "a dog", "--run", run, "--folder", tmp_path)
    call("search", "a dog", "--run", run)
    call("plot", "attention", run, "a.wav")
    call("compare", run, run)
    call("leaderboard", "add", run, "--root", tmp_path / "board")


def test_odd_settings(call: Call, tmp_path: Path) -> None:
    deep = "[" * 100_000
    for text in ("x", "=", "a=", "search=1", "search.beam_size=x", f"search.beam_size={deep}", "a" * 5000, "a.b.c=1",
                 ".".join("a" * 500) + "=1", "search.beam_size=" + "9" * 5000, "search=[1]"):  # fmt: skip
        call("run", "--method", "rlssr", "--preset", "smoke", "--set", text, codes=(2,))
    for name in ("x" * 5000, "a\nb", "\x1b[31m", ""):
        call("run", "--method", name, codes=(2,))
        call("run", "--method", "rlssr", "--dataset", name, codes=(2,))
    for text in ("x", "a.b=1", f"cider_d.n={deep}", "cider_d.=1", "cider_d.x y=1", "cider_d.unknown=1"):
        good, references = tmp_path / "good.csv", tmp_path / "references.csv"
        good.write_text(GOOD)
        references.write_text(REFERENCES)
        call("score", good, "-r", references, "--metrics", "cider_d", "--set", text)


RLSSR = b"[[runs]]\nmethods = ['rlssr']\n"
SWEEPS = (
    *(
        b"",
        b"runs = 3",
        b"[[runs]]",
        b"[[runs]]\nmethods = 'x'",
        b"\xff",
        b"x = " + b"[" * 100_000,
        b"runs = []",
        b"\0",
    ),
    *(RLSSR + b"seeds = [-1]", RLSSR + b"settings = 3", RLSSR + b"seeds = " + b"9" * 5000, b"x = 1\nx = 2"),
    *(RLSSR + b"settings.search.beam_size = nan", b"[a" + b".a" * 5000 + b"]", b"x = 1979-99-99"),
)


@pytest.mark.parametrize("number", range(len(SWEEPS)))
def test_odd_sweeps(number: int, call: Call, tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    path.write_bytes(SWEEPS[number])
    call("sweep", path, codes=(2,))


def test_odd_boards(call: Call, tmp_path: Path) -> None:
    root = tmp_path / "board"
    for name in ("boards", "reported", "results/x/y"):
        (root / name).mkdir(parents=True)
    call("leaderboard", "check", "--root", root)
    for content in (
        "",
        "[]",
        "{}",
        "[" * 100_000,
        json.dumps({"id": "../x"}),
        "\ud800".encode("utf-8", "surrogatepass"),
    ):
        data = content if isinstance(content, bytes) else content.encode()
        (root / "boards/toy.json").write_bytes(data)
        call("leaderboard", "check", "--root", root)
        call("leaderboard", "verify", "--root", root)


def test_doctor_looks_at_odd_places(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "loop").symlink_to(home / "loop")
    (home / "weights").mkdir()
    (home / "weights/gone").symlink_to(tmp_path / "gone")
    (home / "a\nb").mkdir()
    call("doctor", "--quick")
    monkeypatch.setenv("AACBENCH_DATA", "x" * 300)
    call("doctor", "--quick")
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("x")
    call("doctor", "--quick")
