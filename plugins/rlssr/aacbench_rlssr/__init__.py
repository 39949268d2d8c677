"""RLSSR: transfer learning and reconstruction latent space similarity regularisation (Koh, Xue and Chng, 2022)."""

from __future__ import annotations

from collections.abc import Callable

from aacbench.contracts import MethodSpec
from aacbench.hookspecs import hookimpl
from aacbench_rlssr.variants import VARIANTS


@hookimpl
def register_methods(register: Callable[[MethodSpec], None]) -> None:
    """Register the method."""
    register(
        MethodSpec(
            name="rlssr",
            summary="CNN10 and transformer encoder, transformer decoder, latent space similarity loss",
            factory="aacbench_rlssr.method:Rlssr",
            paper="Koh, Xue, Chng: Automated Audio Captioning Using Transfer Learning and Reconstruction Latent "
            "Space Similarity Regularization, ICASSP 2022",
            variants=VARIANTS,
            outline="aacbench_rlssr.settings:MethodConfig",
            dataset_versions={"clotho": "v1"},
            hardware={
                "quick": "two CPU cores",
                "paper": "40 GB of GPU memory, or 24 GB with captions.train.micro_batch=16",
            },
            url="https://arxiv.org/abs/2108.04692",
        )
    )
