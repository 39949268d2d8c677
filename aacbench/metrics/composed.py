"""What metrics composed of others share: how the parts are named in the signature."""

from __future__ import annotations

from aacbench.types import Score


def part(score: Score) -> str:
    """Return a part's version, parameters and foreign implementation as one text: `v1,n=4,sigma=6.0`."""
    signature = score.signature
    words = [f"v{signature.get('version', 0)}"]
    words += [f"{key}={value}" for key, value in signature.get("parameters", {}).items()]
    implementation = signature.get("implementation", "aacbench")
    return ",".join(words + ([f"impl={implementation}"] if implementation != "aacbench" else []))
