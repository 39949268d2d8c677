"""What makes a part: a callable, or the text that names one, which is imported when the part is used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from aacbench.errors import AacbenchError

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
        imported: Callable[..., Any] = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise AacbenchError(f"cannot import {factory!r}, which a plugin names ({error})") from error
    return imported
