"""Signatures: what a score was computed with, as one short line and as JSON, in the manner of sacreBLEU
(Post 2018).

A signature names the metric and its parameters, the version of its arithmetic, the tokeniser, the engine and
its implementation, the number of references a clip, the number of clips, a fingerprint of the references,
and aacbench. Two scores may stand in one column only where `ranking_key` agrees: everything except the
release of aacbench, whose effects on arithmetic are what the metric's own version counts, and what was done to the
candidates first, which is the system's own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from aacbench.contracts import MetricSpec
from aacbench.types import ScoringItems
from aacbench.version import __version__

Signature = Mapping[str, Any]
_LABELS = {
    "tokeniser": "tok",
    "postprocess": "post",
    "engine": "engine",
    "implementation": "impl",
    "references": "refs",
    "items": "items",
    "reference_set": "set",
    "aacbench": "aacbench",
}
_OWN = ("version", "tokeniser", "implementation")


def complete(
    own: Signature, name: str, spec: MetricSpec, items: ScoringItems, engine: str, tokeniser: str
) -> dict[str, Any]:
    """Return the whole signature of the output `name`; `own` is what the metric itself says.

    A metric may state its `version`, `implementation` and, where it reads raw captions, `tokeniser`;
    whatever else it says is a parameter.
    """
    parts = stated(own, engine)
    return {
        "metric": name,
        "spec": spec.name,
        "version": parts["version"],
        "parameters": parts["parameters"],
        "tokeniser": own.get("tokeniser", tokeniser),
        "engine": engine,
        "implementation": parts["implementation"],
        "references": references_count(items),
        "items": len(items),
        "reference_set": fingerprint(items),
        "aacbench": __version__,
    }


def stated(own: Signature, engine: str) -> dict[str, Any]:
    """Return what a metric itself says of a score, in order: version, parameters and implementation.

    Metrics composed of others name their parts by it.
    """
    return {
        "version": own.get("version", 0),
        "parameters": {key: value for key, value in own.items() if key not in _OWN},
        "implementation": own.get("implementation", _implementation(engine)),
    }


def short(signature: Signature) -> str:
    """Return the signature as one line: `cider_d|v:1|n:4|sigma:6|tok:ptb-3.4.1|engine:native|...`."""
    return "|".join([str(signature.get("metric", "?")), *_parts(signature)])


def split_short(signatures: Mapping[str, Signature], whole: bool = False) -> tuple[str, dict[str, str]]:
    """Return what several signatures share, as one line, and what is each one's own; with `whole`, all in each.

    One alone is whole.
    """
    if whole or len(signatures) == 1:
        return "", {name: short(signature) for name, signature in signatures.items()}
    parts = {name: _parts(signature) for name, signature in signatures.items()}
    everywhere = set.intersection(*map(set, parts.values())) - {"v:1"} if parts else set()
    shared = [part for part in next(iter(parts.values()), []) if part in everywhere]
    own = {name: "|".join(part for part in mine if part not in everywhere) for name, mine in parts.items()}
    return "|".join(shared), own


def _implementation(engine: str) -> str:
    if engine != "reference":
        return "aacbench"
    from aacbench.metrics.official import version  # noqa: PLC0415

    return f"pycocoevalcap-{version()}"


def _parts(signature: Signature) -> list[str]:
    parts = [f"v:{signature.get('version', 0)}"]
    parts += [f"{key}:{_plain(value)}" for key, value in signature.get("parameters", {}).items()]
    return parts + [f"{label}:{signature[key]}" for key, label in _LABELS.items() if key in signature]


def ranking_key(signature: Signature) -> str:
    """Return the text that two scores must share to stand in one column."""
    kept = {key: value for key, value in signature.items() if key not in ("aacbench", "postprocess")}
    return json.dumps(kept, sort_keys=True, default=str)


def references_count(items: ScoringItems) -> str:
    """Return the number of references a clip, `5`, or its range where clips differ, `2-5`."""
    sizes = [len(captions) for captions in items.references]
    low, high = min(sizes, default=0), max(sizes, default=0)
    return str(low) if low == high else f"{low}-{high}"


def fingerprint(items: ScoringItems) -> str:
    """Return eight hex digits of a SHA-256 over the references, whatever the order of clips and of
    references.
    """
    clips = sorted("\x1e".join(sorted(captions)) for captions in items.references)
    return hashlib.sha256("\x1d".join(clips).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
