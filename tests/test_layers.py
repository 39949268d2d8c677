"""The layers of the house plan hold: a module imports only from lower ones, leaves never import one another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "aacbench"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("version", "errors", "types", "paths", "progress", "reading", "device", "distributed"),
    ("audio", "features", "text", "download", "archives", "seeds", "fingerprint", "leaks"),
    ("contracts", "hookspecs", "registry", "context", "networks", "weights", "settings", "splits", "parts", "choice"),
    ("datasets", "encoders", "decoders", "pretraining", "metrics"),
    ("training", "decoding", "scoring"),
    ("baselines", "methods", "record", "leaderboard", "tasks", "run", "reopen", "sweep", "plots", "topics"),
    ("builtin", "plugins", "api", "testing", "scaffold"),
    ("cli", "__main__"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
LEAVES = ("datasets", "encoders", "decoders", "pretraining", "metrics")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path, tree: ast.AST | None = None) -> Iterator[str]:
    """Yield the aacbench modules that `path` imports, leaving out imports for type checkers alone."""
    for node in ast.iter_child_nodes(tree or ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if module_exists(whole) else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            yield from imports(path, node)


def module_exists(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def part(name: str) -> str:
    """Return the layer's member that a dotted aacbench module belongs to."""
    return name.split(".")[1] if "." in name else ""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_imports_only_lower_layers(path: Path) -> None:
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    if own == "__init__":
        return
    assert own in RANK, f"{own} has no layer; give it one in LAYERS"
    for name in imports(path):
        if name.split(".")[0] == "aacbench" and part(name) not in ("", own):
            assert RANK[part(name)] <= RANK[own], f"{path.name} imports {name} from a higher layer"


@pytest.mark.parametrize("kind", LEAVES)
def test_leaves_do_not_import_one_another(kind: str) -> None:
    found = [path for path in (PACKAGE / kind).rglob("*.py") if path.name != "__init__.py"]
    assert found
    for path in found:
        leaf = path.relative_to(PACKAGE / kind).with_suffix("").parts[0]
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "aacbench" and len(parts) > 2 and parts[1] in LEAVES:
                shared = parts[1] == kind and (parts[2] == leaf or not is_leaf(kind, parts[2]))
                assert shared, f"{path.relative_to(ROOT)} imports another leaf, {name}"


def is_leaf(kind: str, module: str) -> bool:
    """Whether a module of `kind` is named by a spec, so that it is a leaf rather than a piece that leaves share."""
    listed = (PACKAGE / "builtin" / f"{kind}.py").read_text(encoding="utf-8")
    return f"aacbench.{kind}.{module}" in listed


def test_no_import_cycles() -> None:
    graph = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): {
            name for name in imports(path) if name.split(".")[0] == "aacbench"
        }
        for path in modules()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail, name])
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
