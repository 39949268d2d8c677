"""The method: nothing is trained, the server is asked for every clip."""

from __future__ import annotations

from collections.abc import Sequence

from aacbench.contracts import Captioner, Stage
from aacbench.contracts.context import RunContext
from aacbench.files.journal import ANSWERS
from aacbench.models.chat import ChatServer
from aacbench_endpoint.captioner import EndpointCaptioner
from aacbench_endpoint.outline import MethodConfig
from aacbench_endpoint.settings import EndpointSettings


class Endpoint(MethodConfig):
    """A model behind a server."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Nothing to train."""
        return []

    def captioner(self, context: RunContext) -> Captioner:
        """Return what asks the server.

        Raises:
            UserError: it does not answer.
        """
        settings: EndpointSettings = context.settings
        server = ChatServer(
            settings.base_url,
            "the model",
            settings.timeout,
            settings.attempts,
            settings.backoff,
            settings.longest_wait,
        )
        return EndpointCaptioner(server, settings, context.outputs / ANSWERS, context.seed)
