"""AT-CNN: every row of Table 1 builds, source tasks and weights go where they should, a small run ends in a record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import soundfile
import torch
from aacbench_at_cnn.method import PUBLISHED, AtCnn
from aacbench_at_cnn.settings import PRESETS, AtCnnSettings
from aacbench_at_cnn.variants import VARIANTS

from aacbench.contracts import DatasetOptions, MethodSpec, Variant
from aacbench.contracts.context import RunContext
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.models.encoders.crnn5 import Crnn5
from aacbench.models.layers.scaling import ScaledEncoder
from aacbench.models.published import ENCODER_FILE
from aacbench.runs.execute import RunRequest, run
from aacbench.runs.settings import build
from aacbench.training import checkpoint
from aacbench.training.pretrain import Pretrain
from aacbench.types import Clip


def context(tmp_path: Path, preset: str = "quick", **changes: object) -> RunContext:
    settings = build(AtCnnSettings, [PRESETS[preset], changes])
    clip = Clip("a.wav", tmp_path / "a.wav", ("A dog barks twice.", "The dog is loud."))
    registries = manager.load([]).registries
    return RunContext(
        "at-cnn", "base", settings, 0, "cpu", "none", DatasetOptions(), tmp_path, registries, {"training": [clip]}
    )


def source_stage(run: RunContext) -> Pretrain:
    stage, _ = AtCnn().recipe(run)
    assert isinstance(stage, Pretrain)
    return stage


def test_variants_are_the_whole_of_table_1() -> None:
    sources = ("at-unbalanced", "at-balanced", "asc", "scratch")
    assert [variant.name for variant in VARIANTS] == [f"{name}+{how}" for name in ("cnn10", "crnn5") for how in sources]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variants_build_what_their_row_says(tmp_path: Path, variant: Variant) -> None:
    run = context(tmp_path, **variant.settings)
    model, vocabulary = AtCnn().network(run)
    assert len(vocabulary) == 4 + 7
    scaled: Any = model.encoder
    assert isinstance(scaled, ScaledEncoder)
    assert isinstance(scaled.encoder, Cnn10 if variant.name.startswith("cnn10") else Crnn5)
    words: Any = model.words
    assert words.cell.input_size == scaled.dim + 64
    wanted = {"asc": ["pretrain-scene-classification"], "scratch": []}
    stages = [stage.name for stage in AtCnn().recipe(run)]
    assert stages == [*wanted.get(variant.name.split("+")[1], ["pretrain-audio-tagging"]), "cross-entropy"]


@torch.no_grad()
def test_a_small_network_gives_finite_losses_and_ignores_padding(tmp_path: Path) -> None:
    tokens, owners = torch.tensor([[1, 5, 6, 2], [1, 4, 2, 0]]), torch.tensor([1, 0])
    for encoder in ("cnn10", "crnn5"):
        model, _ = AtCnn().network(context(tmp_path, encoder=encoder, source=None))
        model.eval()
        features, lengths = torch.randn(2, 64, 64), torch.tensor([64, 40])
        noisy = features.clone()
        noisy[1, 40:] = 9.0
        first = model.losses(features, lengths, tokens, owners)["cross_entropy"]
        torch.testing.assert_close(first, model.losses(noisy, lengths, tokens, owners)["cross_entropy"])


def test_source_tasks_of_the_paper_and_of_the_offline_presets(tmp_path: Path) -> None:
    scenes = source_stage(context(tmp_path, "paper", source="asc"))
    assert (scenes.objective, scenes.dataset, scenes.max_clips) == ("scene-classification", "mix", 21_600)
    assert scenes.options.settings == {"parts": "tau-scenes@2019,tau-scenes@2020"}
    assert (scenes.train.monitor, scenes.train.lr, scenes.objective_settings["batch_size"]) == ("accuracy", 1e-3, 64)
    for encoder, source in (("crnn5", "at-unbalanced"), ("cnn10", "at-balanced")):
        tags = source_stage(context(tmp_path, "paper", encoder=encoder, source=source))
        assert (tags.dataset, tags.options.settings["training"]) == ("audioset", source.removeprefix("at-"))
    balanced = source_stage(context(tmp_path, source="at-balanced"))
    whole = source_stage(context(tmp_path, source="at-unbalanced"))
    assert (balanced.dataset, balanced.per_class, whole.per_class) == (None, 16, None)
    assert balanced.objective_settings == whole.objective_settings
    drawn = source_stage(context(tmp_path, source="at-balanced", at_balanced={"balanced": True}))
    assert drawn.objective_settings["balanced"] is True


def test_sixty_hours_are_drawn_before_a_tenth_is_held_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = context(tmp_path, "paper", source="asc", asc={"max_clips": 60})
    stage = source_stage(run)
    parts = {"training": 65, "validation": 7}
    clips = {
        part: [Clip(f"{part}{index}", tmp_path / "a.wav") for index in range(size)] for part, size in parts.items()
    }
    drawn = stage._drawn(clips, run)
    assert len(drawn["training"]) + len(drawn["validation"]) == 60
    assert 0 < len(drawn["validation"]) <= 7 and set(drawn["training"]) <= set(clips["training"])
    assert (
        stage._drawn({"training": clips["training"][:50], "validation": []}, run)["training"] == clips["training"][:50]
    )


def test_features_are_scaled_where_asked(tmp_path: Path) -> None:
    torch.manual_seed(0)
    soundfile.write(tmp_path / "a.wav", (0.1 * torch.randn(32000)).numpy(), 16000)
    run = context(tmp_path, encoder="crnn5", source=None, scale_features=True)
    model, _ = AtCnn().build(run)
    assert isinstance(model.encoder, ScaledEncoder) and isinstance(model.encoder.encoder, Crnn5)
    assert float(model.encoder.deviation.std()) > 0
    assert "encoder.mean" in model.state_dict()


def test_published_weights_are_the_papers_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    run = context(tmp_path, "paper")
    assert [stage.name for stage in AtCnn().recipe(run)] == ["cross-entropy"]
    with pytest.raises(UserError, match="aacbench fetch audiocaption-cnn10"):
        AtCnn().build(run)
    published = {weights.name for spec in run.registries.encoders for weights in spec.published}
    assert set(PUBLISHED.values()) <= published


def test_a_pretrained_encoder_is_taken_from_the_stage_or_from_a_path(tmp_path: Path) -> None:
    how: dict[str, Any] = {"encoder": "crnn5", "source": "asc", "scale_features": False}
    run = context(tmp_path, **how)
    torch.manual_seed(5)
    trained = run.encoder(AtCnn().encoder(run.settings))
    checkpoint.save(tmp_path / ENCODER_FILE, checkpoint.model_tensors(trained), {})
    run.stages["pretrain-scene-classification"] = tmp_path
    from_path = context(tmp_path, **how, weights=str(tmp_path / ENCODER_FILE))
    assert [stage.name for stage in AtCnn().recipe(from_path)] == ["cross-entropy"]
    for one in (run, from_path):
        model, _ = AtCnn().build(one)
        for name, value in model.encoder.state_dict().items():
            assert torch.equal(value, trained.state_dict()[name])


def test_paper_values_are_the_defaults() -> None:
    settings = AtCnnSettings()
    assert (settings.captions.train.lr, settings.captions.train.batch_size) == (5e-4, 32)
    assert (settings.dim, settings.embedding_dim, settings.search.beam_size, settings.held_out) == (512, 512, 3, 0.1)
    schedule = settings.captions.train.schedule
    assert (schedule.kind, schedule.factor, schedule.milestones) == ("steps", 0.1, (8, 14, 20))
    assert (settings.captions.train.epochs, settings.captions.train.patience) == (25, None)
    assert (settings.captions.label_smoothing, settings.captions.final_teacher_forcing_ratio) == (0.0, 1.0)
    assert not settings.search.ignore_end
    assert settings.source == "at-unbalanced"


def test_smoke_runs_hold_a_tenth_out_and_use_the_oddities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    registries = manager.load([]).registries
    registries.methods.add(MethodSpec("at-cnn", "s", AtCnn, variants=VARIANTS), "test")
    changes = {
        "crnn5": {"width": 0.0625},
        "captions": {"label_smoothing": 0.1, "final_teacher_forcing_ratio": 0.7, "train": {"epochs": 1}},
        "search": {"ignore_end": True, "max_words": 8},
    }
    request = RunRequest(
        method="at-cnn",
        dataset="soundscapes",
        variant="crnn5+asc",
        preset="smoke",
        changes=changes,
        output=tmp_path / "runs",
        metrics=["bleu"],
    )
    record, folder = run(request, registries)
    assert record.data.clips == {"training": 22, "validation": 2, "evaluation": 8}
    assert [stage.name for stage in record.stages] == ["pretrain-scene-classification", "cross-entropy"]
    assert "accuracy" in record.stages[0].summary
    assert (folder / "predictions.csv").is_file()


def test_weights_without_a_source_task_are_refused() -> None:
    with pytest.raises(UserError, match=r"^from scratch loads no weights; choose"):
        build(AtCnnSettings, [PRESETS["quick"], {"source": None, "weights": "mine.safetensors"}])


@pytest.mark.slow
def test_a_real_pretrained_crnn5_captions_real_clips(
    tmp_path: Path, test_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CRNN5 of Datadriven-GPVAD, trained on AudioSet, at full width with its own front-end, on clotho-mini."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    registries = manager.load([]).registries
    registries.methods.add(MethodSpec("at-cnn", "s", AtCnn, variants=VARIANTS), "test")
    changes = {
        "features": {"front_end": "gpv"},
        "weights": str(test_data / "crnn5-audioset/teacher1.pth"),
        "captions": {"train": {"epochs": 1, "batch_size": 8}, "captions_per_sample": "all"},
    }
    request = RunRequest(
        method="at-cnn",
        dataset="clotho",
        variant="crnn5+at-unbalanced",
        preset="paper",
        changes=changes,
        options=DatasetOptions(data_dir=test_data / "clotho-mini"),
        output=tmp_path / "runs",
        metrics=["cider_d"],
    )
    record, folder = run(request, registries)
    assert [stage.name for stage in record.stages] == ["cross-entropy"]  # nothing is pretrained here
    assert record.data.clips["evaluation"] == 20
    assert len((folder / "predictions.csv").read_text().splitlines()) == 21
