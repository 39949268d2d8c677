"""What is wrong with a package for the challenge: its layout, each system's description and each system's output."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aacbench.errors import UserError, cut, first_few, one_line
from aacbench.files.tables import Text, TextTable, parse_table, read_table
from aacbench.leaderboard.challenge.description import problems as description_problems
from aacbench.leaderboard.challenge.layout import (
    META,
    MOST_SYSTEMS,
    NAME,
    OUTPUT,
    PREDICTION,
    QUERY,
    REPORT,
    TASKS,
    Task,
    header,
    parse_label,
)  # fmt: skip
from aacbench.leaderboard.verification.submit import LARGEST, plain_yaml

MOST_MEMBERS, LARGEST_OUTPUT = 200, 64 * 2**20  # files of a package; bytes of an output
JUNK = ("__MACOSX/", ".DS_Store")


@dataclass(frozen=True, slots=True)
class Checked:
    """A package's systems, and in one line each what is wrong."""

    systems: tuple[str, ...]
    problems: tuple[str, ...]


def check(path: Path, wanted: Sequence[str] | None = None) -> Checked:
    """Return what is wrong with the zip at `path`; `wanted` are the clips (or queries) that each output has to hold.

    Raises:
        UserError: it cannot be read, or is no zip.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist() if not info.is_dir()}
            if len(members) > MOST_MEMBERS:
                raise UserError(f"{path} holds {len(members):,} files; a package has at most {MOST_MEMBERS}")
            names = [name for name in members if not any(one in name for one in JUNK)]
            stems = sorted({name.removesuffix(OUTPUT).removesuffix(META) for name in names if _is_system(name)})
            problems = [*_of_layout(names, stems)]
            held: dict[str, frozenset[str]] = {}
            for stem in stems:
                label = stem.rsplit("/", 1)[-1]
                found = [*_of_system(archive, members, stem, label, wanted, held)]
                problems += [f"{label}: {one}" for one in found]
            problems += _of_each_other(held)
            return Checked(tuple(stem.rsplit("/", 1)[-1] for stem in stems), tuple(problems))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or one_line(error)}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UserError(f"{path} is no sound zip: {one_line(error)}") from error


def wanted_of(path: Path) -> list[str]:
    """Return the clips of a table by its column of file names, or else its queries.

    Raises:
        UserError: it cannot be read, or has neither column.
    """
    table = read_table(path, [NAME, QUERY])
    at = table.column(NAME if NAME in table.header else QUERY)
    return [*dict.fromkeys(cells[at] for _, cells in table.rows if at < len(cells))]


def _is_system(name: str) -> bool:
    return name.endswith((OUTPUT, META))


def _of_layout(names: Sequence[str], stems: Sequence[str]) -> Iterator[str]:
    if not stems:
        yield f"there is no system: wanted taskN/LABEL/LABEL{OUTPUT} and LABEL{META}"
    if len(stems) > MOST_SYSTEMS:
        yield f"there are {len(stems)} systems; at most {MOST_SYSTEMS} may be handed in"
    parsed = [parse_label(stem.rsplit("/", 1)[-1]) for stem in stems]
    for stem, label in zip(stems, parsed, strict=True):
        name = stem.rsplit("/", 1)[-1]
        if label is None:
            yield f"{cut(name)!r} is no label; wanted Lastname_Institute_taskN_K with K from 1 to {MOST_SYSTEMS}"
        elif stem != f"{label.task}/{name}/{name}":
            yield f"{name} lies at {cut(stem)}; wanted {label.task}/{name}/{name}"
    good = [label for label in parsed if label is not None]
    tasks = sorted({label.task for label in good})
    if len(tasks) > 1:
        yield f"the systems are of several tasks: {first_few(tasks)}"
    numbers = sorted(label.number for label in good)
    if numbers != [*range(1, len(numbers) + 1)]:
        yield f"the systems are numbered {', '.join(map(str, numbers))}; wanted 1, 2, ..."
    if not any(name.endswith(REPORT) for name in names):
        yield f"there is no technical report (LABEL{REPORT})"
    strangers = [name for name in names if not _is_system(name) and not name.endswith(REPORT)]
    if strangers:
        yield f"{len(strangers)} files belong to no system: {first_few(strangers)}"


def _of_system(
    archive: zipfile.ZipFile,
    members: dict[str, zipfile.ZipInfo],
    stem: str,
    label: str,
    wanted: Sequence[str] | None,
    held: dict[str, frozenset[str]],
) -> Iterator[str]:
    meta = _content(archive, members, f"{stem}{META}", LARGEST)
    if isinstance(meta, str):
        yield meta
    else:
        yield from _of_description(meta, label)
    output = _content(archive, members, f"{stem}{OUTPUT}", LARGEST_OUTPUT)
    if isinstance(output, str):
        yield output
        return
    try:
        table = parse_table(Text(Path(f"{label}{OUTPUT}"), output.decode("utf-8-sig")), [NAME, QUERY])
    except (UserError, UnicodeDecodeError) as error:
        yield f"its output cannot be read: {one_line(error)}"
        return
    yield from _of_output(table, wanted)
    held[label] = frozenset(cells[0] for _, cells in table.rows if cells)


def _content(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str, most: int) -> bytes | str:
    """Return a member's bytes, or why there are none."""
    short = name.rsplit("/", 1)[-1]
    if name not in members:
        return f"there is no {short}"
    with archive.open(members[name]) as file:
        content = file.read(most + 1)  # whatever the zip's table says of its size
    return content if len(content) <= most else f"{short} has more than {most:,} bytes"


