"""How ensembles are named: after their members."""

from __future__ import annotations

from aacbench.contracts import MethodTask, Variant
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.methods.ensemble.members import combined_name, read_members
from aacbench.methods.ensemble.settings import PRESETS, EnsembleSettings


def task_of(settings: EnsembleSettings) -> MethodTask:
    """Return what the members do, which the ensemble does, too."""
    task: MethodTask = read_members(settings.members)[0].record.task  # type: ignore[assignment]
    return task


class MethodConfig:
    """What is known of the method without its networks."""

    settings = EnsembleSettings
    presets = PRESETS

    def combination(self, settings: EnsembleSettings, registries: Registries) -> str:
        """Return the members' names and a hash of what they are."""
        return combined_name(read_members(settings.members))

    def named(self, combination: str, registries: Registries) -> Variant:
        """Refuse: an ensemble is named after its members, not found by its name."""
        raise UserError(f"ensemble has no variant {combination!r}: name its members, --members RUN RUN ...")
