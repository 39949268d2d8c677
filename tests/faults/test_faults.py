"""Damaged files, full and read-only disks, clips that go, two at once: a clear message or recovery, no wrong number.

Each fault happens to a finished run of captioning (two pretraining stages, cross-entropy, SCST) that lost its end, so
that the command reads what was kept; what it then makes is compared with the run as it was.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from tests.faults.comparison import contents, differences
from tests.faults.tally import Outcome, Tally
from tests.faults.test_kill_runs import CAPTIONING, RETRIEVAL, SMALL
from tests.forked import Done, Zygote

pytestmark = [pytest.mark.faults, pytest.mark.slow]

RUN = ("run", *SMALL, *CAPTIONING)
Damage = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True)
class Prepared:
    """A finished run at `place`, which `restore` puts there again as it was, dates included."""

    zygote: Zygote
    place: Path
    kept: Path
    arguments: tuple[str, ...]

    def restore(self, *lost: str) -> None:
        """Put everything back, apart from what fits one of the patterns."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.kept, self.place)
        for pattern in lost:
            for path in list(self.place.glob(pattern)):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def run(self, *more: object, call: str | None = None, home: Path | None = None, wrap: tuple[str, ...] = ()) -> Done:
        arguments = (*wrap, *self.arguments, *more)
        return self.zygote.run(*arguments, cwd=self.place, home=home or self.place / "home", call=call)

    @cached_property
    def wanted(self) -> dict[str, str]:
        """What the folder held before anything happened to it."""
        return contents(self.kept, root=self.place)

    def wrong(self, *but: Path) -> list[str]:
        """Return what is not as it was, apart from some files."""
        names = {f"0/{path.relative_to(self.place)}" for path in but}
        return [text for text in differences(self.wanted, contents(self.place)) if text.split(": ", 1)[1] not in names]


def prepared(zygote: Zygote, folder: Path, arguments: tuple[str, ...]) -> Prepared:
    place = folder / "run"
    place.mkdir()
    zygote.finished(*arguments, cwd=place, home=place / "home")
    shutil.copytree(place, folder / "kept")
    return Prepared(zygote, place, folder / "kept", arguments)


@pytest.fixture(scope="module")
def captioning(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepared(zygote, tmp_path_factory.mktemp("captioning"), RUN)


@pytest.fixture(scope="module")
def retrieval(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepared(zygote, tmp_path_factory.mktemp("retrieval"), ("run", *SMALL, *RETRIEVAL))


def is_clear(done: Done) -> bool:
    """Whether a command ended in one line of a known kind, with the exit code of a mistake or a failure."""
    lines = [line for line in done.said.splitlines() if line.startswith("aacbench: ")]
    odd = re.search(r"Traceback|unexpected \w+:", done.said)
    return done.code in (1, 2) and len(lines) == 1 and len(lines[0]) > 40 and odd is None


def flipped(content: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << draw.randrange(8)]) + content[place + 1 :]


def cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(1, max(2, len(content)))]


def emptied(content: bytes, draw: random.Random) -> bytes:
    return b""


DAMAGES: dict[str, Damage] = {"flipped bit": flipped, "cut short": cut, "empty": emptied}
CAPTIONING_LOST = ("runs/*/*/*/*/stage4-scst", "runs/*/*/*/*/decoding.jsonl", "runs/*/*/*/*/[pir]*.csv")
RETRIEVAL_LOST = ("runs/*/*/*/*/decoding.json",)


def kinds(place: Path) -> dict[str, list[Path]]:
    """Return the files below `place` by kind: the same folder but for numbers and hashes, the same suffix."""
    found: dict[str, list[Path]] = {}
    for path in sorted(place.rglob("*")):
        if path.is_file() and path.stat().st_size:
            parts = path.relative_to(place).parts[:-1]
            whole = "/".join(part[:30] for part in parts if not re.fullmatch(r"[0-9a-f]{2}", part))
            name = path.suffix if path.suffix in (".npy", ".wav") else path.name
            found.setdefault(f"{whole}/{name}", []).append(path)
    return found


def judged(case: Prepared, done: Done, path: Path, damaged: bytes | None) -> Outcome:
    """Return how a command ended, once it went on with a damaged file."""
    if is_clear(done):
        return "message"
    untouched = damaged is not None and path.is_file() and path.read_bytes() == damaged
    if done.code == 0 and not case.wrong(*([path] if untouched else [])):
        return "harmless" if untouched else "recovery"
    return "wrong"


