"""Plugins that are broken in every known way at once stop no other method; the method plugins stand alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.host import manager
from tests.test_layers import imports

Aacbench = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(__file__).parents[2]
METHOD_PLUGINS = sorted(path for path in (ROOT / "plugins").iterdir() if (path / "pyproject.toml").is_file())

HOOK = "from aacbench.hookspecs import hookimpl\nfrom aacbench.contracts import EncoderSpec, MethodSpec\n\n@hookimpl\n"
MODULES = {
    "lacks_a_library": "import no_such_library_at_all\n",
    "exits_at_import": "raise SystemExit('no licence found')\n",
    "misspells_a_hook": f"{HOOK}def register_method(register): register(MethodSpec('never', 's', 'm:f'))\n",
    "takes_a_name": f"{HOOK}def register_encoders(register): register(EncoderSpec('cnn10', 's', 'm:f'))\n",
    "fails_in_its_hook": f"{HOOK}def register_methods(register): register(MethodSpec('half', 's', 'm:f')); 1 / 0\n",
    "clashes_one": f"{HOOK}def register_methods(register): register(MethodSpec('one', 's', 'm:f'))\n",
    "clashes_two": f"{HOOK}def register_methods(register): register(MethodSpec('two', 's', 'm:f'))\n",
    "names_no_module": f"{HOOK}def register_methods(register): register(MethodSpec('hollow', 's', 'no.such:f'))\n",
}
REASONS = {
    "lacks-a-library": "No module named 'no_such_library_at_all'",
    "exits-at-import": "SystemExit: no licence found",
    "misspells-a-hook": "unknown hook 'register_method'",
    "takes-a-name": "registered the encoder 'cnn10', which aacbench",
    "fails-in-its-hook": "ZeroDivisionError: division by zero",
    "clashes": "clashes-one 1.0 and clashes-two 1.0 both name an entry point 'clashes'",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of them installed, each a distribution of its own."""
    folder = tmp_path_factory.mktemp("broken")
    for module, text in MODULES.items():
        (folder / f"{module}.py").write_text(text)
        info = folder / f"{module}-1.0.dist-info"
        info.mkdir()
        name = "clashes" if module.startswith("clashes") else module.replace("_", "-")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module.replace('_', '-')}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[aacbench]\n{name} = {module}\n")
    return folder


@pytest.fixture
def call(aacbench: Aacbench, outsider: Path, site: Path) -> Aacbench:
    """`aacbench` with the outsider's good plugin and all the broken ones installed."""
    paths = [ROOT, *METHOD_PLUGINS, outsider, site]

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        done = aacbench(*arguments, PYTHONPATH=os.pathsep.join(map(str, paths)))
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


def test_lists_name_every_broken_plugin_with_its_reason(call: Aacbench) -> None:
    listed, shown = call("list"), call("plugins")
    assert listed.returncode == shown.returncode == 0
    for name, reason in REASONS.items():
        (line,) = [line for line in shown.stdout.splitlines() if line.startswith(f"{name} ")]
        assert "  broken  " in line and reason in line
        assert any(name in row and reason in row for row in listed.stderr.splitlines())
    for part in ("gru-tones", "rlssr", "seq2seq", "cider_d", "hollow"):
        assert part in listed.stdout
    for part in ("never", "half"):
        assert f"  {part} " not in listed.stdout


def test_scores_and_runs_of_others_go_on(call: Aacbench, tmp_path: Path) -> None:
    ran = call("run", "--method", "human", "--dataset", "tones", "--metrics", "bleu")
    assert ran.returncode == 0, ran.stderr
    predictions = next(tmp_path.rglob("predictions.csv"))
    references = "file_name,caption_1\n" + "".join(f"{line}\n" for line in predictions.read_text().splitlines()[1:])
    (tmp_path / "references.csv").write_text(references)
    scored = call("score", predictions, "--references", "references.csv", "--metrics", "bleu")
    assert scored.returncode == 0, scored.stderr
    assert "bleu_1" in scored.stdout


@pytest.mark.parametrize(
    ("method", "code", "message"),
    [
        ("clashes", 2, "'clashes' belongs to a plugin that is broken: clashes"),
        ("nver", 2, "Broken plugin misspells-a-hook"),
        ("hollow", 1, "cannot import 'no.such:f', which a plugin names (No module named 'no')"),
    ],
)
def test_asking_for_what_a_broken_plugin_brings_says_so(call: Aacbench, method: str, code: int, message: str) -> None:
    done = call("run", "--method", method, "--dataset", "tones")
    assert done.returncode == code
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def entries() -> list[EntryPoint]:
    """Return the entry points of the repository's own method plugins."""
    wanted: set[str] = set()
    for folder in METHOD_PLUGINS:
        wanted |= set(tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]["aacbench"])
    return [entry for entry in entry_points(group=manager.GROUP) if entry.name in wanted]


@pytest.mark.parametrize("folder", METHOD_PLUGINS, ids=lambda folder: folder.name)
def test_a_method_plugin_can_go_and_can_stand_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (name,) = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]["aacbench"]
    everything = manager.load(entries())
    assert {plugin.status for plugin in everything.plugins} == {"ok"}
    (own,) = [plugin for plugin in everything.plugins if plugin.name == name]
    gone = manager.load([entry for entry in entries() if entry.name != name])
    alone = manager.load([entry for entry in entries() if entry.name == name])
    assert {plugin.status for plugin in (*gone.plugins, *alone.plugins)} == {"ok"}
    for kind, parts in own.provides.items():
        left = set(everything.registries.by_hook()[kind].names()) - set(parts)
        assert set(gone.registries.by_hook()[kind].names()) == left
        assert set(parts) <= set(alone.registries.by_hook()[kind].names())
    for method in own.provides.get("methods", []):
        with pytest.raises(UserError, match=f"unknown method '{method}'"):
            gone.registries.methods[method]
    for module in [module for module in sys.modules if module.split(".")[0] == own.module]:
        monkeypatch.setitem(sys.modules, module, None)  # its entry point is there, its files are not
    damaged = {plugin.name: plugin.status for plugin in manager.load(entries()).plugins}
    assert damaged.pop(name) == "broken"
    assert set(damaged.values()) == {"ok"}


@pytest.mark.parametrize("folder", METHOD_PLUGINS, ids=lambda folder: folder.name)
def test_a_method_plugin_imports_no_other(folder: Path) -> None:
    (package,) = folder.glob("aacbench_*/")
    found = {name.split(".")[0] for path in package.rglob("*.py") for name in imports(path)}
    assert {name for name in found if name.startswith("aacbench_")} <= {package.name}
