"""Published weights: where they lie once fetched, and how they get into a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aacbench.contracts import EncoderSpec, PublishedWeights, load
from aacbench.errors import UserError, unknown_name
from aacbench.paths import home

if TYPE_CHECKING:
    from torch import nn


def weights_path(weights: PublishedWeights) -> Path:
    """Return where `aacbench fetch` puts the file."""
    suffix = ".safetensors" if ".safetensors" in weights.url else ".pth"
    return home() / "weights" / f"{weights.name}{suffix}"


def load_published(spec: EncoderSpec, encoder: nn.Module, name: str) -> None:
    """Load the published weights called `name`, or the file at that path, into `encoder`.

    Raises:
        UserError: the weights are unknown, were not fetched yet, or do not fit the encoder.
    """
    known = {weights.name: weights for weights in spec.published}
    if name not in known and Path(name).suffix in (".pth", ".pt", ".safetensors"):
        load(spec.published[0].load)(encoder, Path(name))
        return
    if name not in known:
        raise unknown_name(f"weights of the encoder {spec.name}", name, known, "A path to a .pth file works too.")
    path = weights_path(known[name])
    if not path.is_file():
        raise UserError(
            f"the weights {name} are not here ({path}); run `aacbench fetch {name}`, or choose a preset that "
            "trains its own encoder (--preset quick)"
        )
    load(known[name].load)(encoder, path)
