"""`aacbench doctor`: what is here and what is missing; libraries are imported, in a process of their own."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import click

from aacbench.cli.doctor_imports import Row, library_rows, library_versions
from aacbench.cli.tables import show, table_options
from aacbench.errors import UserError, counted, one_line
from aacbench.files.cache_dir import home
from aacbench.host import manager
from aacbench.host.downloads import downloadables
from aacbench.runtime.java import find_java, java_command
from aacbench.runtime.tables import Column, Format, Table
from aacbench.version import __version__

_JARS = ("tokenizer/stanford-corenlp-3.4.1.jar", "meteor/meteor-1.5.jar", "spice/spice-1.0.jar")


@click.command()
@click.option("--quick", is_flag=True, help="Do not import the libraries, which takes some seconds.")
@table_options
def doctor(quick: bool, form: Format, output: Path | None) -> None:
    """Show libraries, Java, jars, network, caches, weights, GPU, data folders and plugins at a glance.

    Each library that is installed is imported, and a second of sound resampled. A part is ok, -- (not there, and not
    needed by all), or bad, with what mends it.
    """
    columns = [Column("about"), Column("state"), Column("part"), Column("found")]
    rows = [[title, state, subject, detail] for title, rows in sections(quick) for state, subject, detail in rows]
    show(Table(columns, rows), form, output)


def sections(quick: bool = False) -> Iterator[tuple[str, list[Row]]]:
    """Yield the report's sections: a title and rows whose state is ok, -- (absent, not needed by all) or bad."""
    host = manager.load()
    yield "aacbench", [("ok", "aacbench", f"{__version__}, Python {platform.python_version()} ({sys.executable})")]
    yield "libraries", [*(library_versions() if quick else library_rows())]
    yield "reference engine (only for --engine reference or both)", [_java(), *_jars()]
    yield "network", [*_network()]
    yield "caches and weights", [*_caches(), *_weights(host)]
    yield "GPU", [*_gpu()]
    yield "data", [*_data(host)]
    yield "plugins", [*_plugins(host)]


def _network() -> Iterator[Row]:
    from aacbench.files.download.network import SWITCH, offline, proxies

    if offline():
        yield "--", "network", f"{SWITCH} is set: nothing is downloaded"
    else:
        yield "ok", "network", f"used by `aacbench fetch` and models of the hub; {SWITCH}=1 forbids it"
    for scheme, address in proxies().items():
        yield "ok", "without a proxy" if scheme == "no" else f"{scheme} proxy", address


def _java() -> Row:
    if java_command() is None:
        return "--", "java", "not found; every metric works without it"
    try:
        java = find_java("the reference engine", "the native engine does not need it")
    except UserError as error:
        return "bad", "java", str(error)
    return "ok", "java", f"{java.said} ({java.command})"


def _jars() -> Iterator[Row]:
    spec = find_spec("pycocoevalcap")
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    for jar in _JARS:
        here = next((folder / jar for folder in folders if (folder / jar).is_file()), None)
        yield (
            ("ok", Path(jar).name, _size(here)) if here else ("--", Path(jar).name, "pycocoevalcap is not installed")
        )


def _caches() -> Iterator[Row]:
    root = home()
    nearest = next(ancestor for ancestor in (root, *root.parents) if os.path.exists(ancestor))
    writable = os.path.isdir(nearest) and os.access(nearest, os.W_OK)
    yield "ok" if writable else "bad", "cache folder", f"{root}{'' if writable else ' cannot be written'}"
    for folder in sorted(path for path in root.iterdir() if os.path.isdir(path)) if os.path.isdir(root) else []:
        if sizes := [*_sizes(folder)]:  # libraries make folders when they are imported
            yield "ok", f"  {folder.name}", f"{counted(len(sizes), 'file')}, {_human(sum(sizes))}"


def _weights(host: manager.Host) -> Iterator[Row]:
    for one in downloadables(host.registries):
        if one.group != "datasets":
            try:
                path = one.find()
            except Exception as error:  # whatever a plugin raises
                yield "bad", one.name, one_line(error)
                continue
            yield ("ok", one.name, str(path)) if path else ("--", one.name, f"aacbench fetch {one.name}")


def _gpu() -> Iterator[Row]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        yield "--", "NVIDIA", "nvidia-smi not found; networks run on the CPU"
        return
    query = [tool, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        listing = subprocess.run(query, capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        yield "bad", "NVIDIA", "nvidia-smi fails: the driver does not answer"
        return
    for line in listing.strip().splitlines():
        yield "ok", "NVIDIA", line


def _data(host: manager.Host) -> Iterator[Row]:
    if path := os.environ.get("AACBENCH_HOME"):
        yield ("ok", "AACBENCH_HOME", path) if home().is_dir() else ("--", "AACBENCH_HOME", f"{path}, made when used")
    for setting in ("AACBENCH_DATA", "AACBENCH_TEST_DATA"):
        path = os.environ.get(setting)
        if path:
            yield "ok" if os.path.isdir(Path(path).expanduser()) else "bad", setting, path
    roots = [home() / "datasets"]
    if os.environ.get("AACBENCH_DATA"):
        roots.insert(0, Path(os.environ["AACBENCH_DATA"]).expanduser())
    for spec in host.registries.datasets:
        if spec.embedded:
            yield "ok", spec.name, "made when it is used"
            continue
        if spec.composed:
            yield "ok", spec.name, "made of the others that are here: --dataset-set parts=NAME,NAME"
            continue
        folder = next((root / spec.name for root in roots if os.path.isdir(root / spec.name)), None)
        missing = f"aacbench fetch {spec.name}, or --data-dir FOLDER" if spec.fetch else "--data-dir FOLDER"
        yield ("ok", spec.name, str(folder)) if folder else ("--", spec.name, missing)


def _plugins(host: manager.Host) -> Iterator[Row]:
    for plugin in host.plugins:
        state = {"ok": "ok", "disabled": "--"}.get(plugin.status, "bad")
        brought = ", ".join(f"{len(names)} {kind}" for kind, names in plugin.provides.items())
        summary = f"{plugin.distribution} {plugin.version}: {brought}"
        yield state, plugin.name, f"{plugin.status}: {plugin.reason}" if plugin.reason else summary


def _sizes(folder: Path) -> Iterator[int]:
    """Yield the sizes of the files below, of those that can be looked at; another process may remove some."""
    from aacbench.files.tree import entries_below

    for entry in entries_below(folder):
        with suppress(OSError):
            yield entry.stat().st_size


def _size(path: Path) -> str:
    return _human(path.stat().st_size)


def _human(size: float) -> str:
    from aacbench.files.download.disk import human

    return human(size)
