"""What hooks register: light specs that name a part and the code that makes it. Nothing here imports a network.

A `factory` is a callable or `"package.module:attribute"`, which is imported when the part is used.
"""

from __future__ import annotations

from aacbench.contracts.specs.datasets import DatasetSpec
from aacbench.contracts.specs.decoders import DecoderSpec
from aacbench.contracts.specs.encoders import ClassList, EncoderSpec, PublishedWeights
from aacbench.contracts.specs.factories import Factory, load
from aacbench.contracts.specs.making import Spec, make
from aacbench.contracts.specs.methods import MethodSpec, MethodTask, Role, Variant, method_task, outline
from aacbench.contracts.specs.metrics import Download, MetricSpec
from aacbench.contracts.specs.pretraining import PretrainingSpec
from aacbench.contracts.specs.trackers import TrackerSpec

__all__ = [
    "ClassList",
    "DatasetSpec",
    "DecoderSpec",
    "Download",
    "EncoderSpec",
    "Factory",
    "MethodSpec",
    "MethodTask",
    "MetricSpec",
    "PretrainingSpec",
    "PublishedWeights",
    "Role",
    "Spec",
    "TrackerSpec",
    "Variant",
    "load",
    "make",
    "method_task",
    "outline",
]
