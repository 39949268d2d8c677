"""The fluency checker of FENSE (Zhou et al. 2022): a BERT that gives the probability that a caption is
ill-formed.

A caption is lower-cased and stripped of everything but word characters and blanks, cut or padded to 64 word
pieces; the last hidden state of [CLS] goes through one linear layer with six sigmoid outputs, of which the
last is "has an error". The published checkpoints are torch files with `model_type` (the tokenizer's id on
the Hugging Face hub), `num_classes` and `state_dict` (`encoder.*` and `clf.*`); the encoder's size is read
from its weights, so only the tokenizer comes from the hub. Addresses and SHA-256 are those that the authors'
own loader verifies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aacbench.contracts import PublishedWeights
from aacbench.errors import UserError
from aacbench.files.download import hub_advice
from aacbench.files.download.hub import TOKENIZER, model_folder
from aacbench.runtime import libraries
from aacbench.runtime.cores import each_on_a_core

if TYPE_CHECKING:
    from torch import Tensor

ERROR_CLASS = -1  # of the six: added tail, repeated event, repeated adverb, lost conjunction, lost verb, error
PIECES = 64

FENSE = PublishedWeights(
    name="fense",
    url="https://github.com/blmoistawinde/fense/releases/download/V0.1/echecker_clotho_audiocaps_base.ckpt",
    load="aacbench.metrics.fluency:load_checker",
    sha256="1a719f090af70614bbdb9f9437530b7e133c48cfa4a58d964de0d47fc974a2fa",
)


@dataclass
class FluencyChecker:
    """A loaded checker: `encoder` (BERT), `head` (linear) and `tokenizer`, on one device."""

    encoder: Any
    head: Any
    tokenizer: Any

    def error_probabilities(self, captions: Sequence[str], batch_size: int = 32) -> list[float]:
        """Return the probability of an error in each caption; each distinct one is read once."""
        texts = sorted({plain(caption) for caption in captions}, key=lambda text: (-len(text), text))
        batches = [texts[start : start + batch_size] for start in range(0, len(texts), batch_size)]
        rows = each_on_a_core(self._probabilities, batches, str(self.head.weight.device))
        known = dict(zip(texts, (value for row in rows for value in row), strict=True))
        return [known[plain(caption)] for caption in captions]

    def _probabilities(self, texts: Sequence[str]) -> list[float]:
        import torch

        batch = self.tokenizer([*texts], truncation=True, padding=True, max_length=PIECES, return_tensors="pt")
        device = self.head.weight.device
        with torch.inference_mode():
            hidden = self.encoder(
                input_ids=batch["input_ids"].to(device), attention_mask=batch["attention_mask"].to(device)
            ).last_hidden_state  # (captions, pieces, width)
            probabilities: list[float] = self.head(hidden[:, 0]).sigmoid()[:, ERROR_CLASS].tolist()
        return probabilities


def plain(caption: str) -> str:
    """Return the caption as the checker reads it: lower case, without punctuation."""
    return re.sub(r"[^\w\s]", "", caption).lower()


def load_checker(path: Path, tokenizer: str | None = None, device: str = "cpu") -> FluencyChecker:
    """Load a checkpoint; `tokenizer` (an id or a folder) replaces the one that the checkpoint names.

    Raises:
        UserError: transformers cannot be loaded, the file is no such checkpoint, or the tokenizer cannot be
        had.
    """
    import torch

    transformers = _transformers()
    model_type, weights = read_checkpoint(path)
    config = _config(weights, path)
    try:
        encoder = transformers.BertModel(config, add_pooling_layer="pooler.dense.weight" in weights["encoder"])
        classes, width = weights["clf"]["weight"].shape
        head = torch.nn.Linear(width, classes)
        weights["encoder"].pop("embeddings.position_ids", None)  # kept by older releases of transformers
        encoder.load_state_dict(weights["encoder"])
        head.load_state_dict(weights["clf"])
    except (RuntimeError, KeyError, ValueError, TypeError, AssertionError) as error:
        raise UserError(f"{path} does not hold a BERT fluency checker: {_first_line(error)}") from error
    name = tokenizer or model_type
    folder = model_folder(name, "tokenizer of the fluency checker", setting="fer.tokenizer", only=TOKENIZER)
    try:
        pieces = transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except Exception as error:  # transformers raises many kinds, all for want of files
        raise UserError(
            f"cannot get the tokenizer {name!r} of the fluency checker ({_first_line(error)}); {hub_advice(name)}, "
            "or set fer.tokenizer to a folder that holds it"
        ) from error
    for network in (encoder, head):
        network.train(False).to(device)
    return FluencyChecker(encoder, head, pieces)


def read_checkpoint(path: Path) -> tuple[str, dict[str, dict[str, Tensor]]]:
    """Return the tokenizer's id and the weights of `encoder` and `clf`.

    Raises:
        UserError: the file is no such checkpoint.
    """
    import argparse  # noqa: PLC0415

    from aacbench.files.unpickle import is_plain, unpickle  # noqa: PLC0415

    content = unpickle(path, argparse.Namespace)
    try:
        state, model_type = content["state_dict"], content["model_type"]
        if not isinstance(model_type, str) or not all(map(is_plain, state.values())):
            raise TypeError("wanted the name of a model and tensors")
        parts: dict[str, dict[str, Tensor]] = {"encoder": {}, "clf": {}}
        for key, value in state.items():
            part, _, rest = key.partition(".")
            parts[part][rest] = value
        if not all(parts.values()):
            raise KeyError("encoder or clf")
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is no fluency checker checkpoint ({_first_line(error)})") from error
    return model_type, parts


def _config(weights: dict[str, dict[str, Tensor]], path: Path) -> Any:
    """Return the encoder's configuration, read from the shapes of its weights; heads are 64 wide in every
    BERT.
    """
    state = weights["encoder"]
    try:
        vocabulary, width = state["embeddings.word_embeddings.weight"].shape
        layers = {key.split(".")[2] for key in state if key.startswith("encoder.layer.")}
        return _transformers().BertConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            num_hidden_layers=len(layers),
            num_attention_heads=max(1, width // 64),
            intermediate_size=state["encoder.layer.0.intermediate.dense.weight"].shape[0],
            max_position_embeddings=state["embeddings.position_embeddings.weight"].shape[0],
            type_vocab_size=state["embeddings.token_type_embeddings.weight"].shape[0],
        )
    except (KeyError, ValueError, IndexError) as error:
        raise UserError(f"{path} does not hold a BERT encoder ({_first_line(error)} is missing)") from error


def _transformers() -> Any:
    return libraries.load("transformers", "the fluency checker", "AutoTokenizer", "BertConfig", "BertModel")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
