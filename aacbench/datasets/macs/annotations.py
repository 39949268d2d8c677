"""MACS.yaml: `files` is a list of {filename, annotations: [{annotator_id, sentence, tags}]}."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aacbench.datasets.shared.tables import check_names, read_text, refuse
from aacbench.errors import UserError

FILE = "MACS.yaml"
CLIPS = 3930
MOST = 5  # captions of a clip


@dataclass(frozen=True, slots=True)
class Annotated:
    """A clip's captions, and the tags that any of its annotators chose."""

    captions: tuple[str, ...]
    tags: tuple[str, ...]


def read_annotations(path: Path) -> dict[str, Annotated]:
    """Return captions and tags of each clip by file name, in the file's order.

    Raises:
        UserError: no such YAML, repeated names, or clips without a caption or with an empty one.
    """
    clips = list(_entries(path))
    check_names(path, [name for name, _ in clips])
    refuse(path, "clips without captions", [name for name, clip in clips if not clip.captions])
    refuse(path, "clips with an empty caption", [name for name, clip in clips if not all(clip.captions)])
    return dict(clips)


def _entries(path: Path) -> Iterator[tuple[str, Annotated]]:
    try:
        for entry in _load(path)["files"]:
            annotations = entry["annotations"]
            tags = (str(tag) for annotation in annotations for tag in annotation.get("tags") or ())
            captions = tuple(str(annotation["sentence"] or "").strip() for annotation in annotations)
            yield str(entry["filename"]), Annotated(captions, tuple(dict.fromkeys(tags)))
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path} is not {FILE} of MACS ({error}): wanted files with filename and annotations; fetch it again"
        ) from error


def _load(path: Path) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times faster
    try:
        return yaml.load(read_text(path), Loader=loader)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path} is no sound YAML ({reason}); fetch it again") from error
