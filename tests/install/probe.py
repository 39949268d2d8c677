"""Run where torchaudio is absent or broken: prints as JSON what resampling, filter banks, AST and MiniLM give."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aacbench import score
from aacbench.audio import front_end
from aacbench.audio.io import resample
from aacbench.audio.logmel import extract
from aacbench.models.encoders.ast import Ast
from aacbench.models.published_text import TextSettings
from aacbench.models.text_encoders import make_text_encoder
from aacbench.runtime.libraries import torchaudio_fault


def chirp(seconds: float, rate: int) -> Any:
    """Return a rising tone with some noise, (samples,), float32."""
    time = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(0).standard_normal(len(time))
    return (0.5 * np.sin(2 * np.pi * (200 + 900 * time) * time) + 0.01 * noise).astype(np.float32)


@torch.no_grad()
def answers(minilm: Path) -> dict[str, list[float]]:
    """Return numbers by the name of what gave them."""
    torch.manual_seed(0)
    features = extract(chirp(1.0, 16000), front_end("ast"))
    encoder = Ast(window=96, dim=16, layers=1, heads=2, feed_forward=32).eval()
    text = make_text_encoder(TextSettings(source=str(minilm)), []).eval()
    sentences = {"sbert_sim": {"model": str(minilm)}}
    similar = score(["a dog barks"], [["a dog is barking"]], ["sbert_sim"], settings=sentences)
    return {
        "resample": resample(chirp(0.3, 44100), 44100, 32000).tolist(),
        "filter bank": features.flatten().tolist(),
        "ast": encoder(features[None], torch.tensor([len(features)])).clip[0].tolist(),
        "text encoder": text(*text.tokens(["a dog barks"]))[0].tolist(),
        "sbert_sim": list(similar.values()),
    }


if __name__ == "__main__":
    numbers = answers(Path(sys.argv[1]))
    print(json.dumps({"fault": torchaudio_fault(), "numbers": numbers}))
