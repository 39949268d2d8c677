"""What is known of the method before a network is loaded."""

from __future__ import annotations

from aacbench.contracts import Variant
from aacbench.contracts.registry import Registries
from aacbench_hub.names import run_name, variant_named
from aacbench_hub.retrieval.settings import PRESETS, HubRetrievalSettings
from aacbench_hub.retrieval.variants import VARIANTS


class MethodConfig:
    """What is known of the method without its network."""

    settings = HubRetrievalSettings
    presets = PRESETS

    def combination(self, settings: HubRetrievalSettings, registries: Registries) -> str:
        """Return the model's name as it can stand in a path; raises `UserError` where none is named."""
        return run_name(settings.model, "hub-retrieval")

    def named(self, combination: str, registries: Registries) -> Variant:
        """Return the variant of that name."""
        return variant_named(combination, VARIANTS, "hub-retrieval")
