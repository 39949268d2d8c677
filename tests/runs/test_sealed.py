"""A finished run is known by its seal, without torch, and never where anything has changed that decides it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aacbench.host import manager
from aacbench.runs import ground, prepare
from aacbench.runs.data import part_fingerprint
from aacbench.runs.execute import RunRequest, run
from aacbench.runs.provenance import package_code
from aacbench.runs.sealed import SEAL
from tests.homes import warm_home

Aacbench = Callable[..., "subprocess.CompletedProcess[str]"]
SHORT = ("run", "--method", "tones", "--dataset", "tones", "--metrics", "cider_d", "--set", "captions.train.epochs=1")
TONES = Path("runs/tones/tones/small/seed0")
KILLED = -signal.SIGKILL
PROBE = """
import sys
from aacbench.cli import cli
cli.main(sys.argv[1:], standalone_mode=False)
sys.stdout.flush()
print([name for name in ("torch", "torchaudio", "transformers") if name in sys.modules])
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the finished run of `request_in`, and its cache."""
    folder = tmp_path_factory.mktemp("sealed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AACBENCH_HOME", str(warm_home(folder / "home")))
        run(request_in(folder), manager.load().registries)
    return folder


@pytest.fixture
def at(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AACBENCH_HOME", str(place / "home"))
    return place


def request_in(folder: Path, **more: object) -> RunRequest:
    usual = {"changes": {"pretraining": None}, "output": folder / "runs", "metrics": ["rouge_l"]}
    return RunRequest(**{"method": "seq2seq", "dataset": "soundscapes", "preset": "smoke", **usual, **more})  # type: ignore[arg-type]


def is_sealed(folder: Path, **more: object) -> bool:
    return prepare.prepare(request_in(folder, **more), manager.load().registries, by_seal=True).sealed


def folder_of(place: Path) -> Path:
    (record,) = place.glob("runs/soundscapes/seq2seq/*/seed0-smoke/record.json")
    return record.parent


def test_a_finished_run_is_shown_without_torch(at: Path) -> None:
    def shown() -> tuple[str, str, str]:
        request = ["run", "seq2seq", "--preset", "smoke", "--pretraining", "none", "-m", "rouge_l", "-o", "runs"]
        command = [sys.executable, "-P", "-c", PROBE, *request]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300, cwd=at)
        *lines, loaded = done.stdout.splitlines()
        return loaded, "\n".join(lines), done.stderr

    folder = folder_of(at)
    (folder / SEAL).unlink()  # as a run of an earlier release left it
    record = (folder / "record.json").read_bytes()
    unsealed, sealed = shown(), shown()
    assert "torch" in unsealed[0]
    assert sealed[0] == "[]"
    assert sealed[1:] == unsealed[1:]
    assert "finished before" in sealed[2]
    assert (folder / "record.json").read_bytes() == record
    run(request_in(at), manager.load().registries)  # sealed for this process's folder again


def test_the_seal_holds_for_the_same_request_alone(at: Path) -> None:
    assert is_sealed(at)
    assert is_sealed(at, metrics=["bleu"])  # which is scored, whatever was scored before
    assert not is_sealed(at, fresh=True)
    same_folder = (
        {"changes": {"pretraining": None, "min_count": 2}},
        {"device": "cpu"},
        {"energy": False, "split": "validation"},
    )
    assert not any(is_sealed(at, **other) for other in same_folder)


def test_changed_code_breaks_the_seal(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = package_code
    for package in ("aacbench", "aacbench_maac"):
        monkeypatch.setattr(ground, "package_code", lambda name, one=package: known(name) + "!" * (name == one))
        assert not is_sealed(at)
    monkeypatch.setattr(ground, "package_code", known)
    assert is_sealed(at)
    monkeypatch.setenv("AACBENCH_DISABLE_PLUGINS", "maac")
    assert not is_sealed(at)


def test_another_driver_or_library_breaks_the_seal(at: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ground, "drivers", lambda: {"cuda": [0, 0, 0, 12040, 1]})
        assert not is_sealed(at)
    assert is_sealed(at)
    (tmp_path / "torch-99.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not is_sealed(at)


def test_code_that_was_edited_meanwhile_is_not_sealed(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal = folder_of(at) / SEAL
    kept = seal.rename(seal.with_suffix(".kept"))
    with monkeypatch.context() as patch:
        patch.setattr(ground, "BEGUN", Path(ground.__file__).stat().st_mtime - 1)
        run(request_in(at), manager.load().registries)
        assert not seal.exists()
    kept.rename(seal)
    assert is_sealed(at)


@pytest.mark.parametrize("part", ["development", "validation", "evaluation"])
def test_another_clip_breaks_the_seal(at: Path, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = part_fingerprint
    changed = {"development": "training"}.get(part, part)

    def other(clips: list, scored: bool = True) -> str:  # type: ignore[type-arg]
        return known(clips, scored) + "!" * (clips[0].id.split("-")[0] in (changed, part))

    monkeypatch.setattr(prepare, "part_fingerprint", other)
    assert not is_sealed(at)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"check": 1, "content": {"ground": ""}}'])
def test_a_damaged_seal_is_none(at: Path, content: bytes) -> None:
    path = folder_of(at) / SEAL
    kept = path.read_bytes()
    path.write_bytes(content)
    assert not is_sealed(at)
    path.write_bytes(kept.replace(b"cross-entropy", b"cross-entropi"))
    assert not is_sealed(at)
    path.write_bytes(kept)
    assert is_sealed(at)


def test_without_a_record_there_is_no_seal(at: Path) -> None:
    record = folder_of(at) / "record.json"
    kept = record.rename(record.with_suffix(".kept"))
    assert not is_sealed(at)
    kept.rename(record)
    assert is_sealed(at)


def test_altered_outputs_are_made_again(at: Path) -> None:
    folder = folder_of(at)
    names = ("record.json", "predictions.csv", "items.csv")
    whole = {name: (folder / name).read_bytes() for name in names}
    record = json.loads(whole["record.json"])
    record["scores"]["rouge_l"]["value"] = 0.99
    (folder / "record.json").write_text(json.dumps(record))
    for name in names[1:]:
        (folder / name).write_bytes(whole[name].replace(b"0", b"1").replace(b"a", b"e"))
    assert is_sealed(at)
    run(request_in(at), manager.load().registries)
    after = {name: (folder / name).read_bytes() for name in names}
    wanted = json.loads(whole["record.json"])
    assert json.loads(after.pop("record.json")) == wanted
    assert after == {name: whole[name] for name in names[1:]}


def test_altered_record_of_other_work_is_written_with_this_machine(at: Path) -> None:
    folder = folder_of(at)
    record = json.loads((folder / "record.json").read_text())
    wrong = {**record, "decoding_seconds": record["decoding_seconds"] + 1}
    (folder / "record.json").write_text(json.dumps(wrong))
    run(request_in(at), manager.load().registries)
    again = json.loads((folder / "record.json").read_text())
    assert again["decoding_seconds"] == record["decoding_seconds"]
    assert again["hardware"]["threads"] == record["hardware"]["threads"]  # which only torch knows


def test_damaged_work_is_done_again_by_the_real_method(at: Path) -> None:
    folder = folder_of(at)
    captions = (folder / "predictions.csv").read_bytes()
    weights = folder / "stage1-cross-entropy" / "best.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    (folder / "decoding.jsonl").unlink()
    assert is_sealed(at)
    run(request_in(at), manager.load().registries)
    assert weights.read_bytes() == whole
    assert (folder / "predictions.csv").read_bytes() == captions


# -- by a third party's plugin, from end to end ---------------------------------------------------------------------


@pytest.fixture
def aacbench(tmp_path: Path) -> Aacbench:
    """Runs `python -m aacbench` in a process of its own, which reads the code as it is then."""

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        own = {"AACBENCH_HOME": str(warm_home(tmp_path / "home")), "OMP_NUM_THREADS": "1", **environment}
        command = [sys.executable, "-P", "-m", "aacbench", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env={**os.environ, **own}, capture_output=True, timeout=300, text=True
        )

    return call


def edited(outsider: Path, tmp_path: Path, old: str, new: str) -> dict[str, str]:
    """Return the environment in which the plugin's code is another."""
    copy = tmp_path / "site"
    shutil.copytree(outsider, copy, dirs_exist_ok=True)
    code = copy / "aacbench_tones.py"
    text = code.read_text()
    assert old in text
    code.write_text(text.replace(old, new))
    root = Path(__file__).parents[2]
    return {"PYTHONPATH": os.pathsep.join([str(root), str(copy)])}


