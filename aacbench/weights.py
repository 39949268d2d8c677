"""Published weights: where they lie once fetched, and how they get into a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aacbench.contracts import EncoderSpec, PublishedWeights, load
from aacbench.errors import UserError, unknown_name
from aacbench.features.content import content_key
from aacbench.paths import home

if TYPE_CHECKING:
    from torch import nn

SUFFIXES = (".pth", ".safetensors", ".h5")


def weights_path(weights: PublishedWeights) -> Path:
    """Return where `aacbench fetch` puts the file."""
    suffix = next((suffix for suffix in SUFFIXES if suffix in weights.url), ".pth")
    return home() / "weights" / f"{weights.name}{suffix}"


def load_published(spec: EncoderSpec, encoder: nn.Module, name: str) -> None:
    """Load the published weights called `name`, or the file at that path, into `encoder`.

    A `.safetensors` file is an encoder that aacbench pretrained (`encoder.safetensors` of a stage); any other file has
    the form of one of the published ones.

    Raises:
        UserError: the weights are unknown, were not fetched yet, or do not fit the encoder.
    """
    weights, path = _find(spec, name)
    if weights is None:
        _load_file(spec, encoder, path)
    else:
        load(weights.load)(encoder, path)


def weights_key(spec: EncoderSpec, name: str) -> str:
    """Return the SHA-256 of the file that `load_published` would load, so that stages know when it changed.

    Raises:
        UserError: the weights are unknown or were not fetched yet.
    """
    return content_key(_find(spec, name)[1])


def _find(spec: EncoderSpec, name: str) -> tuple[PublishedWeights | None, Path]:
    """Return the published weights called `name`, or None for a file of the user's, and where the file lies."""
    known = {weights.name: weights for weights in spec.published}
    if name not in known and Path(name).suffix in (".pt", *SUFFIXES):
        return None, Path(name)
    if name not in known:
        raise unknown_name(f"weights of the encoder {spec.name}", name, known, "A path to a .pth file works too.")
    path = weights_path(known[name])
    if not path.is_file():
        raise UserError(
            f"the weights {name} are not here ({path}); run `aacbench fetch {name}`, or choose a preset that "
            "trains its own encoder (--preset quick)"
        )
    return known[name], path


def _load_file(spec: EncoderSpec, encoder: nn.Module, path: Path) -> None:
    """Load a file of the user's; of several published forms, the first that fits."""
    if path.suffix == ".safetensors":
        from aacbench.networks.checkpoint import load_strictly, read_tensors

        tensors = {name.removeprefix("model/"): value for name, value in read_tensors(path).items()}
        load_strictly(encoder, tensors, path)
        return
    complaints = []
    for weights in spec.published:
        try:
            load(weights.load)(encoder, path)
        except UserError as error:
            complaints.append(f"as {weights.name}: {error}")
        else:
            return
    wanted = f"a .safetensors file that aacbench trained{' works' if complaints else ' is the only form'}"
    raise UserError(f"{path} does not fit the encoder {spec.name}; {wanted}. {' | '.join(complaints)}")
