"""The SJTU systems for DCASE 2022 task 6: audio-text retrieval, and captioning on top of it (Xu et al., 2022)."""

from __future__ import annotations

from collections.abc import Callable

from aacbench.contracts import MethodSpec
from aacbench.hookspecs import hookimpl
from aacbench_sjtu2022.captioning.variants import VARIANTS as CAPTIONING_VARIANTS
from aacbench_sjtu2022.retrieval.variants import VARIANTS as RETRIEVAL_VARIANTS

PAPER = (
    "Xu, Xie, Wu, Yu: The SJTU System for DCASE2022 Challenge Task 6: Audio Captioning with Audio-Text Retrieval "
    "Pre-training, 2022"
)


@hookimpl
def register_methods(register: Callable[[MethodSpec], None]) -> None:
    """Register the methods."""
    register(
        MethodSpec(
            name="sjtu2022-retrieval",
            summary="five audio-text bi-encoders trained with InfoNCE, and their ensembles: searches audio by text",
            factory="aacbench_sjtu2022.retrieval.method:SjtuRetrieval",
            paper=PAPER,
            variants=RETRIEVAL_VARIANTS,
            task="retrieval",
            outline="aacbench_sjtu2022.retrieval.settings:MethodConfig",
            dataset_versions={"clotho": "v2.1"},
            hardware={
                "quick": "two CPU cores",
                "paper": "80 GB of GPU memory, or 24 GB with micro_batch=16 in pretrain.train and finetune.train",
            },
            url="https://dcase.community/challenge2022/task-language-based-audio-retrieval-results",
            code="https://github.com/wsntxxn/DCASE2022T6_CLAP",
        )
    )
    register(
        MethodSpec(
            name="sjtu2022",
            summary="frozen audio-text retrieval encoder, BiGRU, transformer or GRU decoders, SCST, and ensembles",
            factory="aacbench_sjtu2022.captioning.method:SjtuCaptioning",
            paper=PAPER,
            variants=CAPTIONING_VARIANTS,
            outline="aacbench_sjtu2022.captioning.settings:MethodConfig",
            dataset_versions={"clotho": "v2.1"},
            hardware={
                "quick": "two CPU cores",
                "paper": "32 GB of GPU memory, or 24 GB with retrieval.finetune.train.micro_batch=32",
            },
            url="https://dcase.community/challenge2022/task-automatic-audio-captioning-results",
            code="https://github.com/wsntxxn/AudioCaption",
        )
    )
