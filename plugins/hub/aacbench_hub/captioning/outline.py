"""What is known of the method before a network is loaded."""

from __future__ import annotations

import re

from aacbench.contracts import Variant
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench_hub.captioning.settings import PRESETS, HubSettings
from aacbench_hub.captioning.variants import VARIANTS
from aacbench_hub.names import is_folder, run_name, variant_named


class MethodConfig:
    """What is known of the method without its network."""

    settings = HubSettings
    presets = PRESETS

    def combination(self, settings: HubSettings, registries: Registries) -> str:
        """Return the model's name as it can stand in a path.

        Raises:
            UserError: no model is named, or code is to be run that is of no commit.
        """
        pinned = is_folder(settings.model) or re.fullmatch("[0-9a-f]{40}", settings.revision or "")
        if settings.trust_remote_code and settings.model and not pinned:
            raise UserError(
                "code of a repository is run at one commit only, which you have read: --set revision=COMMIT (40 digits)"
            )
        return run_name(settings.model, "hub")

    def named(self, combination: str, registries: Registries) -> Variant:
        """Return the variant of that name."""
        return variant_named(combination, VARIANTS, "hub")
