"""What callers hand in, checked: one line says what was wanted, and where the other thing stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aacbench.errors import UserError, cut

COCO = "a dictionary, as the COCO tools take; wanted a list, in one order of clips: [{0}[clip] for clip in clips]"


def metric_names(metrics: object) -> list[str] | None:
    """Return names from a list of them or from text such as `bleu,cider_d`; None is None.

    Raises:
        UserError: it is something else.
    """
    if metrics is None:
        return None
    if isinstance(metrics, str):
        return [name.strip() for name in metrics.split(",") if name.strip()]
    return _texts("metrics", metrics, "a name")


def candidates(values: object) -> list[str]:
    """Return one caption a clip.

    Raises:
        UserError: it is no list, or an item is no text.
    """
    return _texts("candidates", values, "a caption")


def references(values: object) -> list[list[str]]:
    """Return the list of each clip's references.

    Raises:
        UserError: it is no list of lists, or a reference is no text.
    """
    clips = _listed("references", values, "a list of captions a clip")
    return [_texts(f"references[{index}]", clip, "a caption") for index, clip in enumerate(clips)]


def names(values: object) -> list[str]:
    """Return file names of clips; raises as `candidates`."""
    return _texts("ids", values, "a file name")


def _texts(what: str, values: object, wanted: str) -> list[str]:
    items = _listed(what, values, f"{wanted} each")
    for index, item in enumerate(items):
        if not isinstance(item, str):
            raise UserError(f"{what}[{index}] is {_named(item)}; wanted {wanted} as text")
    return [str(item) for item in items]


def _listed(what: str, values: object, wanted: str) -> list[Any]:
    if isinstance(values, Mapping):
        raise UserError(f"{what} are {COCO.format(what)}")
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise UserError(f"{what} are {_named(values)}; wanted a list, {wanted}")
    return [*values]


def _named(value: object) -> str:
    """Return a value in words: `None`, `the number nan`, `a list (['a dog'])`."""
    if value is None:
        return "None"
    if isinstance(value, bool | int | float):
        return f"the number {value}"
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} ({cut(repr(value), 60)})"
