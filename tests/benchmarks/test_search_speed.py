"""Batched search with caches against the same search one clip at a time without caches, and against the arithmetic.

The naive search calls the decoder's teacher-forcing pass on every whole prefix, as a plain reading of it does. The
arithmetic limit is the search's multiply-accumulates at the speed of a large matrix product. Two layers of 256, 4,368
words, 93 frames, 20 words a caption, one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from aacbench.inference.search import search
from aacbench.inference.settings import SearchSettings
from aacbench.models.decoders.transformer import TransformerDecoder
from aacbench.text.vocabulary import BOS, EOS, PAD, UNK
from aacbench.types import Encoded

CLIPS, FRAMES, STEPS = 32, 93, 20
DIM, LAYERS, FEED_FORWARD, VOCABULARY = 256, 2, 1024, 4368
FEW = 4  # clips that the naive search is timed on
ROUNDS = 5


pytestmark = pytest.mark.usefixtures("one_thread")


def parts() -> tuple[TransformerDecoder, Encoded]:
    torch.manual_seed(0)
    decoder = TransformerDecoder(VOCABULARY, DIM, dim=DIM, layers=LAYERS, heads=4, feed_forward=FEED_FORWARD).eval()
    return decoder, Encoded(torch.randn(CLIPS, FRAMES, DIM), torch.full((CLIPS,), FRAMES), torch.zeros(CLIPS, 1))


def settings(beam: int) -> SearchSettings:
    return SearchSettings(beam_size=beam, max_words=STEPS, stop="all-steps")


@torch.no_grad()
def naive(decoder: TransformerDecoder, encoded: Encoded, beam: int) -> list[list[int]]:
    """Beam search over whole prefixes, one clip after the other."""
    return [one(decoder, encoded.select(torch.tensor([clip])), beam) for clip in range(FEW)]


def one(decoder: TransformerDecoder, encoded: Encoded, beam: int) -> list[int]:
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
            values, tokens = log_probs.topk(2 * beam)
            grown += [
                (score + value, [*prefix, token]) for value, token in zip(values.tolist(), tokens.tolist(), strict=True)
            ]
        grown = sorted(grown, key=lambda item: -item[0])[: 2 * beam]
        done += [(score / step, prefix) for score, prefix in grown[:beam] if prefix[-1] == EOS]
        beams = [item for item in grown if item[1][-1] != EOS][:beam]
    best = max(done, key=lambda item: item[0]) if done else max(beams, key=lambda item: item[0])
    return [token for token in best[1] if token > UNK]


def multiplications(beam: int) -> int:
    """Return the multiply-accumulates of a search: the audio's keys and values once, then every word of every row."""
    audio = CLIPS * FRAMES * LAYERS * 2 * DIM * DIM
    word = LAYERS * (6 * DIM * DIM + 2 * DIM * FEED_FORWARD + 2 * DIM * (FRAMES + STEPS // 2)) + DIM * VOCABULARY
    return audio + CLIPS * beam * STEPS * word


def seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the processor seconds of the fastest of some rounds."""
    spent = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        spent.append(time.process_time() - begin)
    return min(spent)


@pytest.mark.parametrize("beam", [1, 3, 4])
def test_search_beside_the_naive_one_and_the_arithmetic(benchmark: BenchmarkFixture, beam: int) -> None:
    decoder, encoded = parts()
    how = settings(beam)
    found, _ = benchmark.pedantic(search, (decoder, encoded, how), rounds=ROUNDS, warmup_rounds=1)  # type: ignore[no-untyped-call]
    assert found[:FEW] == naive(decoder, encoded, beam)
    mine = seconds(lambda: search(decoder, encoded, how)) / CLIPS
    theirs = seconds(lambda: naive(decoder, encoded, beam), 1) / FEW
    left, right = torch.randn(512, 1024), torch.randn(1024, 1024)
    speed = left.numel() * 1024 / seconds(lambda: left @ right, 20)  # multiply-accumulates a second
    limit = multiplications(beam) / speed / CLIPS
    ratios = f"{theirs / mine:.1f} times as fast as the naive search, {mine / limit:.1f} times the limit's time"
    print(f"beam {beam}: {1 / mine:.0f} clips a second, {ratios}")
    assert mine < theirs
