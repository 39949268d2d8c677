"""MAAC: captions from audio, its keywords and the words said so far (Ye, Wang, Yang and Zou, 2021)."""

from __future__ import annotations

from collections.abc import Callable

from aacbench.contracts import MethodSpec
from aacbench.hookspecs import hookimpl
from aacbench_maac.variants import VARIANTS


@hookimpl
def register_methods(register: Callable[[MethodSpec], None]) -> None:
    """Register the method."""
    register(
        MethodSpec(
            name="maac",
            summary="keywords from a ResNet38, LSTM with acoustic and semantic attention, self-critical training",
            factory="aacbench_maac.method:Maac",
            paper="Ye, Wang, Yang, Zou: Improving the Performance of Automated Audio Captioning via Integrating the "
            "Acoustic and Semantic Information, DCASE Workshop 2021",
            variants=VARIANTS,
            outline="aacbench_maac.settings:MethodConfig",
            dataset_versions={"clotho": "v2"},
            hardware={
                "quick": "two CPU cores",
                "paper": "40 GB of GPU memory, or 24 GB with keywords.whole.gradient_checkpointing=true",
            },
            url="https://arxiv.org/abs/2110.06100",
            code="https://github.com/WangHelin1997/DCASE2021_Task6_PKU",
        )
    )
