"""What a plugin registers of a decoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from aacbench.contracts.renamed import accepts_renamed
from aacbench.contracts.specs.factories import Factory


@accepts_renamed(small="tiny")
@dataclass(frozen=True)
class DecoderSpec:
    """`factory(vocabulary_size: int, encoder_dim: int, **settings) -> Decoder`; `tiny` as in `EncoderSpec`."""

    kind: ClassVar[str] = "decoder"
    name: str
    summary: str
    factory: Factory
    tiny: Mapping[str, Any] = field(default_factory=dict)
