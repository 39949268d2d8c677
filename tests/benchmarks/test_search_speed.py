"""Clips a second of batched beam search with caches, against the same search one clip at a time without caches.

The naive search calls the decoder's teacher-forcing pass on every whole prefix, as a plain reading of it does.
"""

from __future__ import annotations

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from aacbench.inference.search import search
from aacbench.inference.settings import SearchSettings
from aacbench.models.decoders.transformer import TransformerDecoder
from aacbench.text.vocabulary import BOS, EOS, PAD, UNK
from aacbench.types import Encoded

CLIPS, FRAMES, BEAM, STEPS = 32, 50, 4, 20


def parts() -> tuple[TransformerDecoder, Encoded, SearchSettings]:
    torch.manual_seed(0)
    decoder = TransformerDecoder(1000, 192, dim=192, layers=2, heads=4, feed_forward=2048).eval()
    encoded = Encoded(torch.randn(CLIPS, FRAMES, 192), torch.full((CLIPS,), FRAMES), torch.zeros(CLIPS, 1))
    return decoder, encoded, SearchSettings(beam_size=BEAM, max_words=STEPS, stop="all-steps")


@torch.no_grad()
def naive(decoder: TransformerDecoder, encoded: Encoded) -> list[list[int]]:
    """Beam search over whole prefixes, one clip after the other."""
    return [one(decoder, encoded.select(torch.tensor([clip]))) for clip in range(CLIPS)]


def one(decoder: TransformerDecoder, encoded: Encoded) -> list[int]:
    beams: list[tuple[float, list[int]]] = [(0.0, [BOS])]
    done: list[tuple[float, list[int]]] = []
    for step in range(1, STEPS + 1):
        grown: list[tuple[float, list[int]]] = []
        for score, prefix in beams:
            logits = decoder(encoded, torch.tensor([prefix])).logits[0, -1]
            log_probs = torch.log_softmax(logits, 0)
            log_probs[[PAD, BOS, UNK]] = -torch.inf
            if step == 1:
                log_probs[EOS] = -torch.inf
            values, tokens = log_probs.topk(2 * BEAM)
            grown += [
                (score + value, [*prefix, token]) for value, token in zip(values.tolist(), tokens.tolist(), strict=True)
            ]
        grown = sorted(grown, key=lambda item: -item[0])[: 2 * BEAM]
        done += [(score / step, prefix) for score, prefix in grown[:BEAM] if prefix[-1] == EOS]
        beams = [item for item in grown if item[1][-1] != EOS][:BEAM]
    best = max(done, key=lambda item: item[0]) if done else max(beams, key=lambda item: item[0])
    return [token for token in best[1] if token > UNK]


@pytest.mark.benchmark(group="beam search, 32 clips, beam 4, 20 steps")
def test_batched_with_caches(benchmark: BenchmarkFixture) -> None:
    decoder, encoded, settings = parts()
    found, _ = benchmark(search, decoder, encoded, settings)
    assert len(found) == CLIPS


@pytest.mark.benchmark(group="beam search, 32 clips, beam 4, 20 steps")
def test_one_clip_at_a_time_without_caches(benchmark: BenchmarkFixture) -> None:
    decoder, encoded, settings = parts()
    found = benchmark.pedantic(naive, (decoder, encoded), rounds=1)  # type: ignore[no-untyped-call]
    assert found == search(decoder, encoded, settings)[0]
