"""What is installed, from Python."""

from __future__ import annotations

from typing import Any

from aacbench.errors import resolve_name
from aacbench.host import manager
from aacbench.host.describe import describe_part


def list_parts(kind: str) -> list[str]:
    """Return the names of the registered parts of a kind: methods, datasets, encoders, decoders, metrics, ...

    Raises:
        UserError: there is no such kind.
    """
    registries = manager.load().registries.by_hook()
    return registries[resolve_name("kind", kind, registries)].names()


def describe(
    name: str, kind: str | None = None, *, preset: str | None = None, variant: str | None = None
) -> dict[str, Any]:
    """Return what is known of a registered part, as plain data; `aacbench show` prints the same.

    `kind`, such as `method`, is only needed where two parts of different kinds have one name. Of a method, the values
    of its settings are those of `preset` and `variant`, by default the paper's and the first one.

    Keys: `kind`, `name`, `summary`, `plugin`; `about` (a mapping of facts: paper, licence, task, ...); `variants` and
    `presets` of a method; `settings`, a list of `{"name", "type", "value", "default", "doc"}`; `requires`, a list of
    `{"what", "name", "size" (bytes), "here"}`.

    Raises:
        UserError: no part, variant or preset has this name.
    """
    return describe_part(manager.load(), name, kind, preset, variant)
