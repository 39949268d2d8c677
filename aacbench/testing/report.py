"""How a check finds the part it is given, and how it says what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, cast

from aacbench.contracts import Spec
from aacbench.contracts.registry import Registries, Registry
from aacbench.host import manager

S = TypeVar("S", bound=Spec)


class ContractError(AssertionError):
    """A part does not keep its contract: what was checked, what was wanted, what came."""


@dataclass(frozen=True)
class Checked:
    """The part under check, as messages call it: `encoder my-encoder`."""

    name: str

    def require(self, holds: bool, wanted: str, came: object) -> None:
        """Raise `ContractError` unless `holds`."""
        if not holds:
            raise ContractError(f"{self.name}: wanted {wanted}; came {came}")


def find(spec_type: type[S], part: str | S) -> tuple[S, Checked, Registries]:
    """Return the spec of `part` (a registered name, or the spec itself), the report, and registries that hold it.

    Raises:
        UserError: no installed plugin brings a part of that name.
        ContractError: `part` is neither, or another installed part bears the spec's name.
    """
    registries = manager.load().registries
    registry = cast("Registry[S]", next(one for one in registries.by_hook().values() if one.spec_type is spec_type))
    if isinstance(part, str):
        return registry[part], Checked(f"{spec_type.kind} {part}"), registries
    checked = Checked(f"{spec_type.kind} {getattr(part, 'name', part)!s}")
    checked.require(
        isinstance(part, spec_type), f"the name of an installed part or a {spec_type.__name__}", type(part).__name__
    )
    if part.name not in registry:
        registry.add(part, "aacbench.testing")
    checked.require(registry[part.name] == part, "a name that no other part bears", registry.origin(part.name))
    return part, checked, registries


def check_spec(checked: Checked, spec: Spec) -> None:
    """Check what every spec has: a summary of one line."""
    summary = spec.summary
    checked.require(bool(summary.strip()) and "\n" not in summary, "a summary of one line", repr(summary))
