"""Every row of Table 3, after cross-entropy (`xe`) and after self-critical training (`scst`); system 1 comes first."""

from __future__ import annotations

from aacbench.contracts import Variant

_SYSTEMS: dict[str, tuple[tuple[str, ...], str]] = {
    "trm2": (("trm-2",), "two-layer Transformer"),
    "trm4": (("trm-4",), "four-layer Transformer"),
    "gru": (("gru",), "one-layer GRU (Attention)"),
    "2trm2": (("trm-2",) * 2, "two-layer Transformer x 2"),
    "2trm2+2trm4": (("trm-2",) * 2 + ("trm-4",) * 2, "two-layer Transformer x 2 + four-layer Transformer x 2"),
    "2trm2+2trm4+2gru": (
        ("trm-2",) * 2 + ("trm-4",) * 2 + ("gru",) * 2,
        "two-layer Transformer x 2 + four-layer Transformer x 2 + GRU x 2",
    ),
}
_STAGES = (("scst", True, "CIDEr-D Optimization"), ("xe", False, "XE training"))

VARIANTS: tuple[Variant, ...] = tuple(
    Variant(
        name=f"{name}+{stage}",
        summary=f"{row}, {'self-critical training' if critical else 'cross-entropy'}",
        settings={"decoders": decoders, "self_critical": critical},
        table="3",
        row=f"{row}, {half}",
    )
    for name, (decoders, row) in _SYSTEMS.items()
    for stage, critical, half in _STAGES
)
