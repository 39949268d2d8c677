"""What a method's recipe and the inputs of its stages follow from, as one hash: equal grounds, equal recipes.

It covers the code of aacbench and of all plugins, what is installed, what was asked for, and the clips. What a recipe
reads besides, such as weights, is watched when it is made (`files.watch`).
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence

from aacbench.audio.source import audio_name
from aacbench.contracts import Variant
from aacbench.contracts.context import RunContext
from aacbench.contracts.registry import Registries
from aacbench.files.watch import installed_folders
from aacbench.runs.provenance import CORE, package_code, package_files
from aacbench.runs.resolve import RunRequest
from aacbench.runtime.device import drivers
from aacbench.types import Clip

VARIABLES = "AACBENCH_"
BEGUN = time.time()


def ground(request: RunRequest, variant: Variant, context: RunContext, parts: Sequence[str]) -> str:
    """Return the hash; `parts` are the parts of the clips that the run reads, which are read for it."""
    said = {
        "python": [sys.version, sys.platform],
        "installed": _installed(),
        "code": {package: package_code(package) for package in sorted({CORE, *_packages(context.registries)})},
        "environment": {name: text for name, text in sorted(os.environ.items()) if name.startswith(VARIABLES)},
        "place": [os.getcwd(), str(context.folder.absolute())],
        "drivers": drivers(),
        "request": [repr(request.options), request.preset, request.seed, request.split, request.device, request.energy],
        "method": [context.method, repr(variant), context.settings.model_dump(mode="json")],
        "metrics": context.metric_settings,
        "clips": {part: [context.fingerprints[part], _listed(context.clips[part])] for part in parts},
        "dataset": context.dataset,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def is_edited(registries: Registries) -> bool:
    """Whether code was changed since this process began to run it, so that files do not say what it does."""
    files = (path for package in {CORE, *_packages(registries)} for path, _ in package_files(package))
    return any(path.stat().st_mtime > BEGUN for path in files)


def own_modules() -> list[str]:
    """Return the files of the loaded modules that are neither installed nor the core's nor the main one."""
    files = {name: getattr(module, "__file__", None) for name, module in [*sys.modules.items()]}
    paths = {
        os.path.abspath(file)
        for name, file in files.items()
        if isinstance(file, str) and name.partition(".")[0] not in (CORE, "__main__")
    }
    return sorted(path for path in paths if not path.startswith(installed_folders()) and os.path.isfile(path))


def _packages(registries: Registries) -> set[str]:
    """Return the packages that the parts of all plugins come from."""
    factories = [spec.factory for registry in registries.by_hook().values() for spec in registry]
    named = (one.partition(":")[0] if isinstance(one, str) else one.__module__ for one in factories)
    return {module.partition(".")[0] for module in named} - {CORE}


def _installed() -> list[str]:
    """Return the names, with versions, of all that is installed."""
    names: set[str] = set()
    for folder in {*installed_folders(), *(os.path.abspath(path) for path in sys.path)}:
        if os.path.isdir(folder):
            names |= {name for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info"))}
    return sorted(names)


def _listed(clips: Iterable[Clip]) -> str:
    """Return a hash over all that clips say, in their order; what they sound like is in their fingerprint."""
    digest = hashlib.sha256()
    for clip in clips:
        events = [(event.label, event.onset, event.offset) for event in clip.events]
        parts = [clip.id, audio_name(clip.audio), clip.captions, clip.tags, clip.scene, events, clip.source]
        digest.update(json.dumps(parts, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()
