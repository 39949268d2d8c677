"""AT-CNN: what an encoder brings along from audio tagging and from scene classification (Xu et al., 2021)."""

from __future__ import annotations

from collections.abc import Callable

from aacbench.contracts import MethodSpec
from aacbench.hookspecs import hookimpl
from aacbench_at_cnn.variants import VARIANTS


@hookimpl
def register_methods(register: Callable[[MethodSpec], None]) -> None:
    """Register the method."""
    register(
        MethodSpec(
            name="at-cnn",
            summary="CNN10 or CRNN5, pretrained on tags, scenes or nothing; GRU decoder with temporal attention",
            factory="aacbench_at_cnn.method:AtCnn",
            paper="Xu, Dinkel, Wu, Xie, Yu: Investigating Local and Global Information for Automated Audio Captioning "
            "with Transfer Learning, ICASSP 2021",
            variants=VARIANTS,
            outline="aacbench_at_cnn.settings:MethodConfig",
            dataset_versions={"clotho": "v1"},
            hardware={"quick": "two CPU cores", "paper": "24 GB of GPU memory"},
            url="https://arxiv.org/abs/2102.11457",
            code="https://github.com/wsntxxn/AudioCaption",
        )
    )
