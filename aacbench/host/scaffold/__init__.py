"""Writes a new plugin package from the templates beside this file: `aacbench new-plugin`.

A template is a file of the package with `${...}` in place of names; `every/` holds what all kinds share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from string import Template

from aacbench.errors import UserError
from aacbench.host import manager

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = ".template"
PREFIX = "aacbench-"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 40


@dataclass(frozen=True)
class Kind:
    """What differs between kinds besides the templates: registry, use, and further rows of the README's table."""

    registry: str
    use: str
    also: str = ""


KINDS: Mapping[str, Kind] = {
    "method": Kind(
        "methods",
        "aacbench run --method ${name} --dataset soundscapes --preset smoke",
        "| `${package}/settings.py` | its settings and presets; loads no network |\n",
    ),
    "metric": Kind("metrics", "aacbench score PREDICTIONS.csv --references REFERENCES.csv --metrics ${name}"),
    "dataset": Kind("datasets", "aacbench run --method seq2seq --dataset ${name} --preset smoke"),
    "encoder": Kind("encoders", "aacbench run --method seq2seq --encoder ${name} --preset smoke"),
    "decoder": Kind("decoders", "aacbench run --method seq2seq --decoder ${name} --preset smoke"),
    "tracker": Kind("trackers", "aacbench run --method floor --dataset soundscapes --preset smoke --track ${name}"),
    "pretraining": Kind("pretraining", "aacbench run --method seq2seq --pretraining ${name} --preset smoke"),
}


def new_plugin(name: str, kind: str, output: Path) -> Path:
    """Write the package of a plugin called `name` to `output/name`; return that folder.

    Raises:
        UserError: the name cannot be used or is taken, or the folder is there already.
    """
    slug = name.removeprefix(PREFIX)
    words = _words(slug, kind)
    _check_free(words, kind)
    folder = output / slug
    if folder.exists():
        raise UserError(f"{folder} is there already; choose another name, or another folder with --output")
    for template, relative in _templates(kind, words):
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(template.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    return folder


def _words(slug: str, kind: str) -> dict[str, str]:
    """Return what the templates' places are filled with."""
    if not NAME.fullmatch(slug) or len(slug) > LONGEST:
        raise UserError(
            f"a plugin's name has lower-case letters, digits and single hyphens, begins with a letter and is at most "
            f"{LONGEST} long, such as my-{kind}; got {slug!r}"
        )
    title = "".join(word.capitalize() for word in slug.split("-"))
    words = {
        "plugin": slug,
        "name": slug.replace("-", "_") if kind == "metric" else slug,  # scores are columns and keys
        "kind": kind,
        "distribution": PREFIX + slug,
        "package": (PREFIX + slug).replace("-", "_"),
        "cls": title if title.lower().endswith(kind) else title + kind.capitalize(),
    }
    filled = {part: Template(getattr(KINDS[kind], part)).substitute(words) for part in ("use", "also")}
    return {**words, **filled}


def _check_free(words: Mapping[str, str], kind: str) -> None:
    """Refuse names that an installed plugin, part or package bears."""
    host = manager.load()
    if words["plugin"] in {plugin.name for plugin in host.plugins}:
        raise UserError(f"a plugin named {words['plugin']!r} is installed already; choose another name")
    registry = host.registries.by_hook()[KINDS[kind].registry]
    if words["name"] in registry:
        taken = registry.origin(words["name"])
        raise UserError(f"{taken} already has the {kind} {words['name']!r}; choose another name")
    if find_spec(words["package"]) is not None:
        raise UserError(f"a package named {words['package']} is installed already; choose another name")


def _templates(kind: str, words: Mapping[str, str]) -> Iterator[tuple[Path, Path]]:
    """Yield each template with the place of its file in the new package."""
    for folder in ("every", kind):
        for template in sorted((TEMPLATES / folder).rglob(f"*{SUFFIX}")):
            name = str(template.relative_to(TEMPLATES / folder)).removesuffix(SUFFIX)
            yield template, Path(Template(name.replace("PACKAGE", "${package}")).substitute(words))