@pytest.mark.parametrize(("fixture", "lost"), [("captioning", CAPTIONING_LOST), ("retrieval", RETRIEVAL_LOST)])
def test_every_kind_of_file_damaged(
    request: pytest.FixtureRequest, fixture: str, lost: tuple[str, ...], tally: Tally
) -> None:
    case: Prepared = request.getfixturevalue(fixture)
    case.restore(*lost)
    draw, bad = random.Random(7), []
    for number, (kind, paths) in enumerate(kinds(case.place).items()):
        names = [*DAMAGES] if kind.endswith(".safetensors") else [[*DAMAGES][number % 3], "flipped bit"]
        for name in dict.fromkeys(names):
            case.restore(*lost)
            path = draw.choice(paths)
            damaged = DAMAGES[name](path.read_bytes(), draw)
            path.unlink()  # it may be a link to the same file in the cache
            path.write_bytes(damaged)
            done = case.run()
            outcome = judged(case, done, path, damaged)
            tally(f"fault: {name}, {fixture}", outcome)
            if outcome == "wrong":
                bad.append((name, str(path), done.code, done.said[-600:], case.wrong()))
    assert not bad, bad


LAST, BEST = "stage4-scst/last.safetensors", "stage4-scst/best.safetensors"


@pytest.mark.parametrize(
    ("name", "source", "target"),
    [
        ("the checkpoint is another stage's", "../../../../../home/stages/cross*/last.safetensors", LAST),
        ("the best weights are another stage's", "stage3-cross-entropy/best.safetensors", BEST),
        ("the checkpoint is of another network", "../../../../../home/stages/*head*/best.safetensors", LAST),
        ("the best weights are the last ones", LAST, BEST),
    ],
)
@pytest.mark.parametrize("finished", [False, True])
def test_a_checkpoint_of_another(
    captioning: Prepared, tally: Tally, name: str, source: str, target: str, finished: bool
) -> None:
    captioning.restore("runs/*/*/*/*/decoding.jsonl", *([] if finished else ["runs/*/*/*/*/stage4-scst/stage.json"]))
    (folder,) = captioning.place.glob("runs/*/*/*/*")
    (found,) = folder.glob(source)
    shutil.copy(found, folder / target)
    damaged = (folder / target).read_bytes()
    done = captioning.run()
    outcome = judged(captioning, done, folder / target, damaged)
    tally(f"fault: {name}", outcome)
    assert outcome != "wrong", (done.said, captioning.wrong())


def test_damaged_audio_is_made_again_or_refused(captioning: Prepared, tally: Tally) -> None:
    for dated, features in ((False, True), (True, True), (True, False)):
        captioning.restore("runs", "home/stages", *([] if features else ["home/features", "home/encoded"]))
        clip = sorted(captioning.place.glob("home/datasets/**/development/*.wav"))[0]
        status, content = clip.stat(), clip.read_bytes()
        damaged = content[:200] + bytes([content[200] ^ 1]) + content[201:]
        clip.write_bytes(damaged)
        if dated:  # the disk's fault, not a program's: the date is as it was
            os.utime(clip, ns=(status.st_atime_ns, status.st_mtime_ns))
        outcome = judged(captioning, captioning.run(), clip, damaged)
        tally("fault: damaged audio", outcome)
        assert outcome == ("message" if not features else "harmless" if dated else "recovery")


@pytest.mark.parametrize("size", [4_096, 30_000, 100_000, 145_000, 400_000])
def test_a_full_disk_is_said_and_the_same_command_goes_on(captioning: Prepared, tally: Tally, size: int) -> None:
    captioning.restore("runs", "home")
    done = captioning.run(call="tests.faults.jobs:limited", wrap=(str(size),))
    outcome: Outcome = "message" if is_clear(done) else "harmless" if done.code == 0 else "wrong"
    assert outcome != "wrong", done.said
    again = captioning.run()
    wrong = captioning.wrong()
    tally("fault: full disk", "wrong" if again.code or wrong else outcome)
    assert again.code == 0, again.said
    assert not wrong


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB; skips where none can be had."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.parametrize("room", [50_000, 900_000])
def test_a_disk_that_is_really_full(captioning: Prepared, tally: Tally, small_disk: Path, room: int) -> None:
    captioning.restore("runs", "home")
    home = small_disk / "home"
    (small_disk / "ballast").write_bytes(bytes(2**20 - room))
    done = captioning.run("--output", small_disk / "runs", home=home)
    assert is_clear(done), done.said
    (small_disk / "ballast").unlink()
    subprocess.run(["mount", "-o", "remount,size=100m", small_disk], check=True)
    again = captioning.run("--output", small_disk / "runs", home=home)
    wrong = differences(contents(captioning.kept, root=captioning.place), contents(small_disk))
    tally("fault: full disk", "wrong" if again.code or wrong else "message")
    assert again.code == 0, again.said
    assert not wrong


