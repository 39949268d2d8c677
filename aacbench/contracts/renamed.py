"""Names of the previous release that specs are still made with and asked for; each use is a `DeprecationWarning`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from aacbench.runtime.renamed import warn_renamed

T = TypeVar("T")
Renamed = str | tuple[str, Callable[[Any], Any]]


def accepts_renamed(**renamed: Renamed) -> Callable[[type[T]], type[T]]:
    """Return a class decorator: old keyword and attribute names stand for new ones.

    Each is the new name, or the new name and a function that turns the old value into the new one and back.
    """

    def decorate(cls: type[T]) -> type[T]:
        made: Callable[..., None] = cls.__init__

        @wraps(made)
        def init(self: T, *arguments: Any, **keywords: Any) -> None:
            for old in renamed.keys() & keywords.keys():
                if (new := _new_name(renamed[old])) in keywords:
                    raise TypeError(f"{cls.__name__} got both {new!r} and {old!r}, its name of old")
                keywords[new] = _renamed(cls, old, renamed[old], keywords.pop(old))
            made(self, *arguments, **keywords)

        def get(self: T, name: str) -> Any:
            if name not in renamed:
                raise AttributeError(f"{cls.__name__!r} object has no attribute {name!r}")
            return _renamed(cls, name, renamed[name], getattr(self, _new_name(renamed[name])))

        setattr(cls, "__init__", init)  # noqa: B010 - a type checker knows the new names alone
        setattr(cls, "__getattr__", get)  # noqa: B010
        return cls

    return decorate


def _new_name(new: Renamed) -> str:
    return new if isinstance(new, str) else new[0]


def _renamed(cls: type, old: str, new: Renamed, value: Any) -> Any:
    """Return the value as it stands under the new name, or back; warn on behalf of the caller's caller."""
    message = f"{cls.__name__}: {old!r} is called {_new_name(new)!r} now; rename it"
    warn_renamed(message, stacklevel=3)
    return value if isinstance(new, str) else new[1](value)
