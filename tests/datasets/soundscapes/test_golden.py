"""The dataset is the same to the bit wherever it is made: digests, committed with their script."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

import aacbench.datasets.soundscapes as package
from aacbench.datasets.soundscapes import VERSION, SoundscapesSettings
from aacbench.datasets.soundscapes.render import render

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "golden" / "golden.json").read_text(encoding="utf-8"))
SECOND = json.loads((HERE / "golden" / "golden-2.0.json").read_text(encoding="utf-8"))
INEXACT = re.compile(
    r"np\.(sin|cos|tan|exp\w*|log\w*|power|interp|dot|matmul|einsum|convolve|mean|std|var|linalg|fft|random\.(?!PCG64|SeedSequence)\w+)\b"
    r"|\bmath\.(?!ldexp)\w+|\*\*|np\.sum\((?!fixed \* fixed\))|(?<!np)\.sum\(|\.mean\(|\.std\(| @ "
)


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_golden", HERE / "golden" / "make_golden.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_golden_was_made_for_this_version() -> None:
    assert GOLDEN["version"] == VERSION


@pytest.mark.parametrize("name", GOLDEN["clips"])
def test_clips(name: str) -> None:
    split, index = name.split()
    assert maker().of_samples(render(SoundscapesSettings(), split, int(index))) == GOLDEN["clips"][name]


def test_every_event_class_and_scene() -> None:
    make = maker()
    assert len(GOLDEN["sounds"]) == 24 and len(GOLDEN["backgrounds"]) == 6
    assert {label: make.of_sound(label) for label in GOLDEN["sounds"]} == GOLDEN["sounds"]
    assert {label: make.of_background(label) for label in GOLDEN["backgrounds"]} == GOLDEN["backgrounds"]


@pytest.mark.parametrize("split", GOLDEN["captions"])
def test_captions_and_metadata(split: str) -> None:
    make = maker()
    assert make.of_captions(SoundscapesSettings(), split) == GOLDEN["captions"][split]
    assert make.of_metadata(SoundscapesSettings(), split) == GOLDEN["metadata"][split]


@pytest.mark.parametrize("part", SECOND)
def test_version_2(part: str) -> None:
    assert maker().second_golden()[part] == SECOND[part]


def test_source_uses_exactly_rounded_operations_only() -> None:
    sources = list(Path(package.__file__).parent.rglob("*.py"))
    assert len(sources) > 15
    for source in sources:
        code = re.sub(
            r'""".*?"""|#[^\n]*|\*\*[A-Za-z_]\w*|"[^"\n]*"',
            "",
            source.read_text(encoding="utf-8"),
            flags=re.S,
        )
        found = INEXACT.search(code.replace("{**", "{"))
        assert found is None, f"{source.name}: {found and found[0]}"