@pytest.mark.parametrize(
    "way",
    [
        "home",
        "home/content",
        "home/datasets",
        "home/features",
        "home/encoded",
        "home/stages",
        "home/spice",
        "runs",
        "runs/{}/stage3-cross-entropy",
        "runs/{}/predictions.csv",
        "runs/{}/record.json",
    ],
)
def test_something_in_the_way_is_said(captioning: Prepared, tally: Tally, way: str) -> None:
    (folder,) = captioning.kept.glob("runs/*/*/*/*")
    way = way.format(folder.relative_to(captioning.kept / "runs"))
    captioning.restore("runs", way)
    path = captioning.place / way
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix:
        (path / "a folder").mkdir(parents=True)
    else:
        path.write_text("no folder")
    done = captioning.run()
    outcome: Outcome = "message" if is_clear(done) else "wrong"
    if done.code == 0:  # it was in nobody's way: SPICE's parses may stay in memory
        path.unlink()
        found = {text for text in captioning.wrong() if not text.endswith((f"0/{way}", "tuples.sqlite"))}
        outcome = "wrong" if found else "harmless"
    tally("fault: a place that cannot be written", outcome)
    assert outcome != "wrong", (done.said, captioning.wrong())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
@pytest.mark.parametrize("writable", ["home", "runs"])
def test_a_read_only_cache_or_output_is_said(captioning: Prepared, tally: Tally, writable: str) -> None:
    captioning.restore("runs")
    (captioning.place / "runs").mkdir()
    for path in (captioning.place, *captioning.place.parents):
        if path.stat().st_uid == 0 and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    subprocess.run(["chmod", "-R", "a+rwX", captioning.place / writable], check=True)
    done = captioning.run(call="tests.faults.jobs:as_nobody")
    tally("fault: a place that cannot be written", "message" if is_clear(done) else "wrong")
    assert is_clear(done), done.said


@pytest.mark.parametrize("how", ["deleted", "silent"])
def test_a_clip_that_goes_or_changes_while_training(captioning: Prepared, tally: Tally, how: str) -> None:
    captioning.restore(*CAPTIONING_LOST)
    clip = sorted(captioning.place.glob("home/datasets/**/development/*.wav"))[0]
    done = captioning.run(call="tests.faults.jobs:disturbed", wrap=(how, str(clip)))
    assert is_clear(done), done.said
    assert str(clip) in done.said or "changed" in done.said
    again = captioning.run()
    kept_too = re.compile("left: 0/home/(features|encoded)/")  # what the silent clip sounds like, under its own content
    wrong = [text for text in captioning.wrong() if not kept_too.match(text)]
    tally(f"fault: a clip {how} while training", "wrong" if again.code or wrong else "message")
    assert again.code == 0, again.said
    assert not wrong


def test_two_processes_at_the_same_run(captioning: Prepared, tally: Tally) -> None:
    captioning.restore("runs", "home")
    done = captioning.run(call="tests.faults.jobs:together", wrap=("2",))
    wrong = captioning.wrong()
    tally("fault: two at once", "wrong" if wrong else "recovery")
    assert "exit codes [0, 2]" in done.said
    assert "another process is at work in" in done.said
    assert not wrong


def test_two_runs_want_the_same_stages_and_caches(captioning: Prepared, tally: Tally) -> None:
    captioning.restore("runs", "home")
    done = captioning.run("--output", "runs{}", call="tests.faults.jobs:together", wrap=("2",))
    assert "exit codes [0, 0]" in done.said
    wanted = contents(captioning.kept / "home", captioning.kept / "runs", root=captioning.place)
    for number in range(2):
        found = contents(captioning.place / "home", captioning.place / f"runs{number}", root=captioning.place)
        tally("fault: two at once", "wrong" if differences(wanted, found) else "recovery")
        assert not differences(wanted, found)
