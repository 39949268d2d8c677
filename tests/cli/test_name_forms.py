"""Names of clips as others write them, in every command that matches names: what comes out is what exact names give."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from aacbench.analysis.plots.source import find_clip
from aacbench.cli import cli
from aacbench.errors import UserError
from aacbench.files.names import find_name
from aacbench.types import Clip

FORMS: dict[str, Callable[[str], str]] = {
    "no ending": lambda name: name.removesuffix(".wav"),
    "other ending": lambda name: name.replace(".wav", ".flac"),
    "other case": str.upper,
    "blanks": lambda name: f" {name} ",
    "windows path": lambda name: f"audio\\{name}",
    "path": lambda name: f"some/where/{name}",
    "no ending, other case": lambda name: name.removesuffix(".wav").title(),
}
CAPTIONS = {
    "dog bark.wav": ("a dog barks", "a loud dog barks in the rain"),
    "rain.wav": ("rain falls", "rain falls on a roof"),
    "man.v2.wav": ("someone speaks", "a man speaks to a crowd"),
}
COMMANDS = {
    "score": "score said.csv -r refs.csv -m rouge_l",
    "score, one clip": "score said.csv -r refs.csv --partial -m bleu_1",
    "score of lists": "score lists.csv -r refs.csv",
    "compare": "compare said.csv other.csv -r refs.csv -m rouge_l --resamples 100",
    "table": "table said.csv other.csv -r refs.csv -m rouge_l",
    "topics": "topics said.csv -r refs.csv",
}


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def printed(command: str, folder: Path, form: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a command prints of files whose predictions and lists have names of this form."""
    folder.mkdir()
    monkeypatch.chdir(folder)
    write(folder / "refs.csv", ["file_name", "caption_1"], ((name, text) for name, (_, text) in CAPTIONS.items()))
    header = ["file_name", "caption_predicted"]
    write(folder / "said.csv", header, ((form(name), text) for name, (text, _) in CAPTIONS.items()))
    write(folder / "other.csv", header, ((form(name), f"the {text}") for name, (text, _) in CAPTIONS.items()))
    ranks = [f"file_name_{place}" for place in (1, 2, 3)]
    lists = ([text, *map(form, sorted(CAPTIONS, key=name.__ne__))] for name, (_, text) in CAPTIONS.items())
    write(folder / "lists.csv", ["caption", *ranks], lists)
    done = CliRunner().invoke(cli, command.split())
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", COMMANDS)
def test_near_names_give_what_exact_ones_give(
    command: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = printed(COMMANDS[command], tmp_path / "exact", str, monkeypatch)
    assert printed(COMMANDS[command], tmp_path / "near", FORMS[form], monkeypatch) == exact


@pytest.mark.parametrize("form", FORMS)
def test_a_clip_that_is_asked_for_may_be_called_so(form: str) -> None:
    class Dataset:
        name = "own"
        version = "1"
        splits: tuple[str, ...] = ("evaluation",)

        def clips(self, split: str) -> list[Clip]:
            return [Clip(name, Path(name), texts) for name, texts in CAPTIONS.items()]

    for name in CAPTIONS:
        assert find_name(FORMS[form](name), CAPTIONS) == name
        assert find_clip(Dataset(), FORMS[form](name)).id == name
    with pytest.raises(UserError, match="unknown clip of own"):
        find_clip(Dataset(), "rain.v3.wav")


def test_a_name_that_could_be_two_is_none() -> None:
    assert find_name("rain", ["rain.wav", "rain.flac"]) is None
    assert find_name("rain.wav", ["rain.wav", "rain.flac"]) == "rain.wav"
