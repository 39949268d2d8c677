"""Attention of a captioner's words: their times, and attention over words; and how it is localised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from aacbench.analysis.localisation import localise, share_inside
from aacbench.audio import feature_settings
from aacbench.contracts import WordAttention
from aacbench.errors import UserError
from aacbench.inference.attended import frame_times
from aacbench.inference.attention import END, CaptionAttention, caption_attention
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.inference.settings import SearchSettings
from aacbench.models.decoders.gru_attention import GruAttentionDecoder
from aacbench.text.vocabulary import BOS, PAD, Vocabulary
from aacbench.types import Clip, Encoded, Event

FEATURES = feature_settings({"front_end": "panns"})  # 32 kHz, hop 320: 10 ms
LISTED = ["a", "dog", "barks", "rain", "falls"]


class Halving(torch.nn.Module):
    """Every second frame."""

    reduction, dim, clip_dim = 2, 3, 3

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        frames = features[:, ::2, :3]
        return Encoded(frames, (lengths + 1) // 2, frames.mean(1))


class Model(torch.nn.Module):
    """An encoder and the attentive GRU. The features come from where the test puts them."""

    features: Any = FEATURES

    def __init__(self, decoder: torch.nn.Module) -> None:
        super().__init__()
        self.encoder, self.words = Halving(), decoder

    @property
    def decoder(self) -> Any:
        return self.words

    def encode(self, features: Tensor, lengths: Tensor) -> Encoded:
        return cast(Encoded, self.encoder(features, lengths))


def captioner(decoder: torch.nn.Module | None = None) -> NetworkCaptioner:
    torch.manual_seed(3)
    words = decoder or GruAttentionDecoder(len(LISTED) + 4, 3, dim=8, embedding_dim=5, attention_dim=7)
    made = NetworkCaptioner(cast(Any, Model(words)), Vocabulary(LISTED), SearchSettings(beam_size=2, max_words=6))
    features = torch.randn(11, 64, generator=torch.Generator().manual_seed(1))
    made.features = cast(Any, SimpleNamespace(prepare=lambda clips, progress=True: None, load=lambda clip: features))
    return made


CLIP = Clip("a.wav", Path("a.wav"))


def test_words_are_those_of_the_caption_and_frames_have_times() -> None:
    made = captioner()
    (found,) = caption_attention(made, [CLIP])
    (text,) = made.caption([CLIP])
    assert found.caption == text
    assert found.words[-1] == END
    assert found.weights.shape == (len(found.words), 6)
    assert found.weights.sum(1) == pytest.approx(np.ones(len(found.words)), abs=1e-6)
    assert found.spans[:, 0] == pytest.approx(np.arange(6) * 0.02)
    assert found.spans[:, 1] == pytest.approx(np.arange(1, 7) * 0.02)
    assert found.streams == {}


def test_times_of_segments() -> None:
    made = captioner()
    model = cast(Any, made.model)
    model.encoder.frame_hop, model.encoder.frame_span = 0.48, 0.96
    assert frame_times(model) == (0.48, 0.96)
    (found,) = caption_attention(made, [CLIP])
    assert found.spans[2].tolist() == pytest.approx([0.96, 1.92])
    model.frame_hop = model.frame_span = 1.0  # the network's own say comes first
    assert frame_times(model) == (1.0, 1.0)
    other = cast(Any, captioner().model)
    other.features = object()
    with pytest.raises(UserError, match="does not say when its frames are"):
        frame_times(other)


class Reading(GruAttentionDecoder):
    """The GRU with two streams of attention over words: two keywords, and the words said so far."""

    def step(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        if not isinstance(state, ReadingState):
            state = ReadingState(state, tokens.new_empty(len(tokens), 0))
        logits, after = super().step(tokens, state.plain)
        return logits, ReadingState(after, torch.cat([state.said, tokens[:, None]], 1))


@dataclass(frozen=True)
class ReadingState:
    plain: Any
    said: Tensor

    def select(self, rows: Tensor) -> ReadingState:
        return ReadingState(self.plain.select(rows), self.said[rows])

    @property
    def weights(self) -> Tensor:
        return cast(Tensor, self.plain.weights)

    @property
    def word_attention(self) -> dict[str, WordAttention]:
        rows = len(self.said)
        even = torch.full(self.said.shape, 1 / self.said.shape[1])
        keywords = torch.tensor([[5, 7, PAD]]).expand(rows, 3)
        return {
            "keywords": WordAttention(keywords, torch.tensor([[0.75, 0.25, 0.0]]).expand(rows, 3)),
            "previous words": WordAttention(self.said, even),
        }


def test_streams_of_attention_over_words() -> None:
    torch.manual_seed(3)
    (found,) = caption_attention(captioner(Reading(9, 3, dim=8, embedding_dim=5, attention_dim=7)), [CLIP])
    count = len(found.words)
    assert set(found.streams) == {"keywords", "previous words"}
    assert found.streams["keywords"].words == (("dog", "rain"),) * count
    assert found.streams["keywords"].weights == ((0.75, 0.25),) * count
    previous = found.streams["previous words"]
    assert previous.words[0] == ("<begin>",)
    assert previous.words[-1] == ("<begin>", *found.words[:-1])
    assert BOS == 1
    assert all(sum(weights) == pytest.approx(1.0) for weights in previous.weights)


def attention(weights: list[list[float]], words: tuple[str, ...]) -> CaptionAttention:
    starts = np.arange(len(weights[0])) * 1.0
    return CaptionAttention(words, np.array(weights), np.stack([starts, starts + 1.0], 1))


EVENTS = (Event("dog bark", 1.0, 2.0), Event("dog bark", 1.5, 2.5), Event("rain", 0.0, 4.0))
CUES = {"dog bark": ("dog", "barks"), "rain": ("rain",), "bell": ("bell",)}


def test_shares_inside_events() -> None:
    spans = attention([[0.0] * 4], ("a",)).spans
    assert share_inside(spans, EVENTS[:2]).tolist() == [0.0, 1.0, 0.5, 0.0]  # what overlaps counts once
    wide = np.stack([np.arange(4) * 1.0, np.arange(4) + 2.0], 1)
    assert share_inside(wide, [Event("x", 1.0, 2.0)]).tolist() == [0.5, 0.5, 0.0, 0.0]
    assert share_inside(spans, [Event("x", -5.0, 9.0)]).tolist() == [1.0] * 4
    assert share_inside(spans, []).tolist() == [0.0] * 4


def test_localisation_by_hand() -> None:
    clip = Clip("a.wav", Path("a.wav"), events=EVENTS)
    words = ("a", "dog", "barks", "rain", "bell", END)
    even = [0.25] * 4
    found = localise([clip], [attention([even, [0, 0.8, 0.2, 0], even, even, even, even], words)], CUES)
    assert [(word.word, word.label) for word in found.words] == [
        ("dog", "dog bark"),
        ("barks", "dog bark"),
        ("rain", "rain"),
    ]
    assert [word.mass for word in found.words] == pytest.approx([0.9, 0.375, 1.0])
    assert [word.chance for word in found.words] == pytest.approx([0.375, 0.375, 1.0])
    assert found.unheard == 1
    summary = cast(Any, found.summary())
    assert summary["mass"] == pytest.approx((0.9 + 0.375 + 1.0) / 3)
    assert summary["classes"]["dog bark"] == {"mass": pytest.approx(0.6375), "chance": pytest.approx(0.375), "words": 2}
    assert (summary["clips"], summary["unheard_words"]) == (1, 1)
    none = localise([replace(clip, events=())], [attention([even] * 6, words)], CUES)
    assert cast(Any, none.summary())["mass"] is None


def test_soundscapes_names_its_events() -> None:
    from aacbench.contracts import EventVocabulary
    from aacbench.datasets.soundscapes.dataset import Soundscapes
    from aacbench.datasets.soundscapes.events import EVENTS as CLASSES

    dataset = Soundscapes()
    assert isinstance(dataset, EventVocabulary)
    cues = dataset.event_words()
    assert set(cues) == set(CLASSES)
    flat = [word for words in cues.values() for word in words]
    assert len(flat) == len(set(flat))
