"""Published weights: where they lie once fetched, and how they get into a network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aacbench.contracts import EncoderSpec, MethodSpec, PublishedWeights, load, outline
from aacbench.errors import UserError, unknown_name
from aacbench.files.cache_dir import home
from aacbench.files.content import content_key
from aacbench.files.download.network import offline
from aacbench.files.safe_read import load_json

if TYPE_CHECKING:
    from torch import nn

ENCODER_FILE = "encoder.safetensors"
SUFFIXES = (".pth", ".safetensors", ".h5", ".tflite")


def weights_path(weights: PublishedWeights) -> Path:
    """Return where `aacbench fetch` puts the file."""
    suffix = next((suffix for suffix in SUFFIXES if suffix in weights.url), ".pth")
    return home() / "weights" / f"{weights.name}{suffix}"


def classes_path(weights: PublishedWeights) -> Path | None:
    """Return where `aacbench fetch` puts the list of the classes of the weights' tagging head; None without one."""
    return None if weights.classes is None else home() / "weights" / f"{weights.classes.name}.csv"


def pretrained_setting(spec: MethodSpec, given: str) -> dict[str, Any]:
    """Return the setting by which a method loads the weights `given`: a name, a file, or a run's folder.

    Raises:
        UserError: the method loads none, or the folder holds no pretrained encoder.
    """
    path = Path(given)
    value = str(_encoder_file(path).resolve()) if os.path.exists(path) else given
    fields = outline(spec).settings.model_fields
    if "weights" in fields:
        return {"weights": value}
    if "encoder" in fields and "weights" in getattr(fields["encoder"].annotation, "model_fields", {}):
        return {"encoder": {"weights": value}}
    raise UserError(
        f"the method {spec.name} takes no --pretrained: it loads no weights into an encoder. "
        f"Try --method seq2seq --pretrained {given}"
    )


def _encoder_file(path: Path) -> Path:
    """Return the encoder that a run, or a stage, has pretrained; a file is itself."""
    if path.is_file():
        return path
    try:
        folders: list[Path] = [path / stage for stage in load_json(path / "stages.json").values()]
    except (OSError, ValueError, TypeError, AttributeError):
        folders = [path]
    files = [file for folder in folders if os.path.isfile(file := folder / ENCODER_FILE)]
    if not files:
        raise UserError(
            f"{path} holds no pretrained encoder; name a run whose record has a pretraining stage, a .safetensors or "
            ".pth file, or published weights (`aacbench list encoders`)"
        )
    return files[-1]


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
            f"the weights {name} are not here ({path}); {_how_to_get(known[name])}, or choose a preset that "
            "trains its own encoder (--preset quick)"
        )
    return known[name], path


def _how_to_get(weights: PublishedWeights) -> str:
    if offline():
        return f"AACBENCH_OFFLINE is set: put the file from {weights.url} there by hand"
    return f"run `aacbench fetch {weights.name}`"


def _load_file(spec: EncoderSpec, encoder: nn.Module, path: Path) -> None:
    """Load a file of the user's; of several published forms, the first that fits."""
    if path.suffix == ".safetensors":
        from aacbench.models.checkpoint import load_strictly, read_tensors  # noqa: PLC0415

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
