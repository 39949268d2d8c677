"""The parts of every kind, and how one is made from its spec."""

from __future__ import annotations

from inspect import signature
from typing import Any

from aacbench.contracts.specs.datasets import DatasetSpec
from aacbench.contracts.specs.decoders import DecoderSpec
from aacbench.contracts.specs.encoders import EncoderSpec
from aacbench.contracts.specs.factories import load
from aacbench.contracts.specs.methods import MethodSpec
from aacbench.contracts.specs.metrics import MetricSpec
from aacbench.contracts.specs.pretraining import PretrainingSpec
from aacbench.contracts.specs.trackers import TrackerSpec
from aacbench.errors import unknown_name

Spec = DatasetSpec | EncoderSpec | DecoderSpec | PretrainingSpec | MetricSpec | MethodSpec | TrackerSpec


def make(spec: Spec, **arguments: Any) -> Any:
    """Return what the spec's factory makes of `arguments`.

    Raises:
        UserError: the factory does not take one of them, which is a setting; near matches are named.
        AacbenchError: the factory cannot be imported.
    """
    factory = load(spec.factory)
    taken = signature(factory).parameters.values()
    known = [one.name for one in taken if one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD)]
    if not any(one.kind is one.VAR_KEYWORD for one in taken):
        for name in arguments:
            if name not in known:
                raise unknown_name(f"setting of the {spec.kind} {spec.name}", name, known)
    return factory(**arguments)
