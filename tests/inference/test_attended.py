"""When a captioner attended at its words: one pass over decoded captions says what each caption's own steps say."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from aacbench.inference.attention import caption_attention
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.inference.ensemble import EnsembleCaptioner
from aacbench.inference.settings import SearchSettings
from aacbench.models.decoders.gru_attention import GruAttentionDecoder
from aacbench.models.decoders.transformer import TransformerDecoder
from aacbench.types import Clip

from .test_attention import LISTED, captioner

CLIPS = [Clip(f"{number}.wav", Path(f"{number}.wav")) for number in range(7)]


def varied(decoder: torch.nn.Module, beam: int = 3) -> NetworkCaptioner:
    """Return a captioner that hears another noise of another length in every clip."""
    made = captioner(decoder)
    made.settings = SearchSettings(beam_size=beam, max_words=6, batch_size=4)
    heard = {
        clip: 3 * torch.randn(7 + 3 * number, 64, generator=torch.Generator().manual_seed(number))
        for number, clip in enumerate(CLIPS)
    }
    made.features = cast(Any, SimpleNamespace(prepare=lambda clips, progress=True: None, load=heard.__getitem__))
    return made


def decoders() -> list[torch.nn.Module]:
    torch.manual_seed(5)
    size = len(LISTED) + 4
    return [
        GruAttentionDecoder(size, 3, dim=8, embedding_dim=5, attention_dim=7),
        TransformerDecoder(size, 3, dim=8, layers=2, heads=2, feed_forward=16),
    ]


@pytest.mark.parametrize("number", [0, 1], ids=["gru", "transformer"])
@pytest.mark.parametrize("beam", [1, 3])
def test_the_winner_of_the_search_is_what_is_timed(number: int, beam: int) -> None:
    made = varied(decoders()[number], beam)
    timed = made.timed_captions(CLIPS)
    assert [one.text for one in timed] == made.caption(CLIPS)
    for one, alone in zip(timed, caption_attention(made, CLIPS), strict=True):
        assert one.text == alone.caption
        centres = alone.spans.mean(1)[alone.weights.argmax(1)]
        assert one.seconds == pytest.approx(centres[: len(one.seconds)], abs=6e-4)
        assert len(one.seconds) == len(one.text.split())
        assert all(second is not None and second == round(second, 3) for second in one.seconds)
    assert len({one.text for one in timed}) > 1 and len({second for one in timed for second in one.seconds}) > 1


def test_what_does_not_say_it_leaves_it_out() -> None:
    made = varied(decoders()[0])
    both = EnsembleCaptioner([made, varied(decoders()[1])], made.settings)
    assert [one.seconds for one in both.timed_captions(CLIPS)] == [()] * len(CLIPS)
    assert [one.text for one in both.timed_captions(CLIPS)] == both.caption(CLIPS)
    cast(Any, made.model).features = object()  # nobody knows when its frames are
    assert [one.seconds for one in made.timed_captions(CLIPS)] == [()] * len(CLIPS)
    assert [one.text for one in made.timed_captions(CLIPS)] == made.caption(CLIPS)


class Mute(GruAttentionDecoder):
    """The GRU, whose state keeps its attention to itself."""

    def start(self, encoded: Any) -> Any:
        return _Muted(super().start(encoded))

    def step(self, tokens: Any, state: Any) -> Any:
        logits, after = super().step(tokens, state.plain)
        return logits, _Muted(after)


class _Muted:
    def __init__(self, plain: Any) -> None:
        self.plain = plain

    def select(self, rows: Any) -> _Muted:
        return _Muted(self.plain.select(rows))


def test_a_decoder_without_attention() -> None:
    torch.manual_seed(5)
    made = varied(Mute(len(LISTED) + 4, 3, dim=8, embedding_dim=5, attention_dim=7))
    timed = made.timed_captions(CLIPS)
    assert [one.text for one in timed] == made.caption(CLIPS)
    assert not any(one.seconds for one in timed)
