"""MACS.yaml: `files` is a list of {filename, annotations: [{annotator_id, sentence, tags}]}.

Only lists, mappings and texts are read, straight from the parser's events: no tags that make objects, no aliases (a
few lines of them can stand for gigabytes), nothing deeper than the file is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aacbench.datasets.shared.tables import check_names, read_text, refuse
from aacbench.errors import UserError, one_line

FILE = "MACS.yaml"
CLIPS = 3930
MOST = 5  # captions of a clip
DEEPEST = 12  # levels of lists and mappings; the file has seven
ABSENT = ("", "~", "null", "Null", "NULL")


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
    for entry in _kind(path, _kind(path, _load(path), dict, "files").get("files"), list, "files"):
        clip = _kind(path, entry, dict, "filename and annotations")
        captions: list[str] = []
        tags: list[str] = []
        for one in _kind(path, clip.get("annotations"), list, "annotations"):
            annotation = _kind(path, one, dict, "sentence and tags")
            captions.append(_kind(path, annotation.get("sentence", ""), str, "sentence").strip())
            tags += [_kind(path, tag, str, "tags") for tag in _kind(path, annotation.get("tags") or [], list, "tags")]
        name = _kind(path, clip.get("filename"), str, "filename")
        yield name, Annotated(tuple(captions), tuple(dict.fromkeys(tags)))


def _kind(path: Path, value: Any, wanted: type, what: str) -> Any:
    if not isinstance(value, wanted):
        raise UserError(
            f"{path} is not {FILE} of MACS ({what} is no {wanted.__name__}): wanted files with filename and "
            "annotations; fetch it again"
        )
    return value


def _load(path: Path) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times faster
    try:
        return _built(yaml.parse(read_text(path), Loader=loader))
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"{path} is no sound YAML ({one_line(error)}); fetch it again") from error


def _built(events: Iterator[Any]) -> Any:
    """Return the document of these events; an absent value is an empty text."""
    import yaml

    root: list[Any] = []
    open_: list[Any] = [root]  # containers that go on, the innermost last
    keys: list[str | None] = [None]  # for each of them: the key whose value is next
    for event in events:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None):
            raise ValueError("it has aliases or tags, which MACS has not")
        if isinstance(event, yaml.CollectionEndEvent):
            open_.pop()
            keys.pop()
        elif isinstance(event, yaml.NodeEvent):
            value: Any = [] if isinstance(event, yaml.SequenceStartEvent) else {}
            if isinstance(event, yaml.ScalarEvent):
                value = "" if event.implicit[0] and event.value in ABSENT else event.value
            keys[-1] = _put(open_[-1], keys[-1], value)
            if not isinstance(event, yaml.ScalarEvent):
                open_.append(value)
                keys.append(None)
            if len(open_) > DEEPEST:
                raise ValueError(f"it has more than {DEEPEST} levels")
    if len(root) > 1:
        raise ValueError(f"it has {len(root)} documents, not one")
    return root[0] if root else None


def _put(container: Any, key: str | None, value: Any) -> str | None:
    """Put a value, or a mapping's key, into its container; return the key that waits for its value."""
    if isinstance(container, list):
        container.append(value)
        return None
    if key is not None:
        container[key] = value
        return None
    if not isinstance(value, str):
        raise ValueError("a key is no text")
    return value
