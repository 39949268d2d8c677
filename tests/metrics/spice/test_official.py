"""The reference engine: its real classes with captions it knows, and every failure with a stand-in for Java.

The stand-in is a script named `java`: it answers `-version`, records its arguments and does what its case says.
CoreNLP's models are not needed, because the captions of the real run lie in the tool's own parse cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from aacbench.errors import AacbenchError, UserError
from aacbench.files.cache_dir import cache
from aacbench.metrics.spice import corenlp, jvm, official
from aacbench.metrics.spice.corenlp import Jar
from aacbench.metrics.spice.graph import SceneGraph
from aacbench.metrics.spice.jvm import GIB, Java, find_java, make_plan
from aacbench.metrics.spice.score import KINDS, Scene, f_scores
from aacbench.metrics.spice.scorer import SpiceResult
from aacbench.metrics.spice.tuples import Fact
from aacbench.text.wordnet import load_wordnet
from tests.metrics.spice.conftest import Jars, official_order
from tests.metrics.spice.test_graph import random_facts

ROOT = Path(__file__).parents[3]
ENTRY = {"All": {"f": 0.5}, **{kind.capitalize(): {"f": None} for kind in KINDS}}
Write = Callable[..., Path]

STAND_IN = """#!{python}
import json, pathlib, sys
if sys.argv[1:] == ["-version"]:
    sys.stderr.write({version!r})
    sys.exit({refuses})
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
source, report, store, threads = sys.argv[-4:]
items = json.loads(pathlib.Path(source).read_text())
entries = [{{"image_id": row, "scores": {entry!r}}} for row in range(len(items))]
code = 0
{body}
if entries is not None:
    pathlib.Path(report).write_text(entries if isinstance(entries, str) else json.dumps(entries))
sys.exit(code)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the stand-in for Java and puts it on the PATH; returns its log of arguments."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(official, "class_path", lambda: "CLASSES")

    def write(body: str = "", version: str = 'openjdk version "21.0.2" 2024-01-16', refuses: int = 0) -> Path:
        folder, log = tmp_path / "bin", tmp_path / "log"
        folder.mkdir(exist_ok=True)
        script = folder / "java"
        script.write_text(
            STAND_IN.format(
                python=sys.executable, version=version, refuses=refuses, log=str(log), entry=ENTRY, body=body
            )
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(folder))
        return log

    return write


