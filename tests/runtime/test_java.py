"""Java is found in one way and speaks American English, whatever the machine and its variables say."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.metrics.meteor.reference import score
from aacbench.runtime.java import LATE, LOCALE, find_java, java_command, java_environment, java_reason

VERSION = 'openjdk version "17.0.15" 2025-04-15'
MakeJava = Callable[..., Path]
needs_java = pytest.mark.skipif(java_command() is None, reason="no Java")


@pytest.fixture
def make_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeJava:
    """Writes a stand-in for Java that says something into the folder `name`; none other is found."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path" / "bin"))

    def make(name: str, said: str = VERSION, code: int = 0) -> Path:
        path = tmp_path / name / "bin" / "java"
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit {code}\n")
        path.chmod(0o755)
        return path

    return make


def test_java_home_comes_first(make_java: MakeJava, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert java_command() is None
    on_path, own = make_java("path"), make_java("own", 'java version "1.8.0_402"')
    assert find_java("it").command == str(on_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "own"))
    found = find_java("it")
    assert (found.command, found.major, found.said) == (str(own), 8, 'java version "1.8.0_402"')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    assert find_java("it").command == str(on_path)


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        ("", 3, r"^it needs Java; .*java does not run \(it says nothing and ends with code 3\); leave it$"),
        ("Error: no memory", 1, r"does not run \(Error: no memory\); leave it$"),
        ('java version "1.7.0"', 0, r"needs Java 8 or newer; .* is 7; leave it$"),
        ("Picked up JAVA_TOOL_OPTIONS: -Xfoo\nUnrecognized option: -Xfoo", 1, r"\(Unrecognized option: -Xfoo\)"),
    ],
)
def test_java_that_will_not_do(make_java: MakeJava, said: str, code: int, message: str) -> None:
    with pytest.raises(UserError, match=r"none in JAVA_HOME or on the PATH; leave it$"):
        find_java("it", "leave it")
    make_java("path", said, code)
    with pytest.raises(UserError, match=message):
        find_java("it", "leave it")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", ""),
        ("Picked up JAVA_TOOL_OPTIONS: -Da=b\nException in thread", "Exception in thread"),
        ("Picked up _JAVA_OPTIONS: -Da=b\n\n  at last\n", "at last"),
        ("NOTE: Picked up JDK_JAVA_OPTIONS: -Da=b\nwhy", "why"),
        ("Picked up JAVA_TOOL_OPTIONS: -Da=b", "Picked up JAVA_TOOL_OPTIONS: -Da=b"),
    ],
)
def test_what_java_notes_in_passing_is_no_reason(said: str, reason: str) -> None:
    assert java_reason(said) == reason


def test_options_that_java_reads_last_do_not_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LATE, raising=False)
    assert LATE not in java_environment()
    monkeypatch.setenv(LATE, "-Duser.language=sv")
    assert java_environment()[LATE].split() == ["-Duser.language=sv", *LOCALE]


@needs_java
@pytest.mark.slow
@pytest.mark.parametrize("variable", ["JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"])
def test_meteors_jar_reads_its_numbers_where_commas_are_decimal(
    test_data: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Field case 13: a Swedish, German, French ... locale made the jar fail with an InputMismatchException."""
    folder = test_data / "field-cases" / "13-meteor-jar-decimal-comma"
    tables = [(folder / name).read_text(encoding="utf-8").splitlines()[1:] for name in ("pred.csv", "refs.csv")]
    candidates = [line.split(",")[1] for line in tables[0]]
    references = [line.split(",")[1:] for line in tables[1]]
    monkeypatch.setenv(variable, "-Duser.language=sv -Duser.country=SE")
    assert score(candidates, references)[0] == pytest.approx(0.4833, abs=5e-5)


@needs_java
def test_a_real_java_says_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Duser.language=sv")
    found = find_java("it")
    assert found.major >= 8
    assert "version" in found.said
    shown = subprocess.run(
        [found.command, *LOCALE, "-XshowSettings:locale", "-version"], capture_output=True, text=True, check=True
    )
    assert "default locale = English (United States)" in shown.stderr or "default locale = English" in shown.stderr
