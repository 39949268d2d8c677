"""AED-BiLSTM: captions from the embeddings of a frozen network for audio events (Bhosale et al., 2022)."""

from __future__ import annotations

from collections.abc import Callable

from aacbench.contracts import MethodSpec
from aacbench.hookspecs import hookimpl
from aacbench_aed_bilstm.variants import VARIANTS


@hookimpl
def register_methods(register: Callable[[MethodSpec], None]) -> None:
    """Register the method."""
    register(
        MethodSpec(
            name="aed-bilstm",
            summary="frozen AST or YAMNet embeddings of overlapping segments; BiLSTM; LSTM with temporal attention",
            factory="aacbench_aed_bilstm.method:AedBilstm",
            paper="Bhosale, Chakraborty, Kopparapu: Automatic Audio Captioning using Attention weighted Event based "
            "Embeddings, 2022",
            variants=VARIANTS,
            outline="aacbench_aed_bilstm.settings:MethodConfig",
            dataset_versions={"clotho": "v1"},
            hardware={"quick": "two CPU cores", "paper": "8 GB of GPU memory"},
            url="https://arxiv.org/abs/2201.12352",
        )
    )
