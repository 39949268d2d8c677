"""Programs as captioners: one clip a call or a list, that hang, print rubbish, die on the third clip, are not there."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from aacbench.contracts import DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.errors import AacbenchError, UserError
from aacbench.files.journal import Journal, parse_checked
from aacbench.host import manager
from aacbench.methods.command.captioner import CommandCaptioner
from aacbench.methods.command.outline import arguments, program_name
from aacbench.methods.command.settings import CommandSettings
from aacbench.runs.execute import RunRequest, open_run, run
from aacbench.runs.record import RunRecord
from aacbench.testing import check_method, check_method_run
from aacbench.types import Clip

HEAD = """
import array, json, os, signal, sys, time, wave

def caption(path):
    with wave.open(path) as opened:
        rate, samples = opened.getframerate(), array.array("h", opened.readframes(opened.getnframes()))
    loud = "loud" if max(max(samples), -min(samples)) > 0.3 * 2**15 else "quiet"
    return f"a {loud} sound of {len(samples) / rate:.1f} seconds"

def called():
    with open("calls.txt", "a") as calls:
        calls.write(" ".join(sys.argv[1:]) + "\\n")
"""
ONE = "called(); print('loading a model'); print(caption(sys.argv[1]))"
LISTED = """
called()
print("no JSON at all")
for number, path in enumerate(open(sys.argv[1]).read().splitlines()):
    {trouble}
    print(json.dumps({{"audio": path, "caption": caption(path)}}))
"""


@pytest.fixture
def registries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registries:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    return manager.load([]).registries


def program(tmp_path: Path, text: str, mark: str = "{audio}") -> dict[str, Any]:
    """Return the settings of a program that lies in a folder of its own."""
    (tmp_path / "theirs").mkdir(exist_ok=True)
    (tmp_path / "theirs" / "tell me.py").write_text(HEAD + text)
    return {
        "command": f"'{sys.executable}' 'tell me.py' {mark}",
        "working_folder": str(tmp_path / "theirs"),
        "timeout": 20,
    }


def outcome(
    registries: Registries, tmp_path: Path, test_data: Path, settings: dict[str, object], **changes: object
) -> tuple[RunRecord, Path]:
    options = DatasetOptions(data_dir=test_data / "clotho-mini")
    changed = {**settings, **changes}
    return run(
        RunRequest("command", "clotho", changes=changed, options=options, output=tmp_path, metrics=["bleu"]), registries
    )


def calls(tmp_path: Path) -> int:
    return len((tmp_path / "theirs" / "calls.txt").read_text().splitlines())


def test_one_clip_a_call(tmp_path: Path, test_data: Path, registries: Registries) -> None:
    record, folder = outcome(registries, tmp_path, test_data, program(tmp_path, ONE), at_once=2)
    assert record.variant == "tell-me" and record.unanswered == {} and calls(tmp_path) == 20
    lines = (folder / "predictions.csv").read_text().splitlines()
    assert len(lines) == 21 and all(",a " in line and line.endswith("seconds") for line in lines[1:])
    again, _ = outcome(registries, tmp_path, test_data, program(tmp_path, ONE), at_once=2)
    assert again == record and calls(tmp_path) == 20
    (folder / "decoding.jsonl").unlink()  # as if it was killed before
    outcome(registries, tmp_path, test_data, program(tmp_path, ONE))
    assert calls(tmp_path) == 20
    clip = registries.dataset("clotho", DatasetOptions(data_dir=test_data / "clotho-mini")).clips("evaluation")[0]
    assert open_run(folder, registries, "cpu").caption([clip])[0] in lines[1]


def test_a_list_a_call(tmp_path: Path, test_data: Path, registries: Registries) -> None:
    settings = program(tmp_path, LISTED.format(trouble=""), "--clips={list}")
    settings["command"] = str(settings["command"]).replace("--clips=", "")
    record, folder = outcome(registries, tmp_path, test_data, settings)
    assert record.unanswered == {} and calls(tmp_path) == 1
    one, other = outcome(registries, tmp_path / "b", test_data, program(tmp_path, ONE))
    assert (folder / "predictions.csv").read_bytes() == (other / "predictions.csv").read_bytes()
    assert one.scores == record.scores


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ("number == 2 and sys.exit('no third clip for me')", "exit code 1"),
        ("number == 2 and os.kill(os.getpid(), signal.SIGSEGV)", "died of SIGSEGV"),
        ("number == 2 and time.sleep(60)", "timed out after 4 s"),
    ],
)
def test_a_list_goes_on_after_the_clip_that_it_died_of(
    tmp_path: Path, test_data: Path, registries: Registries, trouble: str, why: str
) -> None:
    """The third clip is the third of each call; the one that a call begins with is another matter."""
    mark = "path.endswith(open('bad.txt').read())"
    text = LISTED.format(trouble=trouble.replace("number == 2", mark))
    settings = program(tmp_path, text, "{list}")
    clips = registries.dataset("clotho", DatasetOptions(data_dir=test_data / "clotho-mini")).clips("evaluation")
    (tmp_path / "theirs" / "bad.txt").write_text(clips[2].id)
    record, folder = outcome(registries, tmp_path, test_data, settings, timeout=4)
    assert record.unanswered == {why: [clips[2].id]} and calls(tmp_path) == 3
    kept = [parse_checked(line) for line in (folder / "answers.jsonl").read_bytes().splitlines()]
    (bad,) = (entry for entry in kept if entry and entry["why"])
    assert bad["clip"] == clips[2].id and bad["code"] != 0
    assert ("no third clip for me" in bad["stderr"]) == ("exit" in why)
    assert record.scores["bleu_1"].value > 0


def test_a_program_that_dies_for_every_third_clip_is_gone_on_with(
    tmp_path: Path, test_data: Path, registries: Registries
) -> None:
    settings = program(tmp_path, LISTED.format(trouble="number == 2 and sys.exit(3)"), "{list}")
    record, _ = outcome(registries, tmp_path, test_data, settings)
    assert record.unanswered == {} and calls(tmp_path) == 10  # two clips a call


def test_one_clip_that_fails_costs_no_other(tmp_path: Path, test_data: Path, registries: Registries) -> None:
    text = """
