"""RLSSR: the similarity module against independent computations, equation 2, variants, and padding."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from aacbench_rlssr.method import Rlssr
from aacbench_rlssr.network import RlssrNetwork, SimilarityModule, TransformerBridge, distance, pool_audio
from aacbench_rlssr.settings import PRESETS, RlssrSettings
from aacbench_rlssr.variants import VARIANTS

from aacbench.contracts import DatasetOptions
from aacbench.contracts.context import RunContext
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.settings import build
from aacbench.types import Clip, Encoded


def encoded(lengths: tuple[int, ...] = (6, 3), width: int = 5) -> Encoded:
    torch.manual_seed(0)
    return Encoded(torch.randn(len(lengths), max(lengths), width), torch.tensor(lengths), torch.zeros(len(lengths), 1))


def context(tmp_path: Path, **changes: object) -> RunContext:
    settings = build(RlssrSettings, [PRESETS["quick"], changes])
    clip = Clip("a.wav", tmp_path / "a.wav", ("A dog barks twice.", "The dog is loud."))
    registries = manager.load([]).registries
    return RunContext(
        "rlssr", "base", settings, 0, "cpu", "none", DatasetOptions(), tmp_path, registries, {"training": [clip]}
    )


def test_pooling_equals_a_loop_over_frames() -> None:
    audio = encoded()
    pooled = pool_audio(audio)
    for clip, length in enumerate(audio.lengths.tolist()):
        rows = []
        for frame in range(length):
            window = audio.frames[clip, max(0, frame - 1) : min(length, frame + 2)]
            rows.append(window.mean(0) + window.amax(0))
        torch.testing.assert_close(pooled[clip], torch.stack(rows).mean(0))


@pytest.mark.parametrize("kind", ["l1", "l2", "huber", "cosine"])
def test_distances_equal_their_formulas(kind: str) -> None:
    torch.manual_seed(1)
    a, b = torch.randn(4, 6), torch.randn(4, 6)
    total = 0.0
    for x, y in zip(a.tolist(), b.tolist(), strict=True):
        gaps = [p - q for p, q in zip(x, y, strict=True)]
        dot = sum(p * q for p, q in zip(x, y, strict=True))
        total += {
            "l1": sum(abs(gap) for gap in gaps) / 6,
            "l2": sum(gap**2 for gap in gaps) / 6,
            "huber": sum(gap**2 / 2 if abs(gap) <= 1 else abs(gap) - 0.5 for gap in gaps) / 6,
            "cosine": 1 - dot / math.sqrt(sum(p * p for p in x) * sum(q * q for q in y)),
        }[kind] / 4
    assert float(distance(kind, a, b)) == pytest.approx(total, abs=1e-6)
    assert float(distance(kind, a, a)) == pytest.approx(0.0, abs=1e-6)


def test_one_linear_layer_makes_both_orders_equal_and_a_hidden_layer_does_not() -> None:
    torch.manual_seed(2)
    words, counts, audio = torch.randn(3, 7, 4), torch.tensor([7, 2, 5]), torch.randn(3, 6)
    for hidden, same in ((None, True), (8, False)):
        first = SimilarityModule(4, 6, "l2", hidden, False, False)
        second = SimilarityModule(4, 6, "l2", hidden, True, False)
        second.load_state_dict(first.state_dict())
        gap = float((first(words, counts, audio) - second(words, counts, audio)).abs().detach())
        assert (gap < 1e-6) == same


def test_words_beyond_a_caption_and_stopped_gradients_do_not_count() -> None:
    torch.manual_seed(3)
    module = SimilarityModule(4, 6, "l1", None, False, True)
    words, counts = torch.randn(2, 5, 4), torch.tensor([5, 2])
    audio = torch.randn(2, 6, requires_grad=True)
    loss = module(words, counts, audio)
    noisy = words.clone()
    noisy[1, 2:] = 99.0
    torch.testing.assert_close(loss, module(noisy, counts, audio))
    loss.backward()
    assert audio.grad is None
    open_module = SimilarityModule(4, 6, "l1", None, False, False)
    open_module(words, counts, audio).backward()
    assert audio.grad is not None


@torch.no_grad()
def test_bridge_ignores_padding_and_adds_nothing_without_layers() -> None:
    torch.manual_seed(4)
    bridge = TransformerBridge(5, 8, layers=2, heads=2, feed_forward=16, dropout=0.0).eval()
    audio = encoded((6, 3))
    noisy = Encoded(audio.frames.clone(), audio.lengths, audio.clip)
    noisy.frames[1, 3:] = 50.0
    torch.testing.assert_close(bridge(audio).frames[1, :3], bridge(noisy).frames[1, :3], atol=1e-5, rtol=1e-4)
    plain = TransformerBridge(5, 8, layers=0, heads=2, feed_forward=16, dropout=0.0).eval()
    torch.testing.assert_close(plain(audio).frames, plain.project(audio.frames))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variants_build_what_their_row_says(tmp_path: Path, variant: object) -> None:
    settings = variant.settings  # type: ignore[attr-defined]
    run = context(tmp_path, **settings)
    model, vocabulary = Rlssr().network(run)
    assert len(vocabulary) == 4 + 7
    assert len(model.bridge.layers) == settings["encoder_layers"]  # type: ignore[union-attr, arg-type]
    assert (model.similarity is None) == (settings["similarity"] is None)
    stages = [stage.name for stage in Rlssr().recipe(run)]
    pretraining = ["pretrain-audio-tagging"] if settings["pretrained"] else []
    assert stages == [*pretraining, "cross-entropy"]


def test_losses_are_weighted_and_the_similarity_is_for_training_alone(tmp_path: Path) -> None:
    def losses(train: bool, **changes: object) -> dict[str, float]:
        torch.manual_seed(5)
        model, _ = Rlssr().network(context(tmp_path, similarity="l2", dropout=0.0, **changes))
        model.train(train)
        model.encoder.eval()
        torch.manual_seed(6)
        batch = (torch.randn(2, 64, 32), torch.tensor([64, 40]), torch.tensor([[1, 5, 6, 2], [1, 4, 2, 0]]))
        return {name: float(loss.detach()) for name, loss in model.losses(*batch, torch.tensor([1, 0])).items()}

    plain, weighted = losses(True, beta=1.0), losses(True, alpha=2.0, beta=0.5)
    assert set(plain) == {"cross_entropy", "rlssr"}
    assert weighted["cross_entropy"] == pytest.approx(2 * plain["cross_entropy"], rel=1e-5)
    assert weighted["rlssr"] == pytest.approx(0.5 * plain["rlssr"], rel=1e-5)
    assert set(losses(False)) == {"cross_entropy"}


def test_paper_preset_needs_the_published_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    run = context(tmp_path, weights="panns-cnn10", width=1.0)
    with pytest.raises(UserError, match=r"aacbench fetch panns-cnn10.*--preset quick"):
        Rlssr().build(run)


def test_paper_values_are_the_defaults() -> None:
    settings = RlssrSettings()
    assert (settings.dim, settings.encoder_layers, settings.decoder_layers) == (192, 2, 2)
    assert (settings.captions.train.batch_size, settings.captions.train.accumulation) == (64, 4)
    assert (settings.captions.train.lr, settings.captions.train.epochs) == (3e-4, 200)
    assert settings.search.beam_size == 4
    assert (settings.captions.label_smoothing, settings.alpha, settings.beta) == (0.0, 1.0, 1.0)
    assert isinstance(RlssrNetwork, type)
