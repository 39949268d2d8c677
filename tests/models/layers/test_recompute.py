"""Computed again, to the same gradients: blocks of encoders, parts of batches, InfoNCE with all its negatives."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from aacbench.audio import front_end
from aacbench.models.bi_encoder import BiEncoder, info_nce
from aacbench.models.captioning import EncoderDecoder
from aacbench.models.encoders.ast import Ast
from aacbench.models.encoders.cnn14 import Cnn14
from aacbench.models.encoders.crnn5 import Crnn5
from aacbench.models.encoders.resnet38 import ResNet38
from aacbench.models.layers.norm import count_padding
from aacbench.models.layers.recompute import in_parts, save_memory
from aacbench.models.published_text import TextSettings
from aacbench.models.text_encoders import make_text_encoder
from tests.models.layers.test_norm import wavegram

CAPTIONS = ("A dog barks, twice.", "Rain falls on a tin roof", "the dog runs", "a car", "wind blows", "birds sing")
ENCODERS: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "cnn14": (lambda: Cnn14(32, 0.03), 32),
    "resnet38": (lambda: ResNet38(32, 0.03), 32),
    "crnn5": (lambda: Crnn5(64, 0.125), 64),
    "wavegram": (wavegram, 128),
    "ast": (lambda: Ast(32, window=32, dim=16, layers=2, heads=2, feed_forward=32, dropout=0.1), 32),
}


def stepped(encoder: nn.Module, features: Tensor, lengths: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the loss of one training pass with dropout, and gradients and buffers afterwards, by name."""
    torch.manual_seed(3)
    encoded = encoder.train()(features, lengths)
    encoder.eval()  # what is computed again is computed as it was
    loss = encoded.frames.square().mean() + encoded.clip.square().mean()
    loss.backward()
    gradients = {name: value.grad for name, value in encoder.named_parameters() if value.grad is not None}
    return loss.detach(), gradients | dict(encoder.named_buffers())


@pytest.mark.parametrize("name", ENCODERS)
def test_gradient_checkpointing_changes_nothing(name: str) -> None:
    make, bins = ENCODERS[name]
    torch.manual_seed(0)
    encoder = make()
    twin = copy.deepcopy(encoder)
    save_memory(twin, True, None)
    features, lengths = torch.randn(3, 96, bins), torch.tensor([96, 64, 80])
    loss, after = stepped(encoder, features, lengths)
    again, then = stepped(twin, features, lengths)
    torch.testing.assert_close(again, loss)
    assert set(after) == set(then)
    for key, value in after.items():
        torch.testing.assert_close(then[key], value, msg=key)


def pair(seed: int = 0) -> BiEncoder:
    torch.manual_seed(seed)
    text = make_text_encoder(TextSettings("bert-base", "captions", dim=16, layers=1, heads=2, dropout=0.0), CAPTIONS)
    return BiEncoder(front_end("panns", mel_bins=32), Cnn14(32, 0.03, dropout=0.0, clip_dropout=0.0), text, 8)


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_micro_batches_keep_every_negative_of_info_nce(rows: int) -> None:
    """Batch norm in evaluation mode, so that a part's statistics are the batch's: then gradients are the same."""
    model = pair().eval()
    twin = copy.deepcopy(model)
    save_memory(twin, False, rows)
    features, lengths = torch.randn(6, 64, 32), torch.tensor([64, 64, 40, 64, 33, 64])
    ids, words = model.text.tokens(CAPTIONS)
    found = []
    for network in (model, twin):
        similarity = network.embed_text(ids, words) @ network.embed_audio(features, lengths).T
        assert similarity.shape == (6, 6)
        loss = info_nce(similarity, torch.arange(6), network.log_scale.exp())
        loss.backward()  # type: ignore[no-untyped-call]
        found.append((loss.detach(), {name: p.grad for name, p in network.named_parameters()}))
    torch.testing.assert_close(found[0][0], found[1][0])
    for name, gradient in found[0][1].items():
        if gradient is not None:
            torch.testing.assert_close(found[1][1][name], gradient, atol=1e-5, rtol=1e-3, msg=name)


def test_a_part_is_all_that_is_kept() -> None:
    """Of what 12 clips make inside the network, 2 clips' worth is alive at any time."""
    alive, most = [0], [0]

    class Heavy(nn.Module):
        def forward(self, rows: Tensor) -> Tensor:
            inside = rows * 2.0  # which its square keeps for the gradient
            alive[0] += len(rows)
            most[0] = max(most[0], alive[0])
            weakref.finalize(inside, self.freed, len(rows))
            return inside.square().sum(1, keepdim=True)

        def freed(self, count: int) -> None:
            alive[0] -= count

    rows, network = torch.randn(12, 3, requires_grad=True), Heavy()
    for count, wanted in ((2, 2), (None, 12)):
        torch.cat(in_parts(network, network, count, rows)).sum().backward()  # type: ignore[no-untyped-call]
        assert (most, alive) == ([wanted], [0])
        most[0] = 0
    (single,) = in_parts(network, network, None, rows)
    assert alive == [12]  # kept until its gradient is taken
    del single


def test_a_captioning_networks_encoder_takes_parts() -> None:
    torch.manual_seed(0)
    encoder = Ast(32, window=32, dim=16, layers=1, heads=2, feed_forward=32).eval()
    whole = EncoderDecoder(front_end("panns"), encoder, nn.Identity())
    features, lengths = torch.randn(3, 96, 32), torch.tensor([32, 96, 64])
    wanted = whole.encoded(features, lengths)
    save_memory(whole, False, 1)
    parts = whole.encoded(features, lengths)
    for name in ("frames", "lengths", "clip"):
        torch.testing.assert_close(getattr(parts, name), getattr(wanted, name), msg=name)


def test_padded_statistics_go_with_parts() -> None:
    encoder = Cnn14(32, 0.03)
    count_padding(encoder, True)
    save_memory(encoder, True, None)
    loss, after = stepped(encoder, torch.randn(2, 64, 32), torch.tensor([64, 40]))
    assert loss.isfinite() and int(after["bn0.num_batches_tracked"]) == 1
