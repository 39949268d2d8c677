"""Any OpenAI-compatible chat server that takes audio, as a captioning method."""

from __future__ import annotations

from collections.abc import Callable

from aacbench.contracts import MethodSpec, Variant
from aacbench.hookspecs import hookimpl


@hookimpl
def register_methods(register: Callable[[MethodSpec], None]) -> None:
    """Register the method."""
    register(
        MethodSpec(
            name="endpoint",
            summary="any OpenAI-compatible chat server that takes audio: --set base_url=URL --set model=NAME",
            factory="aacbench_endpoint.method:Endpoint",
            outline="aacbench_endpoint.outline:MethodConfig",
            variants=(Variant("default", "the model that `model` names; the run is called after it"),),
            hardware={"quick": "a server that runs elsewhere", "paper": "a server that runs elsewhere"},
        )
    )
