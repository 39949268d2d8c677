"""Specs of the shared decoders."""

from __future__ import annotations

from aacbench.contracts import DecoderSpec

SPECS: tuple[DecoderSpec, ...] = (
    DecoderSpec(
        name="transformer",
        summary="transformer decoder with cached keys and values, sinusoidal positions, post-norm",
        factory="aacbench.decoders.transformer:TransformerDecoder",
    ),
)