def arguments(log: Path) -> list[list[str]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def run(count: int = 2, processes: int | None = None) -> SpiceResult:
    return official.score(["a dog"] * count, [["a dog", "a cat"]] * count, processes=processes)


def test_the_official_classes_run_without_their_javascript(
    jars: Jars, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(official, "class_path", lambda: jars.path)
    source = random.Random(1)
    captions = {f"caption “{number}”": random_facts(source, 12) for number in range(120)}
    known = tmp_path / "known.json"
    known.write_text(json.dumps({caption: official_order(facts) for caption, facts in captions.items()}))
    jars.run("FillCache.java", str(cache("spice", "official")), str(known))

    names = list(captions)
    candidates = names[:40]
    references = [source.choices(names, k=1 + row % 5) for row in range(40)]
    result = official.score(candidates, references, processes=2)

    def scene(*group: list[Fact]) -> SceneGraph:
        graph = SceneGraph(load_wordnet())
        for facts in group:
            graph.add(facts)
        return graph

    assert sum(value > 0 for value in result.items) > 15
    for row, (candidate, group) in enumerate(zip(candidates, references, strict=True)):
        ours = list(scene(captions[candidate]).tuples())
        total, kinds = f_scores(Scene(ours), Scene(scene(*(captions[name] for name in group)).tuples()))
        assert result.items[row] == pytest.approx(total, abs=1e-12)
        for kind in KINDS:
            assert result.kinds[kind][row] == pytest.approx(kinds[kind], abs=1e-12, nan_ok=True)
    assert result.corpus == pytest.approx(sum(result.items) / 40)

    with pytest.raises(AacbenchError, match=r"(?s)ended with code 1.*Java said.*englishPCFG.*at edu.anu.spice"):
        official.score(["a caption that is not in the store"], [[names[0]]])


def test_the_driver_is_compiled_from_its_source(jars: Jars, tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from build_spice_driver import FOLDER, compile_driver
    finally:
        sys.path.pop(0)
    shipped = (FOLDER / "SpiceDriver.class").read_bytes()
    assert shipped[:8] == bytes.fromhex("cafebabe00000034")  # Java 8
    if jars.java.major != 17:
        pytest.skip("the shipped class was compiled by a JDK 17; others may write other bytes")
    compile_driver(tmp_path)
    assert (tmp_path / "SpiceDriver.class").read_bytes() == shipped


def test_scores_are_read_with_gaps(stand_in: Write) -> None:
    stand_in('entries[1]["scores"]["Color"] = {"f": 1.0}; entries[0]["scores"]["All"] = {"f": 0}; entries.reverse()')
    result = run(2, 1)
    assert result.items == (0.0, 0.5)
    assert result.corpus == 0.25
    assert result.mean_of("color") == 1.0
    assert str(result.kinds["size"]) == "(nan, nan)"


def test_the_command_suits_a_new_java(stand_in: Write) -> None:
    log = stand_in()
    run()
    (command,) = arguments(log)
    assert sum(part.startswith("--add-opens=java.base/java.") for part in command) == 6
    assert command[-7:-4] == ["-cp", "CLASSES", "SpiceDriver"]
    assert any(part.startswith("-Xmx") for part in command)
    assert Path(command[-2]).parts[-2:] == ("spice", "official") and Path(command[-2]).is_dir()


def test_java_8_knows_no_modules(stand_in: Write) -> None:
    log = stand_in(version='java version "1.8.0_392"')
    run()
    assert not any("add-opens" in part for part in arguments(log)[0])
    assert find_java().major == 8


def test_items_are_shared_out_and_come_back_in_order(stand_in: Write) -> None:
    log = stand_in('for row, item in enumerate(items): entries[row]["scores"]["All"] = {"f": float(item["test"])}')
    result = official.score([f"0.{number:03}" for number in range(10)], [["x"]] * 10, processes=3)
    assert result.items == tuple(number / 1000 for number in range(10))
    assert len(arguments(log)) == 3


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            'sys.stderr.write("boom\\n\\tat x.Y\\n"); entries = None; code = 1',
            "ended with code 1.*Java said:\nboom\n\tat x.Y",
        ),
        ("entries = None", "left no readable report"),
        ('entries = "[{"', "left no readable report"),
        ('entries = [{"scores": {}}]', "left no readable report"),
        ("entries.pop()", "other items than the 2"),
        ('entries[0]["image_id"] = 7', "other items than the 2"),
        ('del entries[0]["scores"]["Size"]', "other items than the 2"),
        ('print("java.io.IOException: disk full")', "reported an error and went on.*java.io.IOException: disk full"),
        ('print("...Exception in thread main"); code = 3', "ended with code 3"),
        ('sys.stderr.write("java.lang.OutOfMemoryError: heap"); code = 1', "give it more memory.*OutOfMemoryError"),
        ("code = 1", "Java said:\nnothing"),
    ],
)
def test_failures_are_shown_in_full(stand_in: Write, body: str, message: str) -> None:
    stand_in(body)
    with pytest.raises(AacbenchError, match=f"(?s)SPICE's reference engine .*{message}"):
        run(2, 1)


