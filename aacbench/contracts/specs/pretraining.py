"""What a plugin registers of a pretraining objective."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from aacbench.contracts.renamed import accepts_renamed
from aacbench.contracts.specs.factories import Factory


@accepts_renamed(small="tiny")
@dataclass(frozen=True)
class PretrainingSpec:
    """`factory(**settings) -> Pretraining`; `labels` names the `Clip` field that it learns from, "" is none.

    `label` says in a word what the encoder learns (`tags`), for tables. `tiny` as in `EncoderSpec`.
    """

    kind: ClassVar[str] = "pretraining"
    name: str
    summary: str
    factory: Factory
    labels: str = ""
    tiny: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
