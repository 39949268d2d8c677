"""What is known of the method before anything is asked: its settings, and runs that are called after their model."""

from __future__ import annotations

from urllib.parse import urlsplit

from aacbench.contracts import Variant
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.files.names import path_safe
from aacbench.models.chat import KEY
from aacbench_endpoint.settings import PRESETS, EndpointSettings


class MethodConfig:
    """What is known of the method without its server."""

    settings = EndpointSettings
    presets = PRESETS

    def combination(self, settings: EndpointSettings, registries: Registries) -> str:
        """Return the model's name as it can stand in a path.

        Raises:
            UserError: no server or no model is named, or the address holds what must not be written down.
        """
        if not settings.base_url or not settings.model:
            raise UserError("endpoint wants a server and a model: --set base_url=http://HOST:8000/v1 --set model=NAME")
        address = urlsplit(settings.base_url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise UserError("the setting base_url wants an address such as http://HOST:8000/v1")
        if "@" in address.netloc or address.query or address.fragment:
            raise UserError(
                "the setting base_url may hold no password, key or query, for it is written down; put the key into "
                f"the environment as {KEY}"
            )
        return path_safe(settings.model)

    def named(self, combination: str, registries: Registries) -> Variant:
        """Return the variant that `--variant MODEL` means: the model of that name."""
        return Variant(combination, "", {} if combination == "default" else {"model": combination})