def _of_description(content: bytes, label: str) -> Iterator[str]:
    try:
        yield from (f"its description {problem}" for problem in description_problems(plain_yaml(content), label))
    except ValueError as error:
        yield f"its description is no YAML: {one_line(error)}"


def _of_output(table: TextTable, wanted: Sequence[str] | None) -> Iterator[str]:
    task = next((one for one in TASKS if table.header == header(one)), None)
    if task is None:
        either = " or ".join(",".join(header(one)[:2]) for one in TASKS)
        yield f"its output has the columns {first_few(table.header, 12)}; wanted {either},..."
        return
    width = len(table.header)
    odd = [line for line, cells in table.rows if len(cells) != width]
    if odd:
        yield f"its output has {len(odd)} lines without {width} cells, the first at line {odd[0]}"
    rows = [cells for _, cells in table.rows if len(cells) == width]
    counted = Counter(cells[0] for cells in rows)
    twice = [name for name, times in counted.items() if times > 1]
    if twice:
        yield f"its output names {len(twice)} {_keys(task)} more than once: {first_few(twice)}"
    yield from _of_cells(task, rows)
    if wanted is not None:
        asked = {*wanted}
        missing, strange = [one for one in wanted if one not in counted], [one for one in counted if one not in asked]
        if missing:
            yield f"its output lacks {len(missing)} of {len(wanted)} {_keys(task)}: {first_few(missing)}"
        if strange:
            yield f"its output has {len(strange)} {_keys(task)} that are not asked for: {first_few(strange)}"


def _keys(task: Task) -> str:
    return "clips" if task == "captioning" else "queries"


def _of_cells(task: Task, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if task == "captioning":
        empty = [cells[0] for cells in rows if not cells[1].strip()]
        if empty:
            yield f"its output has {len(empty)} empty captions ({PREDICTION}): {first_few(empty)}"
        return
    short = [cells[0] for cells in rows if not all(cell.strip() for cell in cells[1:])]
    if short:
        yield f"its output has {len(short)} lists of fewer than {len(rows[0]) - 1} clips: {first_few(short)}"
    again = [cells[0] for cells in rows if len({*filter(None, cells[1:])}) < len([*filter(None, cells[1:])])]
    if again:
        yield f"its output has {len(again)} lists that name a clip twice ({NAME}_1, ...): {first_few(again)}"


def _of_each_other(held: dict[str, frozenset[str]]) -> Iterator[str]:
    first = next(iter(held), None)
    for label, names in held.items():
        if first is not None and names != held[first]:
            yield f"{label}: its output is not of the same clips or queries as that of {first}"
