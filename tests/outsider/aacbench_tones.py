"""A third-party plugin as an outsider would write it: a dataset of tones, an encoder, a decoder, a metric and a method.

`TONES_KILL=WHERE:N` kills the process, as a power cut would, at the N-th training step, decoding chunk or scoring.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from aacbench.contracts import (
    DatasetOptions,
    DatasetSpec,
    DecoderOutput,
    DecoderSpec,
    EncoderChoice,
    EncoderSpec,
    MethodSpec,
    MetricSpec,
    Variant,
)
from aacbench.errors import unknown_name
from aacbench.hookspecs import hookimpl
from aacbench.types import Clip, Encoded, Score, ScoringItems

COUNTS: dict[str, int] = {}


def maybe_die(where: str) -> None:
    """Count, and kill the process without a last word when the count is the one asked for."""
    COUNTS[where] = COUNTS.get(where, 0) + 1
    if os.environ.get("TONES_KILL") == f"{where}:{COUNTS[where]}":
        os.kill(os.getpid(), signal.SIGKILL)


# -- dataset ------------------------------------------------------------------------------------------------------

PITCHES = {"low": 220.0, "middle": 880.0, "high": 3520.0}


class Tones:
    """Half-second tones of three pitches; captions name the pitch."""

    name, version, splits = "tones", "1", ("development", "validation", "evaluation")
    sizes: ClassVar[dict[str, int]] = {"development": 24, "validation": 6, "evaluation": 150}

    def __init__(self, options: DatasetOptions) -> None:
        for name in options.settings:
            raise unknown_name("setting of tones", name, ())
        self.folder = options.data_dir or Path("tones")

    def clips(self, split: str) -> list[Clip]:
        if split not in self.splits:
            raise unknown_name("split of tones", split, self.splits)
        return [self._clip(split, index) for index in range(self.sizes[split])]

    def _clip(self, split: str, index: int) -> Clip:
        import soundfile

        pitch = list(PITCHES)[index % 3]
        path = self.folder / f"{split}-{index:03d}.wav"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            time = np.arange(4000 + 200 * (index % 5)) / 8000
            soundfile.write(path, 0.3 * np.sin(2 * np.pi * PITCHES[pitch] * time * (1 + index % 7 / 100)), 8000)
        captions = (f"A {pitch} tone is heard.", f"Someone plays a {pitch} tone.")
        return Clip(path.name, path, captions, tags=(pitch,))


# -- networks -----------------------------------------------------------------------------------------------------


def linear_encoder(mel_bins: int, dim: int = 16) -> Any:
    import torch
    from torch import nn

    class LinearEncoder(nn.Module):
        reduction = 1

        def __init__(self) -> None:
            super().__init__()
            self.dim = self.clip_dim = dim
            self.linear = nn.Linear(mel_bins, dim)

        def forward(self, features: Any, lengths: Any) -> Encoded:
            if self.training:
                maybe_die("train")
            frames = torch.tanh(self.linear(features / 40 + 1))  # decibels to about 1
            valid = torch.arange(frames.shape[1])[None, :, None] < lengths[:, None, None]
            return Encoded(frames, lengths, (frames * valid).sum(1) / lengths[:, None])

    return LinearEncoder()


@dataclass(frozen=True)
class Hidden:
    """A GRU's hidden vectors (N, D)."""

    vectors: Any

    def select(self, rows: Any) -> Hidden:
        return Hidden(self.vectors[rows])


def gru_decoder(vocabulary_size: int, encoder_dim: int, dim: int = 24) -> Any:
    import torch
    from torch import nn

    class GruDecoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(vocabulary_size, dim)
            self.initial = nn.Linear(encoder_dim, dim)
            self.cell = nn.GRUCell(dim, dim)
            self.dropout = nn.Dropout(0.1)
            self.classifier = nn.Linear(dim, vocabulary_size)

        def forward(self, encoded: Encoded, tokens: Any) -> DecoderOutput:
            state, hidden = self.start(encoded), []
            for place in range(tokens.shape[1]):
                _, state = self.step(tokens[:, place], state)
                hidden.append(state.vectors)
            stacked = torch.stack(hidden, 1)
            return DecoderOutput(self.classifier(self.dropout(stacked)), stacked)

        def start(self, encoded: Encoded) -> Hidden:
            return Hidden(torch.tanh(self.initial(encoded.clip)))

        def step(self, tokens: Any, state: Hidden) -> tuple[Any, Hidden]:
            vectors = self.cell(self.embedding(tokens), state.vectors)
            return self.classifier(vectors), Hidden(vectors)

    return GruDecoder()


