"""The shape of the words for an event class: what people call the source, its action and its properties.

Each class has clauses (a subject with a verb: finite, participle and what follows the verb) and nominals (a
noun in the singular and, for what can be counted, in the plural). The first wording weighs most. `cues` are
the words that name this class and no other: `diagnostics` goes by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Clause:
    """A subject and its verb, as in `a` `dog` `barks` / `barking` ``. `plural` asks for "are" in the
    progressive.

    A subject whose determiner is empty and that is singular ("someone", "rain") takes no adjective of size.
    """

    weight: int
    determiner: str
    subject: str
    finite: str
    participle: str
    rest: str = ""
    plural: bool = False


@dataclass(frozen=True)
class Nominal:
    """A noun phrase such as `knock on a door`; without `many` it cannot be counted ("rain", "footsteps")."""

    weight: int
    single: str
    many: str = ""
    determiner: str = "a"
    plural: bool = False


@dataclass(frozen=True)
class Words:
    """All that is said of a class; `adjectives` maps "high", "low" to words before a noun."""

    clauses: tuple[Clause, ...]
    nominals: tuple[Nominal, ...]
    cues: frozenset[str]
    adjectives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    manner: tuple[str, ...] = ()
