"""Write the installed versions of all that aacbench and its extras want, as constraints for pip."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

HEAD = """# What aacbench was last tested with (Python {python}): `pip install aacbench -c constraints.txt`.
# Written by `.ci/write-constraints`. Any newer set that pip resolves is tested every week as well.
"""
NOT_FOR_USERS = {"dev"}


def main() -> None:
    """Write the file that is named."""
    seen: dict[str, str] = {}
    extras = distribution("aacbench").metadata.get_all("Provides-Extra") or []
    visit("aacbench", tuple(extra for extra in extras if extra not in NOT_FOR_USERS), seen, set())
    del seen["aacbench"]
    lines = [f"{name}=={version}\n" for name, version in sorted(seen.items())]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    Path(sys.argv[1]).write_text(HEAD.format(python=python) + "".join(lines), encoding="utf-8")


def visit(name: str, extras: tuple[str, ...], seen: dict[str, str], done: set[tuple[str, str]]) -> None:
    """Note the version of `name`, and of what it wants with these extras."""
    try:
        seen[name] = distribution(name).version.partition("+")[0]
    except PackageNotFoundError:  # an extra that is not installed here
        return
    for requirement in wanted(name, extras):
        other = re.sub(r"[-_.]+", "-", requirement.name).lower()
        for extra in ("", *requirement.extras):
            if (other, extra) not in done:
                done.add((other, extra))
                visit(other, (extra,) if extra else (), seen, done)


def wanted(name: str, extras: tuple[str, ...]) -> Iterator[Requirement]:
    """Yield the requirements that hold here."""
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


if __name__ == "__main__":
    main()
