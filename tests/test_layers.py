"""The floor plan holds: a module imports only from strictly lower floors, there is no circle, leaves stay apart.

Imports count wherever they stand: at the top, in a function, and under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "aacbench"

FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "types", "version"),
    ("files", "runtime"),
    ("audio", "text"),
    ("contracts",),
    ("datasets", "hookspecs", "models", "trackers"),
    ("host", "inference", "metrics"),
    ("scoring",),
    ("runs",),
    ("analysis", "leaderboard", "training"),
    ("methods", "pretraining", "sweep", "testing"),
    ("api", "cli"),
    ("__init__", "__main__"),
)
FLOOR = {door: number for number, doors in enumerate(FLOORS, 1) for door in doors}
LEAVES = {  # folders of parts, each named by a spec, and where those specs are listed
    "datasets": "datasets",
    "models/encoders": "encoders",
    "models/decoders": "decoders",
    "pretraining": "pretraining",
    "metrics": "metrics",
    "methods": "methods",
    "trackers": "trackers",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[str]:
    """Yield the aacbench modules that `path` imports, wherever in the file that is."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if module_exists(whole) else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def own_imports(path: Path) -> set[str]:
    return {name for name in imports(path) if name.split(".")[0] == "aacbench"}


def module_exists(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_doors_and_floors_are_few() -> None:
    doors = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in modules()}
    assert doors == set(FLOOR)
    assert len(doors - {"__init__", "__main__"}) <= 26
    assert len(FLOORS) <= 12


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_imports_only_strictly_lower_floors(path: Path) -> None:
    door = path.relative_to(PACKAGE).with_suffix("").parts[0]
    for name in own_imports(path):
        other = name.split(".")[1] if "." in name else "__init__"
        if other != door and not (name == "aacbench" and door == "__main__"):
            assert FLOOR[other] < FLOOR[door], f"{dotted(path)} imports {name}, which is on no lower floor"


def specs(kind: str) -> str:
    """Return the text that lists a kind's built-in specs."""
    return (PACKAGE / "host" / "builtin" / f"{kind}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", LEAVES)
def test_leaves_do_not_import_one_another(folder: str) -> None:
    prefix = f"aacbench.{folder.replace('/', '.')}."
    listed = specs(LEAVES[folder])

    def leaf(name: str) -> str:
        """Return the leaf that a module belongs to, "" for a piece that leaves share."""
        own = name.removeprefix(prefix).split(".")[0] if name.startswith(prefix) else ""
        return own if own and f"{prefix}{own}" in listed else ""

    paths = [path for path in (PACKAGE / folder).rglob("*.py") if path.name != "__init__.py"]
    assert any(leaf(dotted(path)) for path in paths)
    for path in paths:
        for name in own_imports(path):
            assert leaf(name) in ("", leaf(dotted(path))), f"{dotted(path)} imports another leaf, {name}"


def test_no_circles() -> None:
    graph = {dotted(path): own_imports(path) for path in modules()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for other in graph.get(name, ()):
                if other != name:
                    visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_core_never_imports_a_method_plugin() -> None:
    for path in modules():
        for name in imports(path):
            assert not name.startswith("aacbench_"), f"{path} imports the plugin {name}"
