"""Random weights in the exact forms of the published ones: file kinds, outer keys, names, and shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from aacbench.files.download.revisions import KNOWN
from aacbench.models.published_text import PUBLISHED
from aacbench.runtime import libraries

UNPINNED = "0" * 40
BERT_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ROBERTA_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def hub_repository(cache: Path, name: str, captions: Sequence[str], **sizes: Any) -> dict[str, Tensor]:
    """Put a text encoder's repository into a hub cache, in the real one's form; return its network's tensors.

    Words are the captions', unless `sizes` give another `vocab_size`, up to which the list is filled.
    """
    known = PUBLISHED[name]
    commit = KNOWN.get(known.hub, UNPINNED)
    repository = cache / f"models--{known.hub.replace('/', '--')}"
    folder = repository / "snapshots" / commit
    folder.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs/main").write_text(commit)
    if known.family == "roberta":
        return _roberta(folder, captions, {**dict(known.sizes), **sizes})
    return _bert(folder, captions, {**dict(known.sizes), **sizes}, modern=known.hub in KNOWN)


def _bert(folder: Path, captions: Sequence[str], sizes: Mapping[str, Any], modern: bool) -> dict[str, Tensor]:
    """BERT base's repository (`modern`: safetensors, TensorFlow's names of norms) or BERT medium's (a pickle)."""
    transformers = libraries.load("transformers", "a test")

    words = _filled([*BERT_SPECIAL, *sorted({word for text in captions for word in text.lower().split()})], sizes)
    config = {
        "hidden_act": "gelu", "initializer_range": 0.02, "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1, "type_vocab_size": 2, "max_position_embeddings": 512,
        **sizes, "vocab_size": len(words),
    }  # fmt: skip
    network = transformers.BertForPreTraining(transformers.BertConfig(**config))
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    if modern:
        _json(folder / "config.json", {**config, "model_type": "bert", "architectures": ["BertForMaskedLM"]})
        _json(folder / "tokenizer_config.json", {"do_lower_case": True, "model_max_length": 512})
        old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
        _safetensors(folder, network, old)
    else:
        _json(folder / "config.json", config)
        torch.save(network.state_dict(), folder / "pytorch_model.bin")
    states: dict[str, Tensor] = network.bert.state_dict()
    return states


def _roberta(folder: Path, captions: Sequence[str], sizes: Mapping[str, Any]) -> dict[str, Tensor]:
    """RoBERTa base's repository: byte-level BPE, whose merges are few here, and safetensors without a pooler."""
    transformers = libraries.load("transformers", "a test")
    from tokenizers import ByteLevelBPETokenizer

    trained: Any = ByteLevelBPETokenizer()
    trained.train_from_iterator(captions, vocab_size=400, special_tokens=[*ROBERTA_SPECIAL], show_progress=False)
    trained.save_model(str(folder))
    words = json.loads((folder / "vocab.json").read_text())
    count = max(len(words), sizes.get("vocab_size", 0) if "num_hidden_layers" not in sizes else 0)
    config = {
        "type_vocab_size": 1, "max_position_embeddings": 514, "layer_norm_eps": 1e-5, "pad_token_id": 1,
        "bos_token_id": 0, "eos_token_id": 2, **sizes, "vocab_size": count,
    }  # fmt: skip
    network = transformers.RobertaForMaskedLM(transformers.RobertaConfig(**config))
    _json(folder / "config.json", {**config, "model_type": "roberta", "architectures": ["RobertaForMaskedLM"]})
    _json(folder / "tokenizer_config.json", {"model_max_length": 512})
    _safetensors(folder, network, {})
    states: dict[str, Tensor] = network.roberta.state_dict()
    return states


def _filled(words: list[str], sizes: Mapping[str, Any]) -> list[str]:
    """Return the words, and as many made up ones as `vocab_size` asks for."""
    return words + [f"[unused{number}]" for number in range(sizes.get("vocab_size", 0) - len(words))]


def _safetensors(folder: Path, network: torch.nn.Module, renamed: Mapping[str, str]) -> None:
    tensors = {}
    for name, value in network.state_dict().items():
        for new, old in renamed.items():
            name = name.replace(new, old)
        tensors[name] = value.clone()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value))
