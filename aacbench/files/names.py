r"""The one matcher of clip names: letter for letter first, then near names where there is no doubt.

A near name differs in any of these: Unicode form, blanks at its ends, `\` for `/`, folders in front, letter case, and
an audio ending that is another or not there. A near name counts only if no other would do as well, on either side; of
several, the one with the fewest differences. Whatever was not matched letter for letter is said (`NameMatch.said`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from aacbench.errors import counted, cut
from aacbench.files.audio_files import READABLE

AUDIO_ENDINGS = (*READABLE, ".m4a", ".aac", ".wma", ".webm", ".mp4")


@dataclass(frozen=True)
class NameMatch:
    """Which given name stands for which wanted one; `near` are the wanted ones whose partner is not equal to them."""

    of: Mapping[str, str]
    near: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def said(self, given: str, wanted: str) -> list[str]:
        """Return a line about near names; `given` and `wanted` say where the two kinds of names stand."""
        if not self.near:
            return []
        first = self.near[0]
        pair = f"{cut(self.of[first])!r} is taken for {cut(first)!r}"
        names = counted(len(self.near), f"name of {given} is", f"names of {given} are")
        return [f"{names} not letter for letter those of {wanted}: {pair}"]

    def hint(self) -> str:
        """Return in brackets why a near name was not taken, "" where there is none."""
        for name, others in self.ambiguous.items():
            return f" ({cut(name)!r} could be {' or '.join(repr(cut(other)) for other in others[:3])})"
        return ""


def match_names(wanted: Iterable[str], given: Iterable[str]) -> NameMatch:
    """Return the partner among `given` of each name of `wanted`; every name is used once at most."""
    lacking, offered = dict.fromkeys(wanted), dict.fromkeys(given)
    of = {name: name for name in lacking if name in offered}
    free = {_loose(name): list[str]() for name in lacking if name not in of}
    for name in offered:
        if name not in of and (key := _loose(name)) in free:
            free[key].append(name)
    groups: dict[str, list[str]] = defaultdict(list)
    for name in lacking:
        if name not in of:
            groups[_loose(name)].append(name)
    ambiguous: dict[str, tuple[str, ...]] = {}
    near: dict[str, str] = {}
    for key, names in groups.items():
        _pair(names, free[key], near, ambiguous)
    order = tuple(name for name in lacking if name in near)
    of |= near
    taken = set(of.values())
    return NameMatch(
        {name: of[name] for name in lacking if name in of},
        order,
        tuple(name for name in lacking if name not in of),
        tuple(name for name in offered if name not in taken),
        ambiguous,
    )


def find_name(asked: str, known: Iterable[str]) -> str | None:
    """Return which of the `known` names is asked for, a near one where there is no doubt; None for none."""
    return match_names([asked], known).of.get(asked)


def without_ending(name: str) -> str:
    """Return a name without its audio ending; other dots are part of the name."""
    stem, dot, ending = name.rpartition(".")
    return stem if stem and f"{dot}{ending.strip()}".casefold() in AUDIO_ENDINGS else name


def _unicode(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _slashes(name: str) -> str:
    return name.replace("\\", "/")


def _last_part(name: str) -> str:
    return _slashes(name).rstrip("/").rpartition("/")[2] or name


_DIFFERENCES: tuple[Callable[[str], str], ...] = (
    _unicode, _slashes, _last_part, str.strip, without_ending, str.casefold
)  # fmt: skip


def _form(name: str, differences: Iterable[Callable[[str], str]]) -> str:
    for difference in differences:
        name = difference(name)
    return name


def _loose(name: str) -> str:
    """Return what is left of a name without all that near names may differ in."""
    compatible = unicodedata.normalize("NFKC", name)
    return _form(compatible, _DIFFERENCES).strip()


def _pair(wanted: list[str], given: list[str], near: dict[str, str], ambiguous: dict[str, tuple[str, ...]]) -> None:
    """Pair the names of one loose form, those with the fewest differences first."""
    if len(wanted) == len(given) == 1:
        near[wanted[0]] = given[0]
        return
    left, right = list(wanted), list(given)
    for count in range(1, len(_DIFFERENCES) + 1):
        offers: dict[str, set[str]] = defaultdict(set)
        asked: dict[str, set[str]] = defaultdict(set)
        for differences in combinations(_DIFFERENCES, count):
            by_form: dict[str, list[str]] = defaultdict(list)
            for name in right:
                by_form[_form(name, differences)].append(name)
            for name in left:
                for other in by_form.get(_form(name, differences), ()):
                    offers[name].add(other)
                    asked[other].add(name)
        for name, others in offers.items():
            if len(others) == 1 and len(asked[next(iter(others))]) == 1:
                near[name] = next(iter(others))
            else:
                ambiguous[name] = tuple(sorted(others))
        left = [name for name in left if name not in offers]
        right = [name for name in right if name not in asked]


def path_safe(name: str) -> str:
    """Return a name in small letters as it can stand in a path: `Qwen/Qwen2-Audio` is `qwen-qwen2-audio`."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._") or "unnamed"
