"""Random weights in the published forms, where `aacbench fetch` puts them: file kinds, outer keys, names, shapes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import h5py
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from aacbench.audio import front_end
from aacbench.models.encoders.cnn10 import AUDIOCAPTION_KEYS, Cnn10
from aacbench.models.encoders.cnn14 import Cnn14
from aacbench.models.encoders.resnet38 import ResNet38
from aacbench.models.encoders.wavegram_logmel_cnn14 import WavegramLogmelCnn14
from aacbench.models.encoders.yamnet import WHERE, Yamnet
from aacbench.models.published_text import PUBLISHED
from tests.published_forms import hub_repository

FRONT_END = {  # frozen parameters that PANNs' files have besides the network's
    "spectrogram_extractor.stft.conv_real.weight": (513, 1, 1024),
    "spectrogram_extractor.stft.conv_imag.weight": (513, 1, 1024),
    "logmel_extractor.melW": (513, 64),
}
PANNS: dict[str, Any] = {
    "panns-cnn10": lambda width: Cnn10(64, width),
    "panns-cnn14": lambda width: Cnn14(64, width),
    "panns-resnet38": lambda width: ResNet38(64, width),
    "panns-wavegram-logmel-cnn14": lambda width: WavegramLogmelCnn14(front_end("panns-waveform"), width),
}
SMALL_AST = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
SMALL_BERT = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}


def write_weights(home: Path, hub: Path, captions: list[str], width: float = 1.0) -> None:
    """Write all that the `paper` presets load; with a `width` below 1, small networks in the same forms."""
    torch.manual_seed(0)
    folder = home / "weights"
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PANNS.items():
        _panns(folder / f"{name}.pth", make(width))
    _audiocaption(folder / "audiocaption-cnn10.pth", Cnn10(64, width))
    _tensorflow(folder / "yamnet.h5", Yamnet(width=width))
    _ast(folder / "ast.safetensors", {} if width == 1.0 else SMALL_AST)
    full = {"bert-base": {"vocab_size": 30522}, "bert-medium": {"vocab_size": 30522}, "roberta-base": {}}
    for name in ("bert-base", "bert-medium", "roberta-base"):
        sizes: dict[str, Any] = full[name] if width == 1.0 else SMALL_BERT
        if not (hub / f"models--{PUBLISHED[name].hub.replace('/', '--')}").exists():
            hub_repository(hub, name, captions, **sizes)


def _panns(path: Path, network: nn.Module) -> None:
    """Zenodo's checkpoints: the weights under `model`, with the frozen front-end, and the iteration."""
    tensors = {name: torch.zeros(shape) for name, shape in FRONT_END.items()} | dict(network.state_dict())
    torch.save({"iteration": 1_000_000, "model": tensors}, path)


def _audiocaption(path: Path, network: nn.Module) -> None:
    """AudioCaption's names; the file has no tagging head."""
    tensors = {}
    for name, value in network.state_dict().items():
        for theirs, ours in AUDIOCAPTION_KEYS.items():
            if name.startswith(ours):
                tensors[theirs + name.removeprefix(ours)] = value
    torch.save({"model": tensors}, path)


def _tensorflow(path: Path, network: nn.Module) -> None:
    """Keras' datasets: kernels (H, W, in, out), depthwise ones (H, W, C, 1), the dense one (in, out)."""
    with h5py.File(path, "w") as file:
        for name, dataset in WHERE.items():
            value: Tensor = network.state_dict()[name]
            if value.ndim == 4:
                value = (
                    value.permute(2, 3, 0, 1) if dataset.endswith("depthwise_kernel:0") else value.permute(2, 3, 1, 0)
                )
            elif value.ndim == 2:
                value = value.T
            file[dataset] = value.numpy()


def _ast(path: Path, sizes: dict[str, Any]) -> None:
    """The hub's file, under the names before transformers 5."""
    from transformers import ASTConfig, ASTForAudioClassification

    settings: dict[str, Any] = {"num_labels": 527, **sizes}
    network = ASTForAudioClassification(ASTConfig(**settings))
    tensors = {}
    for name, value in network.state_dict().items():
        old = re.sub(r"transformer\.layers\.", "transformer.encoder.layer.", name)
        for new, long in (("q", "query"), ("k", "key"), ("v", "value")):
            old = old.replace(f".attention.{new}_proj.", f".attention.attention.{long}.")
        old = old.replace(".attention.o_proj.", ".attention.output.dense.")
        tensors[old.replace(".mlp.fc1.", ".intermediate.dense.").replace(".mlp.fc2.", ".output.dense.")] = value.clone()
    save_file(tensors, path)
