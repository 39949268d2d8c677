"""The plugin host: what is registered, and every way a plugin can be broken without taking the rest down."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path

import pytest

from aacbench.contracts import EncoderSpec, MethodSpec, MetricSpec
from aacbench.errors import UserError
from aacbench.hookspecs import hookimpl
from aacbench.host import manager


def entry(name: str, module: str, folder: Path, distribution: str = "third-party") -> EntryPoint:
    """Return an entry point as an installed distribution would give it."""
    info = folder / f"{distribution}-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[aacbench]\n{name} = {module}\n")
    (found,) = Distribution.at(info).entry_points
    return found


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Make a module with the given functions importable; return its name."""

    def make(name: str, **functions: object) -> str:
        made = types.ModuleType(name)
        for key, function in functions.items():
            setattr(made, key, function)
        monkeypatch.setitem(sys.modules, name, made)
        return name

    return make


def registering(hook: str, *specs: object) -> Callable[..., None]:
    def function(register: Callable[[object], None]) -> None:
        for spec in specs:
            register(spec)

    function.__name__ = hook
    return hookimpl(function)


def status(host: manager.Host, name: str) -> tuple[str, str]:
    (found,) = [plugin for plugin in host.plugins if plugin.name == name]
    return found.status, found.reason


def test_core_registers_through_the_same_hooks() -> None:
    host = manager.load([])
    assert host.plugins[0].name == "aacbench"
    assert host.plugins[0].status == "ok"
    assert {"cnn10"} <= set(host.registries.encoders.names())
    assert {"bleu", "cider_d"} <= set(host.registries.metrics.names())
    assert {"floor", "nearest", "human"} <= set(host.registries.methods.names())
    assert {"soundscapes", "clotho"} <= set(host.registries.datasets.names())


def test_a_plugin_brings_parts(module: Callable[..., str], tmp_path: Path) -> None:
    name = module("good_plugin", register_encoders=registering("register_encoders", EncoderSpec("mine", "s", "m:f")))
    host = manager.load([entry("good", name, tmp_path)])
    assert status(host, "good") == ("ok", "")
    assert host.registries.encoders["mine"].summary == "s"
    assert host.registries.encoders.origin("mine") == "good (third-party 1.0)"


def test_import_failure_is_named_and_the_rest_works(tmp_path: Path) -> None:
    host = manager.load([entry("gone", "no_such_module_anywhere", tmp_path)])
    state, reason = status(host, "gone")
    assert state == "broken"
    assert "No module named 'no_such_module_anywhere'" in reason
    assert "floor" in host.registries.methods
    with pytest.raises(UserError, match=r"'gone' belongs to a plugin that is broken.*no_such_module"):
        host.registries.methods["gone"]
    with pytest.raises(UserError, match=r"unknown method 'flor'.*Did you mean 'floor'.*Broken plugin gone"):
        host.registries.methods["flor"]


def test_misspelt_hook_is_refused(module: Callable[..., str], tmp_path: Path) -> None:
    name = module("misspelt", register_method=registering("register_method"))
    state, reason = status(manager.load([entry("misspelt", name, tmp_path)]), "misspelt")
    assert state == "broken"
    assert "register_method" in reason


def test_module_without_hooks_is_refused(module: Callable[..., str], tmp_path: Path) -> None:
    name = module("hookless", register_methods=lambda register: None)
    state, reason = status(manager.load([entry("hookless", name, tmp_path)]), "hookless")
    assert state == "broken"
    assert "hookimpl" in reason


def test_duplicate_names_name_both_origins_and_take_the_whole_plugin_back(
    module: Callable[..., str], tmp_path: Path
) -> None:
    name = module(
        "twice",
        register_encoders=registering("register_encoders", EncoderSpec("fresh", "s", "m:f")),
        register_metrics=registering("register_metrics", MetricSpec("bleu", "s", "m:f")),
    )
    host = manager.load([entry("twice", name, tmp_path)])
    state, reason = status(host, "twice")
    assert state == "broken"
    assert "twice (third-party 1.0)" in reason
    assert "aacbench" in reason
    assert "fresh" not in host.registries.encoders
    assert "bleu" in host.registries.metrics


def test_two_distributions_with_one_entry_point_name_are_refused(module: Callable[..., str], tmp_path: Path) -> None:
    first = module("clash_a", register_methods=registering("register_methods", MethodSpec("a", "s", "m:f")))
    second = module("clash_b", register_methods=registering("register_methods", MethodSpec("b", "s", "m:f")))
    entries = [entry("clash", first, tmp_path, "alpha"), entry("clash", second, tmp_path, "beta")]
    host = manager.load(entries)
    state, reason = status(host, "clash")
    assert state == "broken"
    assert "alpha 1.0 and beta 1.0" in reason
    assert "a" not in host.registries.methods
    assert "b" not in host.registries.methods


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        (MetricSpec("m", "s", "m:f"), "wanted a EncoderSpec"),
        (EncoderSpec("Bad Name", "s", "m:f"), "lower case without blanks"),
        (EncoderSpec("", "s", "m:f"), "lower case without blanks"),
    ],
)
def test_wrong_specs_are_refused(module: Callable[..., str], tmp_path: Path, spec: object, complaint: str) -> None:
    name = module("wrong", register_encoders=registering("register_encoders", spec))
    state, reason = status(manager.load([entry("wrong", name, tmp_path)]), "wrong")
    assert state == "broken"
    assert complaint in reason


def test_plugins_can_be_switched_off(
    module: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = module("off", register_encoders=registering("register_encoders", EncoderSpec("e", "s", "m:f")))
    monkeypatch.setenv("AACBENCH_DISABLE_PLUGINS", "other, off")
    host = manager.load([entry("off", name, tmp_path)])
    assert status(host, "off") == ("disabled", "AACBENCH_DISABLE_PLUGINS")
    assert "e" not in host.registries.encoders


def test_a_hook_that_exits_does_not_end_the_process(module: Callable[..., str], tmp_path: Path) -> None:
    def register_methods(register: object) -> None:
        raise SystemExit("bye")

    name = module("exits", register_methods=hookimpl(register_methods))
    assert status(manager.load([entry("exits", name, tmp_path)]), "exits") == ("broken", "SystemExit: bye")


def test_every_load_is_fresh() -> None:
    first, second = manager.load([]), manager.load([])
    assert first.manager is not second.manager
    assert first.registries.methods is not second.registries.methods
