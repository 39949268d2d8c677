"""Factories: how a spec names the code of its part, and how the part is made."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

from aacbench.errors import AacbenchError, unknown_name

if TYPE_CHECKING:
    from aacbench.contracts import Spec

Factory = str | Callable[..., Any]


def load(factory: Factory) -> Callable[..., Any]:
    """Return the callable that `factory` names, importing its module if need be.

    Raises:
        AacbenchError: there is no such module or attribute, or the module's own imports fail.
    """
    if not isinstance(factory, str):
        return factory
    module, _, attribute = factory.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise AacbenchError(f"cannot import {factory!r}, which a plugin names ({error})") from error
    return found


def make(spec: Spec, **arguments: Any) -> Any:
    """Return what the spec's factory makes of `arguments`.

    Raises:
        UserError: the factory does not take one of them, which is a setting; near matches are named.
        AacbenchError: the factory cannot be imported.
    """
    factory = load(spec.factory)
    taken = signature(factory).parameters.values()
    known = [one.name for one in taken if one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD)]
    if not any(one.kind is one.VAR_KEYWORD for one in taken):
        for name in arguments:
            if name not in known:
                raise unknown_name(f"setting of the {spec.kind} {spec.name}", name, known)
    return factory(**arguments)