def test_one_failure_ends_the_other_processes(stand_in: Write, tmp_path: Path) -> None:
    stand_in(
        'import os, time\nif items[0]["test"] == "slow":\n'
        f"    pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid())); time.sleep(60)\n"
        "else:\n"
        f"    while not pathlib.Path({str(tmp_path / 'pid')!r}).exists(): time.sleep(0.05)\n"
        "    time.sleep(0.3); code = 1"
    )
    with pytest.raises(AacbenchError, match="ended with code 1"):
        official.score(["fails", "slow"], [["x"], ["x"]], processes=2)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_where_the_tools_cache_fails_it_is_left_out(stand_in: Write) -> None:
    log = stand_in(
        'if store:\n    sys.stderr.write("Exception in thread: java.lang.UnsatisfiedLinkError: lmdb"); code = 1'
    )
    with pytest.warns(RuntimeWarning, match="cache does not work here.*UnsatisfiedLinkError"):
        assert run().corpus == 0.5
    assert [bool(command[-2]) for command in arguments(log)] == [True, False]


@pytest.mark.parametrize(
    ("version", "refuses", "message"),
    [
        ('java version "1.7.0_80"', 0, "Java 8 or newer; .*java is 7"),
        ("no such thing", 1, "does not run .no such thing"),
    ],
)
def test_unfit_java_is_refused(stand_in: Write, version: str, refuses: int, message: str) -> None:
    stand_in(version=version, refuses=refuses)
    with pytest.raises(UserError, match=message):
        run()


def test_missing_java_is_refused(stand_in: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="on the PATH; the native engine"):
        run()


