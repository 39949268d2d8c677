"""What work was done with: commit, libraries, hardware, and the code of the plugins that it came from."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from aacbench.contracts.registry import Registries
from aacbench.runs.bounds import Name, Text, Values
from aacbench.runtime.distributed.process_group import world

LIBRARIES = ("aacbench", "torch", "torchaudio", "numpy", "soundfile")
CORE = "aacbench"
UNCOMMITTED = "+"


class PluginCode(BaseModel):
    """Where a plugin's code comes from; `code` is the SHA-256 of its package's Python files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    distribution: Text
    version: Text
    code: Text


class Provenance(BaseModel):
    """What one piece of work was done with, written down when it was done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    commit: Text | None = None
    libraries: dict[Text, Text] = {}
    hardware: Values = {}
    plugins: dict[Name, PluginCode] = {}


def provenance_now(device: str, plugins: Mapping[str, PluginCode]) -> Provenance:
    """Return what is at work here and now."""
    return Provenance(commit=commit(), libraries=libraries(), hardware=hardware(device), plugins=dict(plugins))


def libraries() -> dict[str, str]:
    """Return the versions of what decides a score."""
    versions = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def hardware(device: str) -> dict[str, Any]:
    """Return the machine in a few words, and how many processes did the run."""
    torch: Any = sys.modules.get("torch")  # not loaded for what uses no network
    gpu = torch.cuda.get_device_name() if torch and device.startswith("cuda") else None
    threads = {"threads": torch.get_num_threads()} if torch else {}
    return {
        "device": gpu or device,
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        **threads,
        "processes": world().count,
    }


@cache
def commit() -> str | None:
    """Return the git commit of the running code, `+` behind it for uncommitted changes; None outside a checkout."""
    folder = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--abbrev=40", "--exclude=*", f"--dirty={UNCOMMITTED}"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    tracked = subprocess.run(
        ["git", "-C", str(folder), "ls-files", "--error-unmatch", Path(__file__).name], capture_output=True, timeout=10
    )
    return described.stdout.strip() if tracked.returncode == 0 else None


def plugins_named(inputs: Mapping[str, Any], registries: Registries) -> dict[str, PluginCode]:
    """Return the plugins, by name, whose parts a stage's inputs name; the core's own parts are of no plugin.

    A part is a text under the name of its kind (`encoder`) or `objective`, at any depth.
    """
    kinds = {registry.kind: registry for registry in registries.by_hook().values()}
    kinds["objective"] = registries.pretraining
    packages = set()
    for kind, name in _texts(inputs):
        registry = kinds.get(kind)
        if registry is not None and name in registry:
            factory = registry[name].factory
            module = factory.partition(":")[0] if isinstance(factory, str) else factory.__module__
            packages.add(module.partition(".")[0])
    return {name: code for package in sorted(packages - {CORE}) for name, code in _plugin(package).items()}


def _texts(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, Mapping):
            yield from _texts(value)


@cache
def _plugin(package: str) -> dict[str, PluginCode]:
    """Return the plugin that a package is, by its name; one that is not installed is called after the package."""
    for entry in entry_points(group=CORE):
        if entry.value.partition(":")[0].partition(".")[0] == package:
            distribution = (entry.dist.name, entry.dist.version) if entry.dist else ("", "")
            return {
                entry.name: PluginCode(
                    distribution=distribution[0], version=distribution[1], code=package_code(package)
                )
            }
    return {package: PluginCode(distribution="", version="", code=package_code(package))}


def package_code(package: str) -> str:
    """Return the SHA-256 of the Python files of a package or of a single module."""
    digest = hashlib.sha256()
    for path, name in package_files(package):
        digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0" if name else path.read_bytes())
    return digest.hexdigest()


def package_files(package: str) -> Iterator[tuple[Path, str]]:
    """Yield the Python files of a package with their names in it, or the file of a single module with none."""
    spec = find_spec(package)
    if spec is None:
        return
    for root in map(Path, spec.submodule_search_locations or ()):
        yield from ((path, path.relative_to(root).as_posix()) for path in sorted(root.rglob("*.py")))
    if not spec.submodule_search_locations and spec.origin and os.path.isfile(spec.origin):
        yield Path(spec.origin), ""
