"""Parts held out by a seed: whole groups (recordings, places) go to one side, each label in its share.

The order of the groups is that of a hash of seed and name, so that it is the same on every machine, and a clip that
comes or goes moves few others.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Name = Callable[[Item], str]


def hold_out(
    items: Sequence[Item], fraction: float, seed: int, group: Name[Item], stratum: Name[Item] | None = None
) -> tuple[list[Item], list[Item]]:
    """Return (kept, held): about `fraction` of each stratum's items is held, in whole groups, in the old order.

    A stratum with one group is kept; of others at least one group is held if `fraction` is above 0, never all.
    """
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[group(item)].append(item)
    strata: dict[str, list[str]] = defaultdict(list)
    for name, members in groups.items():
        strata[stratum(members[0]) if stratum else ""].append(name)
    held: set[str] = set()
    for names in strata.values():
        ranked = sorted(names, key=lambda name: hashlib.sha256(f"{seed}\x1f{name}".encode()).digest())
        wanted = fraction * sum(len(groups[name]) for name in names)
        taken = 0
        for name in ranked[:-1]:
            if taken + len(groups[name]) / 2 > wanted and (taken or not fraction):
                break
            held.add(name)
            taken += len(groups[name])
    kept = [item for item in items if group(item) not in held]
    return kept, [item for item in items if group(item) in held]


def three_parts(
    items: Sequence[Item],
    validation: float,
    evaluation: float,
    seed: int,
    group: Name[Item],
    stratum: Name[Item] | None = None,
) -> dict[str, list[Item]]:
    """Return development, validation and evaluation; the fractions are of all items."""
    rest, held = hold_out(items, evaluation, seed, group, stratum)
    share = validation / (1 - evaluation)
    development, second = hold_out(rest, min(share, 1.0), seed, group, stratum)
    return {"development": development, "validation": second, "evaluation": held}
