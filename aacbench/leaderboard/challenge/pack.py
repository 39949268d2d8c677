"""A package for the challenge from runs, or from files of predictions: outputs, descriptions, all in one zip."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.files.atomic import atomic_path
from aacbench.files.safe_read import read_bytes
from aacbench.leaderboard.challenge.description import description
from aacbench.leaderboard.challenge.layout import DEPTH, META, OUTPUT, REPORT, Label, Task, header, labels
from aacbench.leaderboard.verification.described import described
from aacbench.leaderboard.verification.submit import read_meta
from aacbench.runs.about import About
from aacbench.runs.record import RunRecord
from aacbench.scoring.files import read_predictions
from aacbench.scoring.ranked_lists import is_top_list, read_lists

EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is packed


@dataclass(frozen=True, slots=True)
class PackRequest:
    """What to pack: `systems` are folders of runs or files of predictions; `label` lacks the number at its end."""

    task: Task
    systems: Sequence[Path]
    label: str
    output: Path
    meta: Path | None = None
    report: Path | None = None


def pack(request: PackRequest, registries: Registries) -> list[Label]:
    """Write the zip and return its systems' labels.

    Raises:
        UserError: the label is none, there are too many systems, or what they predicted has another form.
    """
    named = labels(request.label, len(request.systems))
    about = read_meta(request.meta)[0] if request.meta else About()
    members: dict[str, bytes] = {}
    for label, system in zip(named, request.systems, strict=True):
        folder = f"{label.task}/{label}/{label}"
        members[f"{folder}{OUTPUT}"] = output_text(request.task, system).encode()
        members[f"{folder}{META}"] = _description(label, system, about, registries, request.task).encode()
    if request.report is not None:
        first = named[0]
        members[f"{first.task}/{first}{REPORT}"] = _report(request.report)
    with atomic_path(request.output) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return named


def output_text(task: Task, system: Path) -> str:
    """Return what a run, or a file, predicted in the challenge's form.

    Raises:
        UserError: it cannot be read, or is of another task.
    """
    file = system / "predictions.csv" if system.is_dir() else system
    ranked = is_top_list(file)
    if ranked != (task == "retrieval"):
        raise UserError(f"{file} holds {'ranked lists' if ranked else 'captions'}; --task says {task}")
    if ranked:
        rows = [[query, *names[:DEPTH], *[""] * (DEPTH - len(names))] for query, names in read_lists(file).items()]
    else:
        rows = [[name, caption] for name, caption in read_predictions(file).captions.items()]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header(task))
    writer.writerows(rows)
    return text.getvalue()


def _description(label: Label, system: Path, own: About, registries: Registries, task: Task) -> str:
    """Return a system's description; what the user says goes before what its method says of itself."""
    if not system.is_dir():
        return description(label, own, None)
    record = described(RunRecord.load(system / "record.json"), registries)
    if record.task != task:
        raise UserError(f"{system} is a run of {record.task}; --task says {task}")
    said = {name: getattr(own, name) for name in own.model_fields_set if getattr(own, name)}
    return description(label, record.about.model_copy(update={"authors": [], **said}), record)


def _report(path: Path) -> bytes:
    content = read_bytes(path, "a PDF")
    if not content.startswith(b"%PDF-"):
        raise UserError(f"{path} is no PDF; the technical report is one")
    return content
