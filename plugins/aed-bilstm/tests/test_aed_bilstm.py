"""AED-BiLSTM: every row of Table 1 builds, embeddings are frozen and kept, masks come before them, runs are whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import soundfile
import torch
from aacbench_aed_bilstm.method import AedBilstm, LogMel
from aacbench_aed_bilstm.settings import PRESETS, AedBilstmSettings
from aacbench_aed_bilstm.variants import VARIANTS

from aacbench.audio import cache as cache_module
from aacbench.audio import feature_settings
from aacbench.audio.cache import FeatureCache
from aacbench.audio.io import read
from aacbench.contracts import Attentive, DatasetOptions, FrameTiming, Variant
from aacbench.contracts.context import RunContext
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.inference.attended import frame_times
from aacbench.models.encoders.ast import Ast
from aacbench.models.encoders.yamnet import Yamnet
from aacbench.models.frozen import FrozenEncoder, PrecomputedEncoder
from aacbench.models.layers.scaling import ScaledEncoder
from aacbench.models.published import ENCODER_FILE
from aacbench.runs.execute import RunRequest, open_run, run
from aacbench.runs.settings import build
from aacbench.training import checkpoint
from aacbench.training.cross_entropy import CrossEntropyTask
from aacbench.types import Clip, Encoded

REGISTRIES = manager.load().registries


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))


def context(tmp_path: Path, preset: str = "smoke", **changes: object) -> RunContext:
    settings = build(AedBilstmSettings, [PRESETS[preset], changes])
    wave = 0.1 * torch.randn(3 * 16000, generator=torch.Generator().manual_seed(0))
    soundfile.write(tmp_path / "a.wav", wave.numpy(), 16000)
    clips = [Clip("a.wav", tmp_path / "a.wav", ("A dog barks twice.", "The dog is loud."))]
    parts = {"training": clips, "validation": clips}
    return RunContext(
        "aed-bilstm",
        "x",
        settings,
        0,
        "cpu",
        "none",
        DatasetOptions(),
        tmp_path,
        REGISTRIES,
        parts,
        dict.fromkeys(parts, ""),
    )


def source(model: Any) -> FrozenEncoder:
    assert isinstance(model.features, FrozenEncoder)
    return model.features


def test_variants_are_the_papers_own_rows_of_table_1() -> None:
    names = ["ast+specaugment", "ast", "yamnet+specaugment", "yamnet", "logmel"]
    assert [variant.name for variant in VARIANTS] == names


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variants_build_what_their_row_says(tmp_path: Path, variant: Variant) -> None:
    run = context(tmp_path, **variant.settings)
    model, vocabulary = AedBilstm().network(run)
    assert len(vocabulary) == 4 + 7
    stages = [stage.name for stage in AedBilstm().recipe(run)]
    assert (run.settings.captions.augment is None) == (variant.name in ("ast", "yamnet"))
    if variant.name == "logmel":
        assert isinstance(model.encoder, ScaledEncoder) and isinstance(model.encoder.encoder, LogMel)
        AedBilstm().build(run)  # which fits the scale
        assert stages == ["cross-entropy"]
        return
    assert isinstance(source(model).encoder, Ast if variant.name.startswith("ast") else Yamnet)
    assert stages == ["pretrain-audio-tagging", "cross-entropy"]
    assert frame_times(model) == pytest.approx((0.48, 0.96))
    assert isinstance(model.encoder, FrameTiming)


def test_only_what_is_trained_is_in_the_network(tmp_path: Path) -> None:
    model, _ = AedBilstm().network(context(tmp_path))
    assert {name.split(".")[0] for name in model.state_dict()} == {"bridge", "words"}
    assert isinstance(model.encoder, PrecomputedEncoder)
    state = model.decoder.start(Encoded(torch.zeros(1, 2, 128), torch.tensor([2]), torch.zeros(1, 1)))
    assert isinstance(state, Attentive)


@pytest.mark.parametrize("embeddings", ["ast", "yamnet"])
def test_segments_of_a_clip(tmp_path: Path, embeddings: str) -> None:
    """Three seconds: 0.96 s every 0.48 s, the last one filled up."""
    run = context(tmp_path, embeddings=embeddings)
    model, _ = AedBilstm().network(run)
    (clip,) = run.clips["training"]
    features = source(model).load(clip)
    encoded = model.encoder(features[None], torch.tensor([len(features)]))
    assert encoded.lengths.tolist() == [6]
    assert model.encode(features[None], torch.tensor([len(features)])).frames.shape == (1, 6, 2 * 64)


def test_paper_values_are_the_defaults() -> None:
    settings = AedBilstmSettings()
    train, masks = settings.captions.train, settings.captions.augment
    assert (train.lr, train.batch_size, train.optimizer, train.monitor) == (1e-4, 32, "adam", "bleu_4")
    assert (train.schedule.kind, train.schedule.factor, train.schedule.patience) == ("plateau", 0.5, 2)
    assert masks is not None
    assert (masks.probability, masks.time_width, masks.mel_width, masks.versions) == (0.4, 192, 48, None)
    assert (settings.layers, settings.layer_dim, settings.min_count, settings.search.beam_size) == (2, 256, 10, 3)
    assert settings.captions.max_words + 2 == 20  # with START and END
    assert (settings.embeddings, settings.weights) == ("ast", "published")


def test_published_weights_are_asked_for_by_name(tmp_path: Path) -> None:
    for embeddings in ("ast", "yamnet"):
        run = context(tmp_path, "paper", embeddings=embeddings, min_count=1, ast={"encoder": {"layers": 1}})
        with pytest.raises(UserError, match=f"aacbench fetch {embeddings}"):
            AedBilstm().build(run)
    model, _ = AedBilstm().network(context(tmp_path, "paper", embeddings="yamnet", min_count=1))
    assert (source(model).dim, model.bridge.dim if model.bridge else 0) == (1024, 512)
    assert frame_times(model) == pytest.approx((0.48, 0.96))


def test_weights_come_from_the_stage_or_from_a_path(tmp_path: Path) -> None:
    run = context(tmp_path, embeddings="yamnet")
    choice = AedBilstm().choice(run.settings)
    assert choice is not None
    torch.manual_seed(5)
    trained = run.encoder(choice)
    checkpoint.save(tmp_path / ENCODER_FILE, checkpoint.model_tensors(trained), {})
    run.stages["pretrain-audio-tagging"] = tmp_path
    from_path = context(tmp_path, embeddings="yamnet", weights=str(tmp_path / ENCODER_FILE))
    assert [stage.name for stage in AedBilstm().recipe(from_path)] == ["cross-entropy"]
    keys = set()
    for one in (run, from_path):
        model, _ = AedBilstm().build(one)
        assert torch.equal(
            source(model).encoder.state_dict()["layer1.fused.conv.weight"],
            trained.state_dict()["layer1.fused.conv.weight"],
        )
        keys.add(source(model).key)
    assert len(keys) == 1


def test_masks_come_before_the_encoder_and_follow_the_epoch(tmp_path: Path) -> None:
    changes: dict[str, Any] = {
        "captions": {"augment": {"probability": 0.5, "versions": 2}, "captions_per_sample": "one"}
    }
    run = context(tmp_path, **changes)
    model, vocabulary = AedBilstm().network(run)
    task = CrossEntropyTask(model, vocabulary, run.settings.captions, run)
    versions = [[sample.version for batch in task.batches(epoch) for sample in batch] for epoch in range(12)]
    assert {version for epoch in versions for version in epoch} == {None, 0, 1}
    assert versions == [[sample.version for batch in task.batches(epoch) for sample in batch] for epoch in range(12)]
    (clip,) = run.clips["training"]
    plain = source(model).load(clip)
    for epoch in range(12):
        for batch in task.batches(epoch):
            loaded = task.load(batch)
            for sample, features in zip(batch, loaded.features, strict=True):
                assert torch.equal(features, plain) == (sample.version is None)
            assert torch.equal(task.augmented(loaded).features, loaded.features)


def request(tmp_path: Path, **changes: Any) -> RunRequest:
    small = {"captions": {"train": {"epochs": 1}}}
    return RunRequest(
        method="aed-bilstm",
        dataset="soundscapes",
        variant="yamnet+specaugment",
        preset="smoke",
        changes={**small, **changes},
        output=tmp_path / "runs",
        metrics=["bleu"],
    )


@pytest.mark.slow
def test_a_run_captions_without_its_cache_and_the_next_one_reads_no_audio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, folder = run(request(tmp_path), REGISTRIES)
    assert [stage.name for stage in record.stages] == ["pretrain-audio-tagging", "cross-entropy"]
    reads: list[Path] = []

    def noting(path: Path, rate: int | None = None) -> Any:
        if isinstance(path, Path):  # no clip of noise, which shows what one costs
            reads.append(path)
        return read(path, rate)

    monkeypatch.setattr(cache_module, "read", noting)
    run(request(tmp_path, dim=64), REGISTRIES)
    assert reads == []
    wave = 0.1 * torch.randn(16000, generator=torch.Generator().manual_seed(1))
    soundfile.write(tmp_path / "new.wav", wave.numpy(), 16000)
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "elsewhere"))
    captions = open_run(folder, REGISTRIES, "cpu").caption([Clip("new.wav", tmp_path / "new.wav")])
    assert len(captions) == 1
    assert reads == [tmp_path / "new.wav"]


def test_the_paper_says_unknown_words_and_small_presets_scale_the_baseline(tmp_path: Path) -> None:
    paper, quick = AedBilstmSettings(), context(tmp_path, "quick").settings
    assert paper.search.say_unknown and not quick.search.say_unknown
    assert quick.scale_logmel and not paper.scale_logmel
    assert quick.yamnet.tagging.train.epochs == quick.ast.tagging.train.epochs == 16
    run = context(tmp_path, embeddings="logmel")
    model, _ = AedBilstm().build(run)
    assert isinstance(model.encoder, ScaledEncoder)
    features = FeatureCache(feature_settings(run.settings.logmel)).load(run.clips["training"][0])
    scaled = model.encoder(features[None], torch.tensor([len(features)])).frames[0]
    torch.testing.assert_close(scaled.mean(0), torch.zeros(64), atol=1e-3, rtol=0)
    torch.testing.assert_close(scaled.std(0, correction=0), torch.ones(64), atol=1e-3, rtol=0)


@pytest.mark.slow
def test_the_real_yamnet_captions_real_clips(tmp_path: Path, test_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The published TensorFlow Lite file, frozen, at full width, on clotho-mini; the run keeps its ReLU6."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    changes = {
        "weights": str(test_data / "yamnet/yamnet.tflite"),
        "min_count": 2,
        "captions": {"train": {"epochs": 1}, "captions_per_sample": "all"},
    }
    request = RunRequest(
        method="aed-bilstm",
        dataset="clotho",
        variant="yamnet",
        preset="paper",
        changes=changes,
        options=DatasetOptions(data_dir=test_data / "clotho-mini"),
        output=tmp_path / "runs",
        metrics=["cider_d"],
    )
    record, folder = run(request, REGISTRIES)
    assert [stage.name for stage in record.stages] == ["cross-entropy"]
    assert len((folder / "predictions.csv").read_text().splitlines()) == 21
    captioner: Any = open_run(folder, REGISTRIES, "cpu")
    assert float(captioner.model.features.encoder.ceiling) == 6.0
