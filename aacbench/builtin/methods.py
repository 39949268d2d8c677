"""Specs of the methods without a network: what every score on a board stands between."""

from __future__ import annotations

from aacbench.contracts import MethodSpec

SPECS: tuple[MethodSpec, ...] = (
    MethodSpec(
        name="floor",
        summary="one constant answer: the training caption that scores best for all clips",
        factory="aacbench.baselines.floor:Floor",
    ),
    MethodSpec(
        name="nearest",
        summary="the caption of the nearest training clip by mean log-mel spectrum",
        factory="aacbench.baselines.nearest:Nearest",
    ),
    MethodSpec(
        name="human",
        summary="the ceiling: each reference scored against the other references of its clip",
        factory="aacbench.baselines.human:Human",
    ),
)
