"""The base of settings, whose names may change from release to release while files and keys of stages stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer, model_validator

from aacbench.runtime.renamed import warn_renamed


class Frozen(BaseModel):
    """Settings that cannot be changed once made; a name that is unknown is refused.

    `renamed` maps names of earlier releases to those of today. Run folders, sweep files and `--set` are read under
    either; code of plugins that uses the old one is told so by a `DeprecationWarning`. `later` names settings that came
    later than the others: they are left out of what is kept where they have their defaults, so that stages which were
    trained before keep their keys. `unkeyed` names settings that change how the work is done, or what is done with it
    afterwards, and not what comes out: they are left out of keys, so that nothing is done again where they change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def meant(cls, given: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what settings that are given, such as by `--set`, stand for; `values` are those they are laid over."""
        return given

    renamed: ClassVar[Mapping[str, str]] = {}
    later: ClassVar[tuple[str, ...]] = ()
    unkeyed: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _without_later(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = plain(self)
        for name in self.later:
            if getattr(self, name) == type(self).model_fields[name].default:
                values.pop(name, None)
        return values

    @model_validator(mode="before")
    @classmethod
    def _accept_renamed(cls, values: Any) -> Any:
        old = [name for name in cls.renamed if isinstance(values, Mapping) and name in values]
        if not old:
            return values
        _tell(cls, old[0], stacklevel=3)
        return current_names(cls, values)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in type(self).renamed:
                _tell(type(self), name, stacklevel=3)
                return getattr(self, type(self).renamed[name])
            return super().__getattr__(name)


def key_of(settings: BaseModel) -> dict[str, Any]:
    """Return settings as JSON under the names that they had first: what the keys of stages are made of."""
    first = {new: old for old, new in getattr(settings, "renamed", {}).items()}
    values: dict[str, Any] = {}
    for name, dumped in settings.model_dump(mode="json", exclude={*getattr(settings, "unkeyed", ())}).items():
        value = getattr(settings, name)
        values[first.get(name, name)] = key_of(value) if isinstance(value, BaseModel) else dumped
    return values


def current_names(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values for a model with the names of earlier releases replaced by today's, in nested settings too."""
    renamed: Mapping[str, str] = getattr(model, "renamed", {})
    current: dict[str, Any] = {}
    for key, value in values.items():
        name = renamed.get(key, key)
        inner = nested_model(model, name)
        current[name] = current_names(inner, value) if inner is not None and isinstance(value, Mapping) else value
    return current


def meant(model: type[BaseModel], given: Mapping[str, Any], values: Any, whole: bool = True) -> Mapping[str, Any]:
    """Return what given settings stand for, nested ones included (`Frozen.meant`).

    All of a model's settings stand for themselves. Where they are given from the top down, as in a run's settings.toml,
    those that are missing came in later releases, and stand for their defaults.
    """
    base: Mapping[str, Any] = values if isinstance(values, Mapping) else {}
    later = {*getattr(model, "later", ())}
    every = {*model.model_fields} - later <= {*given}
    stands = dict(given)
    for name, value in given.items():
        inner = nested_model(model, name)
        if inner is not None and isinstance(value, Mapping):
            stands[name] = meant(inner, value, base.get(name), whole and every)
    if every:
        return {**{name: model.model_fields[name].default for name in later}, **stands} if whole else stands
    return model.meant(stands, base) if issubclass(model, Frozen) else stands


def with_later(model: type[BaseModel], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as they were kept, with what was left out of them because it had its default (`later`)."""
    values = dict(kept)
    for key, value in kept.items():
        inner = nested_model(model, key)
        if inner is not None and isinstance(value, Mapping):
            values[key] = with_later(inner, value)
    for name in getattr(model, "later", ()):
        values.setdefault(name, model.model_fields[name].default)
    return values


def nested_model(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """Return the model of the nested settings `name`, also where they may be missing; None where it has none."""
    annotation = model.model_fields[name].annotation if name in model.model_fields else None
    options = [annotation, *getattr(annotation, "__args__", ())]
    return next((option for option in options if isinstance(option, type) and issubclass(option, BaseModel)), None)


def _tell(model: type, old: str, stacklevel: int) -> None:
    new = getattr(model, "renamed", {})[old]
    message = f"{model.__name__}: the setting {old!r} is called {new!r} now; rename it"
    warn_renamed(message, stacklevel=stacklevel)
