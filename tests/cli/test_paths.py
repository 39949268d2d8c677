"""Every path option knows the home's ~; what cannot be written, or is read, is refused before anything is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from aacbench.cli import cli
from aacbench.cli.paths import OutputFile, UserPath
from aacbench.errors import UserError


def every(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from every(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(every(cli))


def test_every_path_of_every_command_expands_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    seen = 0
    for path, command in COMMANDS.items():
        for option in command.params:
            if isinstance(option.type, click.Path):
                assert isinstance(option.type, UserPath), (path, option.name)
                assert option.type.convert("~/x.csv", option, None) == tmp_path / "x.csv"
                seen += 1
    assert seen > 40


WRITES = [
    (path, option)
    for path, command in COMMANDS.items()
    for option in command.params
    if isinstance(option.type, OutputFile)
]


@pytest.mark.parametrize(
    ("path", "option"), WRITES, ids=lambda one: " ".join(one) if isinstance(one, tuple) else one.name
)
def test_what_cannot_be_written_is_refused_at_once(
    path: tuple[str, ...], option: click.Parameter, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot write .*file/out.* \(Not a directory\)"):
        option.type.convert(str(tmp_path / "file" / "out"), option, None)
    with pytest.raises((UserError, click.BadParameter), match="directory"):
        option.type.convert(str(tmp_path), option, None)
    assert option.type.convert(str(tmp_path / "new" / "out"), option, None) == tmp_path / "new" / "out"


@pytest.mark.parametrize(
    "line",
    ["score p.csv -r r.csv -o r.csv", "topics p.csv -o p.csv",
     "table p.csv -r r.csv -o ./p.csv", "metaeval p.csv -o p.csv",
     "compare p.csv r.csv -o r.csv",
     "score p.csv -r r.csv --items x.csv -o x.csv", "plot attention run clip --output run"],
)  # fmt: skip
def test_an_output_is_no_input_and_no_other_output(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("p.csv", "r.csv", "run"):
        Path(name).write_text("file_name,caption_predicted\na.wav,a dog\n")
    with pytest.raises(UserError, match="name another file"):
        cli.main(line.split(), standalone_mode=False)
    assert Path("p.csv").read_text() == Path("r.csv").read_text() == "file_name,caption_predicted\na.wav,a dog\n"
