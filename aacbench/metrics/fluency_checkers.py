"""Fluency checkers by name: `embedded`, `fense` (the published BERT), or the path of a checkpoint in its layout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aacbench.errors import UserError, unknown_name
from aacbench.metrics.fluency import FENSE, FluencyChecker, load_checker

if TYPE_CHECKING:
    from aacbench.metrics.embedded_fluency import EmbeddedChecker

EMBEDDED = "embedded"


def checker_called(
    name: str, setting: str, tokenizer: str | None = None, device: str = "cpu"
) -> FluencyChecker | EmbeddedChecker:
    """Load a checker; `setting` is what names it, for messages. `tokenizer` and `device` are for a BERT.

    Raises:
        UserError: its checkpoint was not fetched, or cannot be loaded.
    """
    return _embedded() if name == EMBEDDED else load_checker(checkpoint(name, setting), tokenizer, device)


def checker_identity(name: str, setting: str) -> str:
    """Return what names a checker's weights: a version, a published name, which fetching verified, or a checksum."""
    if name == EMBEDDED:
        return _embedded().version
    if name == FENSE.name:
        return name
    from aacbench.files.checksums import digest  # noqa: PLC0415

    return f"sha256-{digest(checkpoint(name, setting), 'sha256')[:12]}"


def checkpoint(name: str, setting: str) -> Path:
    """Return the path of a BERT's checkpoint.

    Raises:
        UserError: it is not there.
    """
    from aacbench.models.published import weights_path  # noqa: PLC0415

    path = weights_path(FENSE) if name == FENSE.name else Path(name)
    if path.is_file():
        return path
    if name != FENSE.name:
        raise unknown_name("fluency checker", name, [EMBEDDED, FENSE.name], "The path of a checkpoint works too.")
    raise UserError(
        f"the fluency checker is not here ({path}); run `aacbench fetch {FENSE.name}`, or set {setting} to "
        f"the path of its checkpoint, or to {EMBEDDED}"
    )


def _embedded() -> EmbeddedChecker:
    from aacbench.metrics.embedded_fluency import load_embedded  # noqa: PLC0415

    return load_embedded()
