"""The method: nothing is trained, a model of the hub captions."""

from __future__ import annotations

from collections.abc import Sequence

from aacbench.contracts import Captioner, Stage
from aacbench.contracts.context import RunContext
from aacbench_hub.captioning.captioner import HubCaptioner
from aacbench_hub.captioning.loading import load_answerer, require_no_code
from aacbench_hub.captioning.outline import MethodConfig
from aacbench_hub.names import located, settle

WHAT = "captioner"


class HubCaptioning(MethodConfig):
    """A captioner of the hub."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Nothing to train; the settings are told which commit the model is of."""
        context.settings = settle(context.settings, WHAT)
        require_no_code(located(context.settings.model, context.settings.revision, WHAT), context.settings)
        return []

    def captioner(self, context: RunContext) -> Captioner:
        """Return the loaded model.

        Raises:
            UserError: it cannot be loaded.
        """
        settings = settle(context.settings, WHAT)
        folder = located(settings.model, settings.revision, WHAT)
        answerer = load_answerer(folder, settings, context.device)
        return HubCaptioner(answerer, settings, context.seed)