def test_changed_audio_and_code_run_again(aacbench: Aacbench, outsider: Path, tmp_path: Path) -> None:
    where = edited(outsider, tmp_path, "maybe_die", "maybe_die")
    assert aacbench(*SHORT, **where).returncode == 0
    assert (tmp_path / TONES / SEAL).is_file()
    assert aacbench(*SHORT, TONES_KILL="decode:1", **where).returncode == 0  # nothing is decoded
    heard = tmp_path / "tones" / "evaluation-000.wav"
    whole = heard.read_bytes()
    heard.write_bytes((tmp_path / "tones" / "evaluation-001.wav").read_bytes())
    assert aacbench(*SHORT, TONES_KILL="decode:1", **where).returncode == KILLED
    heard.write_bytes(whole)
    where = edited(outsider, tmp_path, "A {pitch} tone is heard.", "One {pitch} tone is heard.")
    assert aacbench(*SHORT, TONES_KILL="train:1", **where).returncode == KILLED


READING = '{"dim": context.settings.dim}', '{"dim": context.settings.dim, "read": Path("read.txt").read_text()}'


def test_a_file_that_a_recipe_reads_is_watched(aacbench: Aacbench, outsider: Path, tmp_path: Path) -> None:
    where = edited(outsider, tmp_path, *READING)
    (tmp_path / "read.txt").write_text("one")
    assert aacbench(*SHORT, **where).returncode == 0
    assert (tmp_path / TONES / SEAL).is_file()
    assert aacbench(*SHORT, TONES_KILL="train:1", **where).returncode == 0
    (tmp_path / "read.txt").write_text("two")
    assert aacbench(*SHORT, TONES_KILL="train:1", **where).returncode == KILLED


def test_a_recipe_that_asks_elsewhere_is_not_sealed(aacbench: Aacbench, outsider: Path, tmp_path: Path) -> None:
    asking = '{"dim": __import__("subprocess").check_output(["echo", "1"], text=True)}'
    where = edited(outsider, tmp_path, READING[0], asking)
    assert aacbench(*SHORT, **where).returncode == 0
    assert not (tmp_path / TONES / SEAL).exists()
