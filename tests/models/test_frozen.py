"""Frozen encoders as features: what is kept and under which key, masks before the encoder, runs that read no audio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from aacbench.audio import cache as cache_module
from aacbench.audio import front_end
from aacbench.audio.augment import SpecAugment
from aacbench.audio.batch import pad
from aacbench.contracts import EncoderChoice, FrameTiming, MaskableSource
from aacbench.errors import UserError
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.inference.settings import SearchSettings
from aacbench.models.captioning import EncoderDecoder
from aacbench.models.decoders.gru_attention import GruAttentionDecoder
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.models.frozen import FrozenEncoder, PrecomputedEncoder
from aacbench.text.vocabulary import Vocabulary
from aacbench.training.augment import InputMasks
from aacbench.training.settings import AugmentSettings
from aacbench.types import Clip, Encoded

CHOICE = EncoderChoice("cnn10", front_end("panns-16k"), {"width": 0.125})
MASKS = SpecAugment(time_masks=1, time_width=30, mel_masks=1, mel_width=20)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))


@pytest.fixture
def clips(tmp_path: Path) -> list[Clip]:
    found = []
    for number in range(3):
        wave = 0.1 * np.random.default_rng(number).standard_normal(9000 + 4000 * number)
        soundfile.write(tmp_path / f"{number}.wav", wave, 16000)
        found.append(Clip(f"{number}.wav", tmp_path / f"{number}.wav", ("a dog barks",)))
    return found


def encoder(seed: int = 0) -> Cnn10:
    torch.manual_seed(seed)
    return Cnn10(width=0.125)


def frozen(seed: int = 0, choice: EncoderChoice = CHOICE) -> FrozenEncoder:
    return FrozenEncoder(choice, encoder(seed))


def forbid_audio(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("audio was read")

    monkeypatch.setattr(cache_module, "read", forbidden)
    monkeypatch.setattr("aacbench.files.content.hashlib.file_digest", forbidden)


@torch.no_grad()
def test_features_are_the_encoders_outputs_whatever_the_batch(clips: list[Clip]) -> None:
    source = frozen()
    source.prepare(clips, progress=False)
    given = PrecomputedEncoder(source)
    features, lengths = pad([source.load(clip) for clip in clips])
    encoded = given(features, lengths)
    for place, clip in enumerate(clips):
        spectrogram = source.inputs.load(clip)
        wanted = encoder().eval()(spectrogram[None], torch.tensor([len(spectrogram)]))
        steps = int(wanted.lengths)
        assert int(encoded.lengths[place]) == steps
        torch.testing.assert_close(encoded.frames[place, :steps], wanted.frames[0])
        torch.testing.assert_close(encoded.clip[place], wanted.clip[0])
    assert (given.dim, given.clip_dim) == (64, 64)


class Uneven(nn.Module):
    """An encoder whose clip vector is wider than its frames."""

    dim, clip_dim, reduction = 2, 3, 4

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        frames = features[:, ::4, :2]
        return Encoded(frames, -(-lengths // 4), features.mean(1)[:, :3])


@torch.no_grad()
def test_clip_vectors_may_be_wider_than_frames() -> None:
    source = FrozenEncoder(CHOICE, Uneven())
    spectrogram = torch.randn(10, 64)
    features = source.encode(spectrogram)
    assert features.shape == (4, 3)
    encoded = PrecomputedEncoder(source)(features[None], torch.tensor([4]))
    torch.testing.assert_close(encoded.frames[0], spectrogram[::4, :2])
    torch.testing.assert_close(encoded.clip[0], spectrogram.mean(0)[:3])


def test_the_second_use_reads_no_audio_and_encodes_nothing(clips: list[Clip], monkeypatch: pytest.MonkeyPatch) -> None:
    first = frozen()
    first.prepare(clips, progress=False)
    wanted = [first.load(clip) for clip in clips]
    for path in first.inputs.arrays.folder.rglob("*.npy"):
        path.unlink()  # spectrograms are not needed either
    forbid_audio(monkeypatch)
    second = frozen()
    monkeypatch.setattr(second, "encode", lambda features: pytest.fail("encoded again"))
    second.prepare(clips, progress=False)
    assert all(torch.equal(second.load(clip), features) for clip, features in zip(clips, wanted, strict=True))


def test_the_key_follows_weights_settings_and_front_end() -> None:
    own = frozen().key
    assert own == frozen().key
    assert own.startswith("cnn10-")
    other_settings = replace(CHOICE, settings={"width": 0.125, "dropout": 0.0})
    other_features = replace(CHOICE, features=front_end("panns-16k", hop=320))
    keys = {own, frozen(1).key, frozen(choice=other_settings).key, frozen(choice=other_features).key}
    assert len(keys) == 4


def test_the_network_stays_as_it_is() -> None:
    source = frozen()
    assert not source.encoder.training
    assert not any(parameter.requires_grad for parameter in source.encoder.parameters())
    assert list(PrecomputedEncoder(source).parameters()) == []
    assert isinstance(source, MaskableSource)


def test_times_of_frames() -> None:
    given = PrecomputedEncoder(frozen())
    assert isinstance(given, FrameTiming)
    assert given.frame_hop == given.frame_span == pytest.approx(16 * 0.01)


def test_masked_versions_depend_on_their_number_and_are_kept(
    clips: list[Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = frozen()
    plain, first, second = source.load(clips[0]), *(source.load_masked(clips[0], MASKS, n, True) for n in (0, 1))
    assert plain.shape == first.shape
    assert not torch.equal(plain, first)
    assert not torch.equal(first, second)
    fresh = source.load_masked(clips[0], MASKS, 7, keep=False)
    assert torch.equal(fresh, source.load_masked(clips[0], MASKS, 7, keep=False))
    again = frozen()
    monkeypatch.setattr(again, "encode", lambda features: pytest.fail("encoded again"))
    forbid_audio(monkeypatch)
    assert torch.equal(again.load_masked(clips[0], MASKS, 1, keep=True), second)
    with pytest.raises(pytest.fail.Exception, match="encoded again"):
        again.load_masked(clips[0], MASKS, 7, keep=True)


def test_how_many_samples_are_masked_and_that_it_depends_on_the_parts_alone() -> None:
    masks = InputMasks(frozen(), AugmentSettings(probability=0.4, versions=3))
    drawn = masks.draw(5000, 0, "stage", 1)
    assert drawn == masks.draw(5000, 0, "stage", 1)
    assert drawn != masks.draw(5000, 0, "stage", 2)
    assert set(drawn) == {None, 0, 1, 2}
    assert drawn.count(None) / 5000 == pytest.approx(0.6, abs=0.03)
    anew = InputMasks(frozen(), AugmentSettings(probability=1.0)).draw(100, 0)
    assert len(set(anew)) == 100


def model(source: FrozenEncoder, vocabulary: Vocabulary) -> EncoderDecoder:
    torch.manual_seed(3)
    given = PrecomputedEncoder(source)
    return EncoderDecoder(source, given, GruAttentionDecoder(len(vocabulary), given.dim, dim=8, embedding_dim=4))


def test_captions_come_from_the_cache_and_new_files_are_encoded(
    clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vocabulary = Vocabulary.build(["a dog barks"], "spaces", 1)
    settings = SearchSettings(beam_size=2, max_words=5)
    captioner = NetworkCaptioner(model(frozen(), vocabulary), vocabulary, settings)
    first = captioner.caption(clips)
    assert len(first) == 3
    forbid_audio(monkeypatch)
    assert NetworkCaptioner(model(frozen(), vocabulary), vocabulary, settings).caption(clips) == first
    monkeypatch.undo()
    soundfile.write(tmp_path / "new.wav", np.zeros(8000), 16000)
    assert len(captioner.caption([Clip("new.wav", tmp_path / "new.wav")])) == 1


def test_weights_are_saved_and_loaded(tmp_path: Path) -> None:
    source, other = frozen(), frozen(1)
    source.save(tmp_path / "frozen.safetensors")
    assert other.key != source.key
    other.load_weights(tmp_path / "frozen.safetensors")
    assert other.key == source.key
    wider: Mapping[str, Any] = {"width": 0.25}
    with pytest.raises(UserError, match="does not fit Cnn10"):
        FrozenEncoder(replace(CHOICE, settings=wider), Cnn10(width=0.25)).load_weights(tmp_path / "frozen.safetensors")
