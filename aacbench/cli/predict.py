"""`aacbench predict`: audio without captions in, a predictions file out."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import click

from aacbench.cli.options import cache_limit_option, device_option, run_option
from aacbench.cli.outputs import keep_apart, name_broken
from aacbench.cli.paths import OutputFile, UserPath
from aacbench.cli.tables import write_out
from aacbench.errors import AacbenchError, UserError, counted


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="FOLDER|FILES...", type=UserPath())
@run_option
@click.option("--output", "-o", type=OutputFile(), help="Write to this file; else print.")
@device_option
@cache_limit_option
def predict(sources: tuple[Path, ...], run_folder: Path, output: Path | None, device: str) -> None:
    """Caption audio FILES, and all audio below a FOLDER, with the system that RUN trained, for `aacbench score`.

    A clip's file_name is its file's name, below a folder its path from there. Files that cannot be read are named at
    the end, with exit code 2; the others are captioned.
    """
    from aacbench.host import manager
    from aacbench.runs.captioned import caption_files
    from aacbench.runs.reopen import stored_run
    from aacbench.runtime.progress import progress

    registries = manager.load().registries
    stored_run(run_folder, registries, "captioning")  # before folders are walked
    names, broken = _named(sources)
    keep_apart({"--output": output}, {str(path): path for path in names})
    rows: dict[str, str] = {}
    with progress("captioning", len(names)) as bar:
        for done, (path, said) in enumerate(caption_files([*names], run_folder, registries, device), 1):
            if isinstance(said, str):
                rows[names[path]] = said
            else:
                broken.append(said)
            bar.update(done)
    if rows:
        order = {name: row for row, name in enumerate(names.values())}
        write_out(_csv(sorted(rows.items(), key=lambda row: order[row[0]])), output)
    if output is not None and rows:
        click.echo(f"{counted(len(rows), 'caption')} in {output}", err=True)
    name_broken(broken)


def _named(sources: Sequence[Path]) -> tuple[dict[Path, str], list[AacbenchError]]:
    """Return the clips' names by file, and what is wrong with files below folders.

    Raises:
        UserError: a folder has no audio that can be read, or two files have one name.
    """
    from aacbench.runs.tasks.search import audio_below

    names: dict[Path, str] = {}
    broken: list[AacbenchError] = []
    for source in sources:
        if source.is_dir():
            files, complaints = audio_below(source)
            names |= {path: path.relative_to(source).as_posix() for path in files}
            broken += [UserError(complaint) for complaint in complaints]
        else:
            names[source] = source.name
    taken: dict[str, Path] = {}
    for path, name in names.items():
        if name in taken:
            raise UserError(f"{taken[name]} and {path} would both be called {name}; predict them one by one")
        taken[name] = path
    return names, broken


def _csv(rows: Sequence[tuple[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("file_name", "caption_predicted"), *rows])
    return text.getvalue().rstrip("\n")
