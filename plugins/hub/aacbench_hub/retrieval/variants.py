"""CLAP models whose ids on the hub are known; any other is `--set model=ORG/NAME`, or a folder."""

from __future__ import annotations

from aacbench.contracts import Variant

VARIANTS = (
    Variant("default", "the model that `model` names; the run is called after it"),
    Variant("clap-htsat-unfused", "LAION's CLAP, 10 s at once", {"model": "laion/clap-htsat-unfused"}),
    Variant("clap-htsat-fused", "LAION's CLAP with feature fusion", {"model": "laion/clap-htsat-fused"}),
    Variant("larger-clap-general", "LAION's larger CLAP", {"model": "laion/larger_clap_general"}),
)
