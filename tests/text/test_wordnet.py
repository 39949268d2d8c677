"""WordNet lookups: base forms by exceptions and by rule, and equality with METEOR's own dictionary."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

from aacbench.errors import AacbenchError
from aacbench.text import wordnet
from aacbench.text.wordnet import WordNet, jar_path, load_wordnet

SMALL = WordNet(
    {"dog": "1 2", "run": "3", "good": "4", "man": "5", "fax": "6", "bake": "7", "running": "8", "take_off": "9"},
    [("run", "ran running"), ("good", "better"), ("well", "better")],
)


@pytest.mark.parametrize(
    ("word", "bases"),
    [
        ("dogs", ("dog",)),
        ("faxes", ("fax",)),
        ("baking", ("bake",)),
        ("firemen", ()),
        ("men", ("man",)),
        ("ran", ("run",)),
        ("better", ("good", "well")),
        ("dog", ()),
        ("is", ()),
        ("dogss", ()),
        ("dogful", ()),
    ],
)
def test_base_forms(word: str, bases: tuple[str, ...]) -> None:
    assert SMALL.bases(word) == bases


def test_ids_join_the_words_own_and_its_bases() -> None:
    assert SMALL.ids("running") == SMALL.ids("running") == {3, 8}
    assert SMALL.ids("better") == {4}
    assert SMALL.ids("take_off") == {9}
    assert SMALL.ids("unknown") == set()
    assert SMALL.own_ids("running") == {8}
    assert "dog" in SMALL and "dogs" not in SMALL


def test_the_shipped_tables() -> None:
    found = load_wordnet()
    assert found is load_wordnet()
    assert found.ids("automobile") & found.ids("cars")
    assert not found.ids("dog") & found.ids("rain")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(AacbenchError, match="pip install pycocoevalcap"):
        jar_path()


def test_a_damaged_jar_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "meteor-1.5.jar"
    broken.write_bytes(b"no archive")
    monkeypatch.setattr(wordnet, "jar_path", lambda: broken)
    with pytest.raises(AacbenchError, match=r"cannot read WordNet from .*meteor-1\.5\.jar"):
        load_wordnet.__wrapped__()


def test_meteors_own_dictionary_agrees(tmp_path: Path) -> None:
    if shutil.which("javac") is None:
        pytest.skip("no JDK")
    entries = sorted(load_wordnet()._synsets)[::40]
    endings = ("", "s", "es", "ies", "ed", "ing", "er", "est", "men", "ful", "ss")
    words = sorted(
        {word[: len(word) - cut] + ending for word in entries for ending in endings for cut in (0, 1)} - {""}
    )
    source = Path(__file__).parent / "Dictionary.java"
    command = ["java", "-cp", str(jar_path()), str(source)]
    done = subprocess.run(
        command, input="\n".join(words), capture_output=True, text=True, encoding="utf-8", timeout=300
    )
    assert done.returncode == 0, done.stderr
    answers = dict(line.split("\t") for line in done.stdout.splitlines())
    assert list(answers) == words and len(words) > 50_000
    for word, ids in answers.items():
        assert load_wordnet().ids(word) == set(map(int, ids.split())), word