called()
name = os.path.basename(sys.argv[1])
bad = open("bad.txt").read().splitlines()
if name == bad[0]: time.sleep(60)
if name == bad[1]: sys.stdout.buffer.write(b"\\xff\\xfe\\x00\\n"); sys.exit()
if name == bad[2]: sys.exit()
if name == bad[3]: raise RuntimeError("out of memory")
if name == bad[4]:
    while True: print("x" * 10000)
print(caption(sys.argv[1]))
"""
    settings = program(tmp_path, text)
    clips = registries.dataset("clotho", DatasetOptions(data_dir=test_data / "clotho-mini")).clips("evaluation")
    bad = [clip.id for clip in clips[4:9]]
    (tmp_path / "theirs" / "bad.txt").write_text("\n".join(bad))
    record, folder = outcome(registries, tmp_path, test_data, settings, timeout=15)
    reasons = ["timed out after 15 s", "printed what is no text", "printed nothing", "exit code 1", "printed too much"]
    assert record.unanswered == {why: [name] for why, name in zip(reasons, bad, strict=True)}
    assert "RuntimeError: out of memory" in str([*Journal(folder / "answers.jsonl").entries()])
    assert "1 clip without a caption, scored as empty, exit code 1: " + repr(bad[3]) in record.data.notes


@pytest.mark.parametrize(
    ("text", "mark", "said"),
    [
        ("sys.exit('no module named torch')", "{audio}", r"none of 3 clips \(exit code 1: no module named torch\)"),
        ("sys.exit('no module named torch')", "{list}", r"none of 3 clips \(exit code 1: no module named torch\)"),
        ("print('[1, 2', '{\"audio\": 3}', 'null', sep='\\n')", "{list}", r"none of 3 clips \(printed nothing\)"),
    ],
)
def test_a_program_that_always_fails_is_one_line(
    tmp_path: Path, test_data: Path, registries: Registries, text: str, mark: str, said: str
) -> None:
    with pytest.raises(AacbenchError, match=said):
        outcome(registries, tmp_path, test_data, program(tmp_path, text, mark))


def test_what_a_program_started_goes_with_it(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    command = (
        f"{sys.executable} -c \"import subprocess, sys; subprocess.Popen(['sleep', '30']); print('a dog')\" {{audio}}"
    )
    begin = time.monotonic()
    captioner = CommandCaptioner(CommandSettings(command=command), tmp_path / "answers.jsonl")
    assert captioner.caption([Clip("a.wav", tmp_path / "a.wav")]) == ["a dog"]
    assert time.monotonic() - begin < 15


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "command wants a program"),
        ({"command": "caption"}, "command wants a program"),
        ({"command": "caption {audio} {list}"}, "command wants a program"),
        ({"command": "caption '{audio}"}, "quoted wrongly"),
        ({"command": "no-such-program {audio}"}, "'no-such-program' cannot be started"),
    ],
)
def test_what_is_no_command_is_one_line(
    tmp_path: Path, test_data: Path, registries: Registries, settings: dict[str, object], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        outcome(registries, tmp_path, test_data, settings)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python3.11 -u src/caption.py {audio}", "caption"),
        ("conda run -n conette conette-predict --audio {audio}", "conette"),
        ("./bin/aac {list}", "aac"),
        ("env CUDA_VISIBLE_DEVICES=1 python infer.py {list}", "infer"),
        ("python {audio}", "python"),
    ],
)
def test_runs_are_called_after_their_program(command: str, name: str) -> None:
    assert program_name(arguments(CommandSettings(command=command))) == name


def test_the_method_keeps_its_contract() -> None:
    check_method("command")


@pytest.mark.slow
def test_a_run_keeps_the_contract(tmp_path: Path) -> None:
    check_method_run("command", tmp_path, **program(tmp_path, ONE))