# -- metric and method --------------------------------------------------------------------------------------------


class PitchAccuracy:
    """How often the candidate names a pitch that the references name."""

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        maybe_die("score")
        rows = [
            float(any(pitch in candidate.split() and pitch in " ".join(references).split() for pitch in PITCHES))
            for candidate, references in zip(items.candidate_tokens, items.reference_tokens, strict=True)
        ]
        return [Score("pitch_accuracy", sum(rows) / len(rows), tuple(rows), {"version": 1})]


def tones_method() -> Any:
    from aacbench.audio import feature_settings
    from aacbench.contracts.context import RunContext
    from aacbench.inference.captioner import NetworkCaptioner
    from aacbench.inference.settings import SearchSettings
    from aacbench.models.captioning import EncoderDecoder
    from aacbench.training.cross_entropy import CrossEntropy, load_trained
    from aacbench.training.settings import AugmentSettings, CaptionTrainSettings, Frozen, TrainSettings

    class Settings(Frozen):
        dim: int = 24
        search: SearchSettings = SearchSettings(beam_size=3, max_words=8)
        captions: CaptionTrainSettings = CaptionTrainSettings(
            train=TrainSettings(epochs=12, batch_size=4, lr=2e-2, checkpoint_seconds=0.0),
            augment=AugmentSettings(time_width=4, mel_width=4),
        )

    class Captioner(NetworkCaptioner):
        def caption(self, clips: Sequence[Clip]) -> list[str]:
            maybe_die("decode")
            return super().caption(clips)

    class Method:
        settings = Settings
        presets: Mapping[str, Mapping[str, Any]] = {"smoke": {}, "quick": {}, "paper": {}}

        def network(self, context: RunContext) -> tuple[EncoderDecoder, Any]:
            settings: Settings = context.settings
            features = feature_settings(
                {"front_end": "panns", "sample_rate": 8000, "window": 256, "n_fft": 256, "hop": 128, "f_max": 4000.0}
                | {"mel_bins": 20}
            )
            vocabulary = context.vocabulary()
            encoder = context.encoder(EncoderChoice("linear-tones", features))
            decoder = context.decoder("gru-tones", len(vocabulary), 16, dim=settings.dim)
            return EncoderDecoder(features, encoder, decoder), vocabulary

        def recipe(self, context: RunContext) -> list[CrossEntropy]:
            return [CrossEntropy(self.network, context.settings.captions, {"dim": context.settings.dim})]

        def captioner(self, context: RunContext) -> Captioner:
            model, vocabulary = self.network(context)
            load_trained(model, context.stages["cross-entropy"])
            return Captioner(model, vocabulary, context.settings.search, context.device)

    return Method()


# -- hooks --------------------------------------------------------------------------------------------------------


@hookimpl
def register_datasets(register: Callable[[DatasetSpec], None]) -> None:
    register(DatasetSpec("tones", "tones of three pitches", Tones, licence="CC0-1.0"))


@hookimpl
def register_encoders(register: Callable[[EncoderSpec], None]) -> None:
    register(EncoderSpec("linear-tones", "one linear layer", linear_encoder))


@hookimpl
def register_decoders(register: Callable[[DecoderSpec], None]) -> None:
    register(DecoderSpec("gru-tones", "one GRU cell", gru_decoder))


@hookimpl
def register_metrics(register: Callable[[MetricSpec], None]) -> None:
    register(MetricSpec("pitch_accuracy", "names the right pitch", PitchAccuracy, default=False))


@hookimpl
def register_methods(register: Callable[[MethodSpec], None]) -> None:
    variants = (Variant("small", "24 wide"), Variant("wide", "48 wide", {"dim": 48}))
    register(MethodSpec("tones", "a linear encoder and a GRU", tones_method, variants=variants))
