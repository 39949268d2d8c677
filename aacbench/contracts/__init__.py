"""What a plugin supplies. Contracts are protocols: a part fits by its shape, there is nothing to inherit from.

A plugin registers light *specs* (names, summaries and where the code is), so that listing what is installed imports
no network. `factory` is either a callable or `"package.module:attribute"`, which is imported when the part is used.

Shapes: B clips in a batch, T feature or encoder frames, F mel bins, D encoder width, L tokens, V words.
"""

from __future__ import annotations

from aacbench.contracts.datasets import Dataset, DatasetOptions, DatasetSpec, Mixed, NamesEvents
from aacbench.contracts.decoders import (
    AttendsToWords,
    Attentive,
    Decoder,
    DecoderOutput,
    DecoderSpec,
    State,
    WordAttention,
)
from aacbench.contracts.encoders import (
    Encoder,
    EncoderSpec,
    Levelled,
    PublishedWeights,
    TagsItself,
    Timed,
    make_encoder,
)
from aacbench.contracts.factory import Factory, load, make
from aacbench.contracts.methods import (
    Combining,
    Method,
    MethodSpec,
    MethodTask,
    Outline,
    RetrievalMethod,
    Variant,
    outline,
)
from aacbench.contracts.metrics import Metric, MetricSpec
from aacbench.contracts.systems import Captioner, CaptioningModel, FeatureSource, MasksInput, Retriever, Taught
from aacbench.contracts.training import (
    Delivered,
    Divisible,
    EncoderChoice,
    Identified,
    Keeps,
    Needs,
    Paced,
    Pretraining,
    PretrainingSpec,
    Reports,
    Seeded,
    Stage,
    Task,
    Together,
)

Spec = DatasetSpec | EncoderSpec | DecoderSpec | PretrainingSpec | MetricSpec | MethodSpec

__all__ = [
    "AttendsToWords",
    "Attentive",
    "Captioner",
    "CaptioningModel",
    "Combining",
    "Dataset",
    "DatasetOptions",
    "DatasetSpec",
    "Decoder",
    "DecoderOutput",
    "DecoderSpec",
    "Delivered",
    "Divisible",
    "Encoder",
    "EncoderChoice",
    "EncoderSpec",
    "Factory",
    "FeatureSource",
    "Identified",
    "Keeps",
    "Levelled",
    "MasksInput",
    "Method",
    "MethodSpec",
    "MethodTask",
    "Metric",
    "MetricSpec",
    "Mixed",
    "NamesEvents",
    "Needs",
    "Outline",
    "Paced",
    "Pretraining",
    "PretrainingSpec",
    "PublishedWeights",
    "Reports",
    "RetrievalMethod",
    "Retriever",
    "Seeded",
    "Spec",
    "Stage",
    "State",
    "TagsItself",
    "Task",
    "Taught",
    "Timed",
    "Together",
    "Variant",
    "WordAttention",
    "load",
    "make",
    "make_encoder",
    "outline",
]
