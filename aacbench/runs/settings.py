"""From presets, variants and `--set KEY=VALUE` to a method's settings, with one clear line for what does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from aacbench.contracts.settings import current_names, meant, nested_model, with_later
from aacbench.errors import UserError, cut, one_line, unknown_name
from aacbench.files.safe_read import parse_json

DEEPEST = 20  # levels of a setting's name


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `changes`; mappings are merged key by key, everything else is replaced."""
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(old, value) if both else value  # type: ignore[arg-type]
    return merged


def assignments(texts: Sequence[str]) -> dict[str, Any]:
    """Return `a.b=1` texts as nested mappings; values are JSON where they parse as JSON, else plain text.

    Raises:
        UserError: a text has no `=` or an empty key.
    """
    nested: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        path = key.strip().split(".")
        if not equals or not all(path) or len(path) > DEEPEST:
            raise UserError(f"--set wants KEY=VALUE, such as search.beam_size=3; got {cut(text)!r}")
        change: dict[str, Any] = {path[-1]: _value(value.strip())}
        for part in reversed(path[:-1]):
            change = {part: change}
        nested = merge(nested, change)
    return nested


def flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested assignments as texts by dotted name, which is how datasets take their settings."""
    texts: dict[str, str] = {}
    for key, value in nested.items():
        texts |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": str(value)}
    return texts


def build(model: type[BaseModel], layers: Sequence[Mapping[str, Any]]) -> BaseModel:
    """Return the model's defaults with the layers laid over them, the last one on top; names of old stand for new ones.

    Raises:
        UserError: a key is unknown (with near matches) or a value is not of the wanted kind.
    """
    values: dict[str, Any] = model().model_dump()
    for layer in layers:
        values = merge(values, meant(model, current_names(model, layer), values))
    return _valid(model, values)


def _valid(model: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _user_error(model, error) from error


def rebuild(model: type[BaseModel], kept: Mapping[str, Any]) -> BaseModel:
    """Return the settings that a run's folder keeps; what it leaves out is not the model's own choice of it.

    Raises:
        UserError: a key is unknown (with near matches) or a value is not of the wanted kind.
    """
    return _valid(model, merge(model().model_dump(), with_later(model, current_names(model, kept))))


def _value(text: str) -> Any:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return parse_json(text)
    except ValueError:
        return text


def _user_error(model: type[BaseModel], error: ValidationError) -> UserError:
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    key = cut(".".join(path))
    if first["type"] == "extra_forbidden":
        return unknown_name("setting", key, _keys(model, path[:-1]))
    if first["type"] == "value_error" and isinstance(first["input"], Mapping):  # how settings go together
        return UserError(f"{key + ': ' if key else ''}{first['ctx']['error']}")
    said = one_line(ValueError(first["msg"]))
    return UserError(f"the setting {key} cannot be {cut(repr(first['input']))}: {said[:1].lower()}{said[1:]}")


def _keys(model: type[BaseModel], path: Sequence[str]) -> list[str]:
    """Return the settings' dotted names at `path`."""
    if not path:
        return [*model.model_fields]
    inner = nested_model(model, path[0])  # None: in a list or a mapping
    return [] if inner is None else [f"{path[0]}.{name}" for name in _keys(inner, path[1:])]
