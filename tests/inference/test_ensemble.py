"""Ensembles over the step contract: against one member, against direct computation, against exhaustive search."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from aacbench.errors import UserError
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.inference.ensemble import EnsembleCaptioner, EnsembleDecoder, encodings, mean_log_probabilities
from aacbench.inference.search import search
from aacbench.inference.settings import Average, SearchSettings
from aacbench.models.captioning import EncoderDecoder
from aacbench.models.decoders.gru_attention import GruAttentionDecoder
from aacbench.models.decoders.transformer import TransformerDecoder
from aacbench.text.vocabulary import BOS, Vocabulary
from aacbench.types import Clip, Encoded
from tests.inference.test_search import TableDecoder, clips, exhaustive

AVERAGES: tuple[Average, ...] = ("log-probabilities", "probabilities")
WORDS = 20


def audio(dim: int, frames: int, seed: int) -> Encoded:
    """Three clips of other lengths in each encoder."""
    torch.manual_seed(seed)
    lengths = torch.tensor([frames, frames // 2, frames - 1])
    return Encoded(torch.randn(3, frames, dim), lengths, torch.randn(3, dim))


def two() -> tuple[TransformerDecoder, GruAttentionDecoder]:
    """Decoders of two kinds over encoders of two widths; sharp, so that they have something to say."""
    torch.manual_seed(1)
    transformer = TransformerDecoder(WORDS, 12, dim=16, layers=2, heads=4, feed_forward=16).eval()
    gru = GruAttentionDecoder(WORDS, 6, dim=16, embedding_dim=8, attention_dim=8).eval()
    with torch.no_grad():
        for network in (transformer, gru):
            network.classifier.weight *= 4.0
    return transformer, gru


class Salted(TableDecoder):
    """A table of its own."""

    def __init__(self, salt: int) -> None:
        super().__init__(sharpness=3.0)
        self.salt = salt

    def logits(self, clip: int, prefix: tuple[int, ...]) -> Tensor:
        return super().logits(clip + 1000 * self.salt, prefix)


class Averaged(TableDecoder):
    """What an ensemble of tables has to be, written out."""

    def __init__(self, members: Sequence[TableDecoder], average: Average) -> None:
        super().__init__()
        self.members, self.average = members, average

    def logits(self, clip: int, prefix: tuple[int, ...]) -> Tensor:
        each = [torch.softmax(member.logits(clip, prefix).double(), 0) for member in self.members]
        if self.average == "probabilities":
            return (sum(each[1:], each[0]) / len(each)).log()
        product = torch.stack(each).prod(0) ** (1 / len(each))
        return (product / product.sum()).log()


@torch.no_grad()
@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("place", [0, 1])
def test_two_copies_of_a_network_say_what_it_says(place: int, average: Average) -> None:
    network, encoded = two()[place], audio(*((12, 9), (6, 5))[place], seed=2)
    settings = SearchSettings(beam_size=3, max_words=10)
    ensemble = EnsembleDecoder([network, network], average)
    alone, scores = search(network, encoded, settings)
    together, same = search(ensemble, encodings([encoded, encoded]), settings)
    assert together == alone
    torch.testing.assert_close(same, scores, atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("average", AVERAGES)
def test_log_probabilities_equal_a_direct_computation(average: Average) -> None:
    members, encoded = two(), (audio(12, 9, 2), audio(6, 5, 3))
    tokens = torch.randint(4, WORDS, (3, 6))
    tokens[:, 0] = BOS
    ensemble = EnsembleDecoder(members, average)
    found = ensemble(encodings(encoded), tokens)
    each = [torch.softmax(member(own, tokens).logits.double(), 2) for member, own in zip(members, encoded, strict=True)]
    mean = (each[0] + each[1]) / 2 if average == "probabilities" else (each[0] * each[1]).sqrt()
    wanted = (mean / mean.sum(2, keepdim=True)).log()
    torch.testing.assert_close(found.logits.double(), wanted, atol=1e-4, rtol=1e-4)
    assert found.hidden.shape == (3, 6, 16 + 16)
    state = ensemble.start(encodings(encoded))
    for place in range(6):
        logits, state = ensemble.step(tokens[:, place], state)
        torch.testing.assert_close(logits, found.logits[:, place], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_selected_states_go_on_as_their_hypotheses() -> None:
    members, encoded = two(), encodings([audio(12, 9, 2), audio(6, 5, 3)])
    ensemble, rows = EnsembleDecoder(members), torch.tensor([2, 0, 0, 1])
    _, state = ensemble.step(torch.tensor([4, 5, 6]), ensemble.start(encoded))
    kept, _ = ensemble.step(torch.tensor([7, 8, 9]), state)
    moved, _ = ensemble.step(torch.tensor([9, 7, 7, 8]), state.select(rows))
    torch.testing.assert_close(moved, kept[rows], atol=1e-5, rtol=1e-5)
    chosen = encoded.select(rows)
    assert [len(member.lengths) for member in chosen.members] == [4, 4]
    torch.testing.assert_close(chosen.members[1].clip, encoded.members[1].clip[rows])
    assert [len(member.lengths) for member in chosen.join(encoded).members] == [7, 7]


@pytest.mark.parametrize("average", AVERAGES)
def test_means_are_distributions(average: Average) -> None:
    torch.manual_seed(0)
    averaged = mean_log_probabilities([torch.randn(4, 9) * 5 for _ in range(3)], average)
    torch.testing.assert_close(averaged.exp().sum(1), torch.ones(4))


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("power", [0.0, 1.0])
def test_a_wide_beam_equals_exhaustive_search(average: Average, power: float) -> None:
    members, steps = (Salted(1), Salted(2)), 4
    settings = SearchSettings(beam_size=3**3, max_words=steps, length_power=power)
    encoded = encodings([clips(*range(6))] * 2)
    found, scores = search(EnsembleDecoder(members, average), encoded, settings)
    single, _ = search(members[0], clips(*range(6)), settings)
    assert found != single
    for clip in range(6):
        wanted, score = exhaustive(Averaged(members, average), clip, steps, power)
        assert found[clip] == wanted
        assert float(scores[clip]) == pytest.approx(score, abs=1e-4)


class Kept:
    """Features of clips by their names, as wide and as long as asked for."""

    def __init__(self, dim: int, frames: int) -> None:
        self.dim, self.frames, self.prepared = dim, frames, 0

    def prepare(self, clips: Sequence[Clip], progress: bool = True) -> None:
        self.prepared += len(clips)

    def load(self, clip: Clip) -> Tensor:
        number = int(clip.id)
        generator = torch.Generator().manual_seed(number)
        return torch.randn(self.frames + number, self.dim, generator=generator)


class AsGiven(torch.nn.Module):
    reduction = 1

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        return Encoded(features, lengths, features[:, 0])


def captioner(decoder: torch.nn.Module, features: Kept, words: int = WORDS, **search: int) -> NetworkCaptioner:
    vocabulary = Vocabulary([f"w{place}" for place in range(4, words)])
    model = EncoderDecoder(features, AsGiven(), decoder)
    return NetworkCaptioner(model, vocabulary, SearchSettings.model_validate({"max_words": 8, **search}))


def test_members_read_features_of_their_own() -> None:
    transformer, gru = two()
    features = (Kept(12, 9), Kept(6, 3))
    members = [captioner(transformer, features[0], batch_size=2), captioner(gru, features[1])]
    asked = [Clip(str(number), None) for number in (5, 1, 3, 0, 4)]  # type: ignore[arg-type]
    ensemble = EnsembleCaptioner(members, members[0].settings)
    assert ensemble.inputs == 2
    found = ensemble.caption(asked)
    assert [kept.prepared for kept in features] == [5, 5]
    alone = [ensemble.caption([clip])[0] for clip in asked]
    assert found == alone
    nested = EnsembleCaptioner([EnsembleCaptioner(members[:1], members[0].settings), members[1]], members[0].settings)
    assert nested.inputs == 2
    assert nested.caption(asked) == found
    copies = EnsembleCaptioner([members[0], members[0]], members[0].settings)
    assert copies.caption(asked) == members[0].caption(asked)


def test_members_share_their_words() -> None:
    transformer, gru = two()
    members = [captioner(transformer, Kept(12, 9)), captioner(gru, Kept(6, 3), words=WORDS - 1)]
    with pytest.raises(UserError, match="the same words in the same order"):
        EnsembleCaptioner(members, members[0].settings)
    with pytest.raises(UserError, match="at least one member"):
        EnsembleCaptioner([], members[0].settings)
