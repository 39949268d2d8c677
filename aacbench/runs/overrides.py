"""The parts that a run may name besides its method: encoder, decoder, pretraining, members and weights, as settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aacbench.contracts import MethodSpec, outline
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError


def named_parts(
    registries: Registries,
    encoder: str | None = None,
    decoder: str | None = None,
    pretraining: str | None = None,
    members: Sequence[str] = (),
    trust_remote_code: bool = False,
) -> dict[str, Any]:
    """Return the parts that were named, as settings; the pretraining `none` is no pretraining.

    Raises:
        UserError: a name is unknown.
    """
    parts: dict[str, Any] = {}
    if encoder is not None:
        parts["encoder"] = registries.encoders[encoder].name
    if decoder is not None:
        parts["decoder"] = registries.decoders[decoder].name
    if pretraining is not None:
        parts["pretraining"] = None if pretraining == "none" else registries.pretraining[pretraining].name
    if members:
        parts["members"] = [*members]
    if trust_remote_code:
        parts["trust_remote_code"] = True
    return parts


def check_parts(spec: MethodSpec, parts: Mapping[str, Any]) -> None:
    """Refuse parts that the method does not leave open.

    Raises:
        UserError: the method has its own.
    """
    settings = outline(spec).settings.model_fields if parts else {}
    for part, name in parts.items():
        if part not in settings and part == "members":
            raise UserError(
                f"the method {spec.name} takes no --members; finished runs go together in --method ensemble"
            )
        if part not in settings and part == "trust_remote_code":
            raise UserError(f"the method {spec.name} runs no code of a repository; leave out --trust-remote-code")
        if part not in settings:
            raise UserError(
                f"the method {spec.name} takes no --{part}: its own is fixed. Any parts go together in "
                f"--method seq2seq --{part} {name or 'none'}"
            )
