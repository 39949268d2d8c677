"""Captioners and CLAP models of the Hugging Face hub, through transformers, as methods."""

from __future__ import annotations

from collections.abc import Callable

from aacbench.contracts import MethodSpec
from aacbench.hookspecs import hookimpl
from aacbench_hub.captioning.variants import VARIANTS as CAPTIONING_VARIANTS
from aacbench_hub.retrieval.variants import VARIANTS as RETRIEVAL_VARIANTS


@hookimpl
def register_methods(register: Callable[[MethodSpec], None]) -> None:
    """Register the methods."""
    register(
        MethodSpec(
            name="hub",
            summary="any captioner that transformers loads, by id and commit: --set model=ORG/NAME",
            factory="aacbench_hub.captioning.method:HubCaptioning",
            outline="aacbench_hub.captioning.outline:MethodConfig",
            variants=CAPTIONING_VARIANTS,
            hardware={"quick": "what the model wants", "paper": "what the model wants"},
        )
    )
    register(
        MethodSpec(
            name="hub-retrieval",
            summary="a CLAP model of the hub searches audio by text and text by audio: --set model=ORG/NAME",
            factory="aacbench_hub.retrieval.method:HubRetrieval",
            outline="aacbench_hub.retrieval.outline:MethodConfig",
            variants=RETRIEVAL_VARIANTS,
            task="retrieval",
            hardware={"quick": "two CPU cores", "paper": "two CPU cores"},
        )
    )
