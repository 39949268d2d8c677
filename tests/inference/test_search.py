"""Beam search against exhaustive search, against itself in other batches, and its settings."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor

from aacbench.contracts import Decoder, DecoderOutput, make
from aacbench.host import manager
from aacbench.inference.captioner import SearchCaptioner
from aacbench.inference.search import continuations, search
from aacbench.inference.settings import SearchSettings
from aacbench.models.decoders.transformer import TransformerDecoder
from aacbench.text.vocabulary import BOS, EOS, UNK, Vocabulary
from aacbench.types import Clip, Encoded

WORDS = 7  # four special ones and three real ones


@dataclass(frozen=True)
class TableState:
    prefix: Tensor  # (N, L)
    owner: Tensor  # (N,)

    def select(self, rows: Tensor) -> TableState:
        return TableState(self.prefix[rows], self.owner[rows])


class TableDecoder:
    """Next-token logits that depend on the clip and the whole prefix, from a seeded hash: no structure to exploit."""

    def __init__(self, words: int = WORDS, sharpness: float = 2.0) -> None:
        self.words, self.sharpness = words, sharpness

    def logits(self, clip: int, prefix: tuple[int, ...]) -> Tensor:
        seed = hash((clip, prefix)) % 2**31
        return torch.randn(self.words, generator=torch.Generator().manual_seed(seed)) * self.sharpness

    def __call__(self, encoded: Encoded, tokens: Tensor) -> DecoderOutput:
        raise NotImplementedError

    def start(self, encoded: Encoded) -> TableState:
        clips = encoded.clip[:, 0].long()
        return TableState(torch.zeros(len(clips), 0, dtype=torch.long), clips)

    def step(self, tokens: Tensor, state: TableState) -> tuple[Tensor, TableState]:
        prefix = torch.cat([state.prefix, tokens[:, None]], 1)
        rows = zip(state.owner.tolist(), prefix.tolist(), strict=True)
        return torch.stack([self.logits(clip, tuple(row)) for clip, row in rows]), TableState(prefix, state.owner)


def clips(*numbers: int) -> Encoded:
    count = len(numbers)
    marks = torch.tensor(numbers, dtype=torch.float32)[:, None]
    return Encoded(torch.zeros(count, 1, 1), torch.ones(count, dtype=torch.long), marks)


def exhaustive(decoder: TableDecoder, clip: int, steps: int, power: float) -> tuple[list[int], float]:
    """Score every sentence that ends within `steps` tokens; return the best one."""
    best: tuple[float, list[int]] = (-float("inf"), [])
    real = range(UNK + 1, decoder.words)
    for length in range(1, steps):
        for sentence in itertools.product(real, repeat=length):
            total = 0.0
            prefix: tuple[int, ...] = (BOS,)
            for token in (*sentence, EOS):
                total += float(torch.log_softmax(decoder.logits(clip, prefix), 0)[token])
                prefix = (*prefix, token)
            best = max(best, (total / (length + 1) ** power, list(sentence)))
    return best[1], best[0]


@pytest.mark.parametrize("power", [0.0, 0.7, 1.0, 1.15])
@pytest.mark.parametrize("stop", ["bound", "all-steps"])
def test_wide_beam_equals_exhaustive_search(power: float, stop: str) -> None:
    decoder, steps = TableDecoder(), 5
    settings = SearchSettings.model_validate(
        {"beam_size": 3**4, "max_words": steps, "length_power": power, "stop": stop}
    )
    found, scores = search(decoder, clips(*range(8)), settings)
    for clip in range(8):
        wanted, score = exhaustive(decoder, clip, steps, power)
        assert found[clip] == wanted
        assert float(scores[clip]) == pytest.approx(score, abs=1e-5)


@pytest.mark.parametrize("beam", [1, 2, 4])
@pytest.mark.parametrize("stop", ["bound", "beam-finished", "all-steps"])
def test_a_clip_does_not_depend_on_its_neighbours(beam: int, stop: str) -> None:
    settings = SearchSettings.model_validate({"beam_size": beam, "max_words": 12, "stop": stop})
    together, scores = search(TableDecoder(12), clips(*range(20)), settings)
    for clip in range(20):
        alone, score = search(TableDecoder(12), clips(clip), settings)
        assert alone[0] == together[clip]
        assert float(score[0]) == pytest.approx(float(scores[clip]), abs=1e-6)


def test_bound_finds_what_searching_on_would_find() -> None:
    for power in (0.0, 1.0):
        early = SearchSettings(beam_size=3, max_words=15, length_power=power, stop="bound")
        late = early.model_copy(update={"stop": "all-steps"})
        assert (
            search(TableDecoder(12), clips(*range(30)), early)[0]
            == search(TableDecoder(12), clips(*range(30)), late)[0]
        )


def test_greedy_follows_the_best_token() -> None:
    decoder = TableDecoder(12)
    found, _ = search(decoder, clips(3), SearchSettings(beam_size=1, max_words=10))
    prefix: tuple[int, ...] = (BOS,)
    for token in found[0]:
        scores = decoder.logits(3, prefix)
        scores[[0, BOS, UNK]] = -torch.inf
        if len(prefix) == 1:
            scores[EOS] = -torch.inf  # min_words
        assert int(scores.argmax()) == token
        prefix = (*prefix, token)


DECODERS = manager.load([]).registries.decoders


class Ending:
    """A decoder whose captions end sooner than random weights have them end."""

    def __init__(self, decoder: Decoder) -> None:
        self.start, self.inner = decoder.start, decoder.step

    def step(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        logits, state = self.inner(tokens, state)
        logits = logits.clone()
        logits[:, EOS] += logits.std(1)
        return logits, state


@torch.no_grad()
@pytest.mark.parametrize("name", [spec.name for spec in DECODERS])
@pytest.mark.parametrize("power", [0.0, 1.0])
def test_a_beam_of_one_is_greedy_with_every_decoder(name: str, power: float) -> None:
    """With the stopping rule that nobody chose: the likeliest word each time, up to the first end."""
    torch.manual_seed(0)
    spec = DECODERS[name]
    network = make(spec, vocabulary_size=20, encoder_dim=12, **spec.tiny).eval()
    for parameter in network.parameters():
        parameter.mul_(3.0)  # so that captions differ
    decoder, lengths = cast(Decoder, Ending(network)), torch.tensor([7, 3, 5, 6, 1, 7, 2, 4])
    audio = Encoded(torch.randn(8, 7, 12), lengths, torch.randn(8, 12), torch.randint(4, 20, (8, 4)))
    settings = SearchSettings(beam_size=1, max_words=12, length_power=power)
    assert settings.stop == SearchSettings().stop
    found, _ = search(decoder, audio, settings)
    ends = 0
    for clip in range(8):
        state, last, said = decoder.start(audio.select(torch.tensor([clip]))), BOS, list[int]()
        for step in range(12):
            logits, state = decoder.step(torch.tensor([last]), state)
            logits[0, [0, BOS, UNK] if step else [0, BOS, UNK, EOS]] = -torch.inf
            last = int(logits.argmax())
            if last == EOS:
                ends += 1
                break
            said.append(last)
        assert found[clip] == said, name
    assert ends, "no caption ended: the test shows nothing"


def test_special_tokens_never_come_out_and_min_words_hold() -> None:
    settings = SearchSettings(beam_size=3, max_words=8, min_words=4)
    found, _ = search(TableDecoder(), clips(*range(30)), settings)
    assert all(4 <= len(sentence) <= 8 for sentence in found)
    assert all(token > UNK for sentence in found for token in sentence)


class NeverEnds(TableDecoder):
    def logits(self, clip: int, prefix: tuple[int, ...]) -> Tensor:
        scores = super().logits(clip, prefix)
        scores[EOS] = -1e9
        return scores


def test_search_without_an_end_gives_the_best_open_sentence() -> None:
    found, scores = search(NeverEnds(), clips(0, 1), SearchSettings(beam_size=2, max_words=6))
    assert [len(sentence) for sentence in found] == [6, 6]
    assert torch.isfinite(scores).all()


def test_ignore_end_searches_all_steps_and_cuts_afterwards() -> None:
    settings = SearchSettings(beam_size=81 * 4, max_words=4, ignore_end=True, length_power=0.0)
    decoder = TableDecoder()
    found, _ = search(decoder, clips(5), settings)
    best = max(
        itertools.product([EOS, *range(UNK + 1, WORDS)], repeat=4),
        key=lambda tokens: sum(
            float(torch.log_softmax(decoder.logits(5, (BOS, *tokens[:place])), 0)[token])
            for place, token in enumerate(tokens)
        ),
    )
    cut = list(best[: best.index(EOS)]) if EOS in best else list(best)
    assert found[0] == cut


@torch.no_grad()
def test_transformer_search_does_not_depend_on_batch_or_padding() -> None:
    torch.manual_seed(0)
    decoder = TransformerDecoder(30, 16, dim=32, layers=2, heads=4, feed_forward=64).eval()
    lengths = torch.tensor([9, 4, 7, 1, 9, 6])
    encoded = Encoded(torch.randn(6, 9, 16), lengths, torch.zeros(6, 1))
    settings = SearchSettings(beam_size=4, max_words=15)
    together, scores = search(decoder, encoded, settings)
    for clip, length in enumerate(lengths.tolist()):
        one = Encoded(encoded.frames[clip : clip + 1, :length], lengths[clip : clip + 1], torch.zeros(1, 1))
        alone, score = search(decoder, one, settings)
        assert alone[0] == together[clip]
        assert float(score[0]) == pytest.approx(float(scores[clip]), abs=1e-4)


def test_unknown_words_are_said_where_asked() -> None:
    """A decoder that wants nothing but the unknown word says it only when it may."""

    class Unsure(TableDecoder):
        def logits(self, clip: int, prefix: tuple[int, ...]) -> Tensor:
            wanted = UNK if len(prefix) < 3 else EOS
            return torch.nn.functional.one_hot(torch.tensor(wanted), self.words).float() * 9

    encoded = Encoded(torch.zeros(1, 1, 1), torch.tensor([1]), torch.zeros(1, 1))
    (said,), _ = search(Unsure(), encoded, SearchSettings(beam_size=2, max_words=4, say_unknown=True))
    assert said == [UNK, UNK]
    (said,), _ = search(Unsure(), encoded, SearchSettings(beam_size=2, max_words=4))
    assert UNK not in said


class Table(SearchCaptioner):
    """Captions the clips that a `TableDecoder` knows, each by the number that it is called."""

    inputs = 1
    decoder = TableDecoder()

    def __init__(self, settings: SearchSettings) -> None:
        super().__init__(Vocabulary(["a", "b", "c"]), settings)
        self.batches: list[int] = []

    def prepare(self, clips: Sequence[Clip]) -> None:
        """Nothing is to be prepared."""

    def load(self, clip: Clip) -> tuple[Tensor, ...]:
        return (torch.tensor([float(clip.id)]),)

    def encode(self, batch: Sequence[tuple[Tensor, ...]]) -> Encoded:
        self.batches.append(len(batch))
        return clips(*(int(one[0]) for (one,) in batch))


SETTINGS: dict[str, dict[str, Any]] = {
    "beam_size": {"beam_size": 1},
    "max_words": {"max_words": 3},
    "min_words": {"min_words": 4},
    "length_power": {"length_power": 0.0},
    "stop": {"stop": "beam-finished"},
    "ignore_end": {"ignore_end": True},
    "temperature": {"temperature": 4.0},
    "batch_size": {"batch_size": 7},
    "say_unknown": {"say_unknown": True},
}


def test_every_setting_is_gone_through() -> None:
    assert {*SETTINGS} == {*SearchSettings.model_fields}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_changes_captions_or_batches(name: str) -> None:
    heard = [Clip(str(number), Path("x.wav")) for number in range(30)]

    def said(**changes: object) -> tuple[list[str], list[int]]:
        table = Table(SearchSettings.model_validate({"beam_size": 3, "max_words": 8, **changes}))
        return table.caption(heard), table.batches

    plain, changed = said(), said(**SETTINGS[name])
    assert plain == said()
    assert (plain[0] == changed[0]) == (name == "batch_size")  # which decides what is in memory at once, and no caption
    assert (plain[1] == changed[1]) == (name != "batch_size")


@pytest.mark.parametrize("words", [7, 64, 64 * 64, 64 * 64 + 1, 5000])
@pytest.mark.parametrize("beam", [1, 3])
def test_the_best_continuations_are_those_of_a_full_sort(words: int, beam: int) -> None:
    torch.manual_seed(words)
    scores = torch.randn(6, beam)
    scores[0, 1:] = -torch.inf  # at the first step hypotheses are all the same
    log_probs = torch.log_softmax(3 * torch.randn(6, beam, words), 2)
    log_probs[:, :, :3] = -torch.inf
    values, parents, tokens = continuations(scores, log_probs, 2 * beam)
    totals = (scores[:, :, None] + log_probs).flatten(1)
    torch.testing.assert_close(values, totals.sort(dim=1, descending=True).values[:, : 2 * beam], rtol=0, atol=0)
    torch.testing.assert_close(totals.gather(1, parents * words + tokens), values, rtol=0, atol=0)