def test_java_home_comes_first(stand_in: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    assert find_java() == Java(str(tmp_path / "bin" / "java"), 21)


def test_missing_corenlp_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(official, "find_corenlp", lambda: None)
    with pytest.raises(UserError, match="aacbench fetch spice"):
        official.class_path()
    monkeypatch.setattr(official, "find_corenlp", lambda: tmp_path)
    parts = official.class_path().split(os.pathsep)
    assert str(tmp_path / corenlp.CODE.name) in parts and str(tmp_path / corenlp.MODELS.name) in parts
    assert (Path(parts[0]) / "SpiceDriver.class").is_file()
    assert parts[3].endswith("spice-1.0.jar") and parts[4].endswith("*")


@pytest.mark.parametrize(
    ("items", "cores", "memory", "expected"),
    [
        (1045, 8, 64 * GIB, (7, int(64 * GIB * 0.6) // 7, 1)),
        (1045, 2, 8 * GIB, (1, int(8 * GIB * 0.6), 2)),
        (10, 16, 64 * GIB, (1, 8 * GIB, 16)),
        (1045, 4, 2 * GIB, (1, int(2 * GIB * 0.6), 4)),
    ],
)
def test_the_plan_suits_the_machine(items: int, cores: int, memory: int, expected: tuple[int, int, int]) -> None:
    plan = make_plan(items, cores, memory)
    assert (plan.processes, plan.heap, plan.threads) == expected
    assert plan.processes * plan.heap <= max(memory, plan.heap)


def test_the_plan_obeys_the_caller() -> None:
    assert make_plan(100, 2, 8 * GIB, processes=4).processes == 4
    assert make_plan(3, 2, 8 * GIB, processes=4).processes == 3


def test_this_machine_has_memory() -> None:
    assert jvm.memory() > GIB // 4


# -- CoreNLP --------------------------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, bytes]:
    """Small stand-ins for the two jars, known by their own checksums; nothing else on the machine is found."""
    contents = {corenlp.CODE.name: b"code" * 1000, corenlp.MODELS.name: b"models" * 2000}
    jars = tuple(Jar(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in contents.items())
    monkeypatch.setattr(corenlp, "JARS", jars)
    monkeypatch.setattr(corenlp, "CODE", jars[0])
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AAC_METRICS_CACHE_PATH", str(tmp_path / "other"))
    return contents


def archive(path: Path, contents: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("stanford-corenlp-full-2015-12-09/README.txt", "read me")
        for name, data in contents.items():
            target.writestr(f"stanford-corenlp-full-2015-12-09/{name}", data)
    return path


def test_the_published_jars() -> None:
    assert corenlp.CODE.size == 7270741 and corenlp.MODELS.size == 378116526
    assert all(len(jar.sha256) == 64 for jar in corenlp.JARS)
    assert corenlp.URL.endswith("stanford-corenlp-full-2015-12-09.zip")


def test_only_the_jars_are_unpacked(small: dict[str, bytes], tmp_path: Path) -> None:
    corenlp.unpack(archive(tmp_path / "a.zip", small), tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == small


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda contents: contents.popitem(), "holds no stanford-corenlp-3.6.0-models.jar"),
        (lambda contents: contents.update({corenlp.CODE.name: b"short"}), "has 5 bytes, not 4000"),
        (lambda contents: contents.update({corenlp.CODE.name: b"edoc" * 1000}), "fails its checksum"),
    ],
)
def test_other_jars_are_refused(
    small: dict[str, bytes], tmp_path: Path, change: Callable[[dict[str, bytes]], object], message: str
) -> None:
    change(small)
    with pytest.raises(AacbenchError, match=f"{message}.*delete .*a.zip and run `aacbench fetch spice`"):
        corenlp.unpack(archive(tmp_path / "a.zip", small), tmp_path / "out")
    assert not (tmp_path / "out" / corenlp.MODELS.name).exists()


@pytest.mark.parametrize(("start", "end"), [(3000, None), (500, 600)])
def test_a_damaged_archive_is_refused(small: dict[str, bytes], tmp_path: Path, start: int, end: int | None) -> None:
    code = small[corenlp.CODE.name] = random.Random(0).randbytes(4000)
    path = archive(tmp_path / "a.zip", {**small, corenlp.CODE.name: code})
    data = path.read_bytes()
    assert len(data) > 4000
    path.write_bytes(data[:start] + (bytes(end - start) + data[end:] if end else b""))
    with pytest.raises(AacbenchError, match=r"is damaged|fails its checksum"):
        corenlp.unpack(path, tmp_path / "out")
    assert not list((tmp_path / "out").glob("*"))


def test_a_missing_archive_is_a_users_mistake(small: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot unpack"):
        corenlp.unpack(tmp_path / "none.zip", tmp_path / "out")


@pytest.mark.parametrize("place", ["home/corenlp", "other/aac-metrics/spice/lib"])
def test_jars_are_found_where_tools_keep_them(small: dict[str, bytes], tmp_path: Path, place: str) -> None:
    assert corenlp.find_corenlp() is None
    folder = tmp_path / place
    folder.mkdir(parents=True)
    for name, data in small.items():
        (folder / name).write_bytes(data)
    assert corenlp.find_corenlp() == folder
    (folder / corenlp.CODE.name).write_bytes(b"edoc" * 1000)
    assert corenlp.find_corenlp() is None


def test_a_checksum_is_taken_once(small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corenlp.unpack(archive(tmp_path / "a.zip", small), corenlp.folder())
    taken: list[Path] = []
    digest = corenlp.digest

    def counted(path: Path) -> str:
        taken.append(path)
        return digest(path)

    monkeypatch.setattr(corenlp, "digest", counted)
    assert corenlp.find_corenlp() == corenlp.find_corenlp() == corenlp.folder()
    assert len(taken) == 2
    (corenlp.folder() / corenlp.CODE.name).touch()
    assert corenlp.find_corenlp() is not None
    assert len(taken) == 3


def test_fetch_downloads_unpacks_and_tidies_up(
    small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def download(url: str, target: Path) -> Path:
        asked.append(url)
        return archive(target, small)

    monkeypatch.setattr("aacbench.files.download.download", download)
    place = corenlp.fetch()
    assert place == tmp_path / "home" / "corenlp"
    assert sorted(path.name for path in place.iterdir()) == sorted(small)
    assert corenlp.fetch() == place
    elsewhere = corenlp.fetch(tmp_path / "elsewhere")
    assert corenlp.find_in(elsewhere) == elsewhere
    assert asked == [corenlp.URL] * 2
