"""What a run was asked for, and which variant, settings and folder that is; names are checked without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aacbench.contracts import CompositeMethod, DatasetOptions, DatasetSpec, MethodConfig, MethodSpec, Variant, outline
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError, cut, resolve_name
from aacbench.runs.bounds import LARGEST
from aacbench.runs.settings import build


@dataclass(frozen=True)
class RunRequest:
    """What `aacbench run` was asked for."""

    method: str
    dataset: str
    variant: str | None = None
    preset: str = "quick"
    seed: int = 0
    changes: Mapping[str, Any] = field(default_factory=dict)
    options: DatasetOptions = field(default_factory=DatasetOptions)
    output: Path = Path("runs")
    device: str = "auto"
    fresh: bool = False
    metrics: Sequence[str] | None = None
    split: str = "evaluation"
    """The dataset's split that is scored."""
    track: Sequence[str] = ()
    """Trackers by name, and their settings by that name."""
    track_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    metric_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    energy: bool = False
    """Whether the energy of stages and decoding is measured."""


def as_registered(request: RunRequest, registries: Registries) -> RunRequest:
    """Return the request with method, dataset and preset as they are registered, whatever the case of their letters.

    Raises:
        UserError: one is unknown, or the seed is none that a record can hold.
    """
    if not 0 <= request.seed < LARGEST:
        raise UserError(f"a seed is a whole number from 0 to {LARGEST - 1}; got {cut(str(request.seed))}")
    spec, data = registries.methods[request.method], registries.datasets[request.dataset]
    preset = resolve_name(f"preset of {spec.name}", request.preset, outline(spec).presets)
    return replace(request, method=spec.name, dataset=data.name, preset=preset)


def choose(request: RunRequest, registries: Registries) -> tuple[Variant, Any]:
    """Return the variant and the settings of a run; a combination of parts is named after what the settings say.

    Raises:
        UserError: a name is unknown, or a setting does not fit.
    """
    spec = registries.methods[request.method]
    known: MethodConfig = outline(spec)
    if not isinstance(known, CompositeMethod):
        variant = find_variant(spec, request.variant)
        return variant, method_settings(known, spec, request.preset, variant, request.changes)
    variant = spec.variants[0] if request.variant is None else known.named(request.variant, registries)
    settings = method_settings(known, spec, request.preset, variant, request.changes)
    return replace(variant, name=known.combination(settings, registries)), settings


def find_variant(spec: MethodSpec, name: str | None) -> Variant:
    """Return the variant called `name`, the first one for None."""
    if name is None:
        return spec.variants[0]
    variants = {variant.name: variant for variant in spec.variants}
    return variants[resolve_name(f"variant of {spec.name}", name, variants)]


def method_settings(
    known: MethodConfig, spec: MethodSpec, preset: str, variant: Variant, changes: Mapping[str, Any]
) -> Any:
    """Return the settings: the paper's defaults, the preset, the variant, the user's changes, in rising rank."""
    preset = resolve_name(f"preset of {spec.name}", preset, known.presets)
    return build(known.settings, [known.presets[preset], variant.settings, changes])


def used_version(request: RunRequest, spec: MethodSpec) -> str | None:
    """Return the version of the dataset that a run asks for: the user's, else in the preset `paper` the paper's."""
    if request.options.version is not None or request.preset != "paper":
        return request.options.version
    return spec.dataset_versions.get(request.dataset)


def run_folder(request: RunRequest, data: DatasetSpec, spec: MethodSpec, variant: Variant) -> Path:
    """Return `OUTPUT/dataset/method/variant/seedK`.

    Another preset than `quick` is part of the last name, a version and a hash of the dataset's settings (and of where
    it lies, for one's own data, which has no version) part of the dataset's.
    """
    asked_version = used_version(request, spec)
    version = f"-{asked_version}" if asked_version else ""
    asked: dict[str, str] = dict(request.options.settings) if request.options.settings != data.smoke else {}
    if not data.versions and request.options.data_dir:
        asked["data-dir"] = str(request.options.data_dir.resolve())
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]
    own = f"-{digest}" if asked else ""
    preset = "" if request.preset == "quick" else f"-{request.preset}"
    last = f"seed{request.seed}{preset}"
    return request.output / f"{data.name}{version}{own}" / spec.name / variant.name / last
