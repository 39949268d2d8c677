"""What is changed in a `paper` preset so that it runs in a test: one epoch a stage; in the small kind, widths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aacbench.contracts import MethodSpec, outline
from aacbench.contracts.registry import Registries
from aacbench.runs.settings import build, merge

METHODS = ("rlssr", "at-cnn", "aed-bilstm", "maac", "sjtu2022", "sjtu2022-retrieval")
DRAWN = 8  # clips of an epoch, where the paper draws thousands
_PANNS = {"settings": {"width": 0.0625}}
_RETRIEVAL: dict[str, Any] = {
    "wavegram_logmel_cnn14": _PANNS,
    "cnn14": _PANNS,
    "ast": {"settings": {"dim": 48, "layers": 2, "heads": 4, "feed_forward": 96}},
}
WIDTHS: Mapping[str, Mapping[str, Any]] = {
    "rlssr": {"width": 0.0625},
    "at-cnn": {"cnn10": {"width": 0.0625}, "crnn5": {"width": 0.0625}},
    "aed-bilstm": {
        "ast": {"encoder": {"dim": 48, "layers": 2, "heads": 4, "feed_forward": 96}},
        "yamnet": {"encoder": {"width": 0.0625}},
    },
    "maac": {"encoder": {"width": 0.0625}, "keywords": {"hidden": 64}},
    "sjtu2022": {"retrieval": _RETRIEVAL},
    "sjtu2022-retrieval": _RETRIEVAL,
}
"""Settings of size alone; everything else of a preset stays as it is."""


def variants(registries: Registries) -> list[tuple[str, str]]:
    """Return every variant of every method, by name."""
    return [(name, variant.name) for name in METHODS for variant in registries.methods[name].variants]


def one_epoch(spec: MethodSpec, variant: str) -> dict[str, Any]:
    """Return the changes by which each stage of a variant's `paper` preset trains for one epoch of a few clips."""
    known = outline(spec)
    chosen = next(one for one in spec.variants if one.name == variant)
    whole = build(known.settings, [known.presets["paper"], chosen.settings]).model_dump(mode="json")
    return _short(whole)


def small(spec: MethodSpec, variant: str) -> dict[str, Any]:
    """Return those changes, and those of `WIDTHS`."""
    return merge(one_epoch(spec, variant), WIDTHS[spec.name])


def _short(values: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            if inner := _short(value):
                changes[name] = inner
        elif name == "epochs":
            changes[name] = 1
        elif name == "epoch_clips" and value is not None:
            changes[name] = DRAWN
    return changes
