"""What a plugin supplies. `Stage`, `Task`, `Pretraining` and `Metric` are derived from; the rest fits by its shape.

A plugin registers light *specs* (names, summaries and where the code is), so that listing what is installed imports
no network. `factory` is either a callable or `"package.module:attribute"`, which is imported when the part is used.

Shapes: B clips in a batch, T feature or encoder frames, F mel bins, D encoder width, L tokens, V words.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aacbench.contracts.specs import (
    ClassList,
    DatasetSpec,
    DecoderSpec,
    Download,
    EncoderSpec,
    Factory,
    MethodSpec,
    MethodTask,
    MetricSpec,
    PretrainingSpec,
    PublishedWeights,
    Role,
    Spec,
    TrackerSpec,
    Variant,
    load,
    make,
    method_task,
    outline,
)
from aacbench.runtime.renamed import renamed_names

if TYPE_CHECKING:
    from aacbench.audio.feature_source import FeatureSource, MaskableSource
    from aacbench.contracts.datasets import (
        CaptionSource,
        CompositeDataset,
        Dataset,
        DatasetOptions,
        EventVocabulary,
        HasPools,
        notes_of,
    )
    from aacbench.contracts.decoders import (
        AttendsToWords,
        Attentive,
        Decoder,
        DecoderOutput,
        DecoderState,
        WordAttention,
    )
    from aacbench.contracts.encoders import (
        Encoder,
        EncoderChoice,
        FrameTiming,
        HasTaggingHead,
        MultiLevelEncoder,
        TagsClips,
        make_encoder,
    )
    from aacbench.contracts.methods import (
        CaptionsByReference,
        CompositeMethod,
        HoldsOut,
        MergesValidation,
        Method,
        MethodConfig,
        RetrievalMethod,
        StandsOnRuns,
    )
    from aacbench.contracts.metrics import Metric, RetrievalMetric
    from aacbench.contracts.systems import (
        Account,
        Captioner,
        CaptioningModel,
        KeepsAccount,
        MeasuresNetwork,
        NamesItself,
        NetworkCosts,
        Retriever,
        TeacherForced,
        TimedCaption,
        TimesWords,
    )
    from aacbench.contracts.trackers import TrackedRun, Tracker
    from aacbench.contracts.training import (
        DataParallel,
        Pretraining,
        Stage,
        Task,
    )

__all__ = [
    "Account",
    "AttendsToWords",
    "Attentive",
    "CaptionSource",
    "Captioner",
    "CaptioningModel",
    "CaptionsByReference",
    "ClassList",
    "CompositeDataset",
    "CompositeMethod",
    "DataParallel",
    "Dataset",
    "DatasetOptions",
    "DatasetSpec",
    "Decoder",
    "DecoderOutput",
    "DecoderSpec",
    "DecoderState",
    "Download",
    "Encoder",
    "EncoderChoice",
    "EncoderSpec",
    "EventVocabulary",
    "Factory",
    "FeatureSource",
    "FrameTiming",
    "HasPools",
    "HasTaggingHead",
    "HoldsOut",
    "KeepsAccount",
    "MaskableSource",
    "MeasuresNetwork",
    "MergesValidation",
    "Method",
    "MethodConfig",
    "MethodSpec",
    "MethodTask",
    "Metric",
    "MetricSpec",
    "MultiLevelEncoder",
    "NamesItself",
    "NetworkCosts",
    "Pretraining",
    "PretrainingSpec",
    "PublishedWeights",
    "RetrievalMethod",
    "RetrievalMetric",
    "Retriever",
    "Role",
    "Spec",
    "Stage",
    "StandsOnRuns",
    "TagsClips",
    "Task",
    "TeacherForced",
    "TimedCaption",
    "TimesWords",
    "TrackedRun",
    "Tracker",
    "TrackerSpec",
    "Variant",
    "WordAttention",
    "load",
    "make",
    "make_encoder",
    "method_task",
    "notes_of",
    "outline",
]

LATER = (
    "aacbench.contracts.training",
    "aacbench.contracts.systems",
    "aacbench.contracts.methods",
    "aacbench.contracts.metrics",
    "aacbench.contracts.datasets",
    "aacbench.contracts.encoders",
    "aacbench.contracts.decoders",
    "aacbench.contracts.trackers",
    "aacbench.audio.feature_source",
)
"""The modules of what is no spec; to list what is installed, none of them is imported."""

_renamed = renamed_names(
    __name__,
    {
        "Combining": "aacbench.contracts:CompositeMethod",
        "Delivered": "aacbench.contracts:Stage",
        "Divisible": "aacbench.contracts:DataParallel",
        "Identified": "aacbench.contracts:Pretraining",
        "Keeps": "aacbench.contracts:Task",
        "Levelled": "aacbench.contracts:MultiLevelEncoder",
        "MasksInput": "aacbench.contracts:MaskableSource",
        "Mixed": "aacbench.contracts:CompositeDataset",
        "NamesEvents": "aacbench.contracts:EventVocabulary",
        "Needs": "aacbench.contracts:Stage",
        "Outline": "aacbench.contracts:MethodConfig",
        "Paced": "aacbench.contracts:Task",
        "Reports": "aacbench.contracts:Task",
        "Seeded": "aacbench.contracts:Stage",
        "State": "aacbench.contracts:DecoderState",
        "TagsItself": "aacbench.contracts:HasTaggingHead",
        "Taught": "aacbench.contracts:TeacherForced",
        "Timed": "aacbench.contracts:FrameTiming",
        "Together": "aacbench.contracts:Stage",
    },
)


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is first asked for; a name of the previous release stands for today's."""
    if name not in __all__:
        return _renamed(name)
    module = next(module for module in map(import_module, LATER) if hasattr(module, name))
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    """Name all of them."""
    return [*__all__]
