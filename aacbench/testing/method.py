"""The contract of a method as far as it can be checked without training: settings, presets, variants."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from aacbench.contracts import Method, MethodSpec, make, outline
from aacbench.errors import UserError
from aacbench.runs.resolve import method_settings
from aacbench.runs.settings import build, rebuild
from aacbench.testing.facts import method_facts
from aacbench.testing.report import Checked, check_spec, find

PATH_SAFE = re.compile(r"[a-z0-9][a-z0-9+._-]*")


def check_method(part: str | MethodSpec) -> None:
    """Check a method: settings with defaults, the three presets, variants with names that are safe in paths.

    Raises:
        ContractError: it does not keep the contract.
        UserError: it is not installed.
    """
    spec, checked, _ = find(MethodSpec, part)
    check_spec(checked, spec)
    method_facts(checked, spec)
    names = [variant.name for variant in spec.variants]
    checked.require(bool(names) and len(set(names)) == len(names), "variants, each with a name of its own", names)
    for name in names:
        checked.require(bool(PATH_SAFE.fullmatch(name)), "variant names of a-z, 0-9 and +._-", repr(name))
    method: Method = make(spec)
    model = method.settings
    checked.require(
        isinstance(model, type) and issubclass(model, BaseModel), "`settings`, a pydantic model", repr(model)
    )
    if spec.outline is not None:
        known = outline(spec)
        same = known.settings is model and known.presets == method.presets
        checked.require(same, "an outline with the method's own `settings` and `presets`", repr(spec.outline))
    wanted = set(spec.presets)
    checked.require(wanted <= set(method.presets), f"the presets {sorted(wanted)}", sorted(method.presets))
    for preset in spec.presets:
        for variant in spec.variants:
            _settings(checked, model, method_settings(method, spec, preset, variant, {}))
    for name in ("recipe", "retriever" if spec.task == "retrieval" else "captioner"):
        checked.require(callable(getattr(method, name, None)), f"`{name}(context)`", type(method).__name__)


def _settings(checked: Checked, model: type[BaseModel], settings: Any) -> None:
    """Settings go to JSON and back unchanged, cannot be changed, and refuse what they do not know."""
    plain = settings.model_dump(mode="json")
    checked.require(
        rebuild(model, plain) == settings, "settings that survive JSON, as a run's folder keeps them", plain
    )
    try:
        build(model, [{"no_such_setting": 1}])
    except UserError:
        return
    checked.require(False, "a UserError for an unknown setting (base class aacbench.training.settings.Frozen)", "none")
