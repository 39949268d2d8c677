"""Text encoders for retrieval: BERT, RoBERTa and MiniLM through transformers, with their tokenizers.

A caption's vector is the last layer's output at its first token ([CLS] or <s>). Weights come from the Hugging Face hub
by id and revision, from a folder in the hub's form, or are random: then the network has the sizes of `TextSettings` and
its tokens are the words of the training captions, which needs no download.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aacbench.errors import UserError
from aacbench.files.atomic import atomic_write
from aacbench.models.layers.masks import valid
from aacbench.models.published_text import PUBLISHED, TextSettings, load_published_text, transformers_module
from aacbench.models.word_tokenizer import SPECIAL, word_tokenizer

CONFIG, TOKENIZER = "text.json", "tokenizer.json"
KEPT = (CONFIG, TOKENIZER)


class TextEncoder(nn.Module):
    """A transformer with its tokenizer. `dim` is the width of a caption's vector."""

    def __init__(self, model: Any, tokenizer: Any, max_tokens: int) -> None:
        super().__init__()
        self.model = model
        self.config = model.config
        self.dim = int(self.config.hidden_size)
        self.tokenizer = tokenizer
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_tokens)

    def tokens(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return token ids (N, L), padded, and how many of them are the text's (N,)."""
        rows = [encoded.ids for encoded in self.tokenizer.encode_batch(list(texts))]
        lengths = torch.tensor([len(row) for row in rows])
        ids = torch.full((len(rows), int(lengths.max())), int(self.config.pad_token_id))
        for index, row in enumerate(rows):
            ids[index, : len(row)] = torch.tensor(row)
        return ids, lengths

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Token ids (N, L) with lengths (N,) give vectors (N, dim)."""
        mask = valid(lengths, ids.shape[1]).long()
        states: Tensor = self.model(input_ids=ids, attention_mask=mask).last_hidden_state  # (N, L, dim)
        return states[:, 0]

    def keep(self, folder: Path) -> None:
        """Write what `reopen` needs besides the weights."""
        atomic_write(folder / CONFIG, self.config.to_json_string(use_diff=False))
        atomic_write(folder / TOKENIZER, self.tokenizer.to_str())


def make_text_encoder(settings: TextSettings, captions: Iterable[str]) -> TextEncoder:
    """Return the text encoder that `settings` ask for; `captions` are the training captions.

    Raises:
        UserError: transformers is not installed, or weights are neither here nor to be had.
    """
    if settings.source == "captions":
        tokenizer = word_tokenizer(captions)
        model = transformers_module().AutoModel.from_config(_small_config(settings, tokenizer.get_vocab_size()))
        return TextEncoder(model, tokenizer, settings.max_tokens)
    model, whole = load_published_text(settings)
    return TextEncoder(model, _copy(whole.backend_tokenizer), settings.max_tokens)


def reopen(folder: Path, max_tokens: int) -> TextEncoder:
    """Return the text encoder that `keep` described in `folder`, with random weights.

    Raises:
        UserError: transformers is not installed, or the files are missing or damaged.
    """
    transformers = transformers_module()
    from tokenizers import Tokenizer  # noqa: PLC0415

    try:
        stored = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # tokenizers raises bare exceptions
        raise UserError(f"{folder} describes no text encoder ({error}); repeat the run with --fresh") from error
    config = transformers.AutoConfig.for_model(stored.pop("model_type"), **stored)
    return TextEncoder(transformers.AutoModel.from_config(config), tokenizer, max_tokens)


def published_config(name: str) -> Any:
    """Return the published network's configuration, which needs no download."""
    known = PUBLISHED[name]
    return transformers_module().AutoConfig.for_model(known.family, **dict(known.sizes))


def _small_config(settings: TextSettings, vocabulary_size: int) -> Any:
    return transformers_module().AutoConfig.for_model(
        PUBLISHED[settings.name].family,
        vocab_size=vocabulary_size,
        hidden_size=settings.dim,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        intermediate_size=4 * settings.dim,
        max_position_embeddings=settings.max_tokens + 2,
        hidden_dropout_prob=settings.dropout,
        attention_probs_dropout_prob=settings.dropout,
        type_vocab_size=1,
        pad_token_id=SPECIAL.index("[PAD]"),
        bos_token_id=SPECIAL.index("[CLS]"),
        eos_token_id=SPECIAL.index("[SEP]"),
    )


def _copy(tokenizer: Any) -> Any:
    from tokenizers import Tokenizer  # noqa: PLC0415

    return Tokenizer.from_str(tokenizer.to_str())
