"""MAAC: every row of Table 2 builds, stages go on from one another, a small run ends in a record, search may forget."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from aacbench_maac.method import KEYWORDS, Maac
from aacbench_maac.settings import PRESETS, MaacSettings
from aacbench_maac.variants import VARIANTS

from aacbench.contracts import AttendsToWords, DatasetOptions, Variant
from aacbench.contracts.context import RunContext
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.models.decoders.multimodal_lstm import MultimodalLstmDecoder
from aacbench.models.frozen import FrozenEncoder
from aacbench.models.keywords import KeywordEncoder
from aacbench.pretraining.keywords import TABLE_FILE
from aacbench.runs.execute import RunRequest, open_run, run
from aacbench.runs.settings import build
from aacbench.text.keywords import KeywordTable
from aacbench.training.cross_entropy import CrossEntropy
from aacbench.training.pretrain import Pretrain
from aacbench.training.self_critical.scst import Scst
from aacbench.types import Clip

TABLE = KeywordTable(("dog", "bark"), ("dog", "barks"))
TINY: dict[str, Any] = {
    "encoder": {"width": 0.0625},
    "decoder": {"dim": 16, "attention_dim": 8},
    "keywords": {"hidden": 8},
}
SCST = ["pretrain-keywords-head", KEYWORDS, "cross-entropy", "scst"]


def context(tmp_path: Path, preset: str = "quick", **changes: Any) -> RunContext:
    settings = build(MaacSettings, [PRESETS[preset], changes])
    clip = Clip("a.wav", tmp_path / "a.wav", ("A dog barks twice.", "The dog is loud."))
    parts = {"training": [clip], "validation": [clip], "evaluation": [clip]}
    registries = manager.load().registries
    TABLE.save(tmp_path / TABLE_FILE)
    return RunContext("maac", "v", settings, 0, "cpu", "none", DatasetOptions(), tmp_path, registries, parts)


def test_variants_are_the_rows_of_table_2_and_the_best_of_table_1() -> None:
    names = [variant.name for variant in VARIANTS]
    assert names == ["proposed+scst", "proposed", "not-shared", "keywords", "previous-words", "base"]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variants_build_what_their_row_says(tmp_path: Path, variant: Variant) -> None:
    made = context(tmp_path, **variant.settings)
    model, vocabulary = Maac().network(made)
    words = model.words
    assert isinstance(words, MultimodalLstmDecoder)
    assert len(vocabulary) == 4 + 7
    streams = {"base": (), "keywords": ("keywords",), "previous-words": ("previous words",)}
    assert words.streams == streams.get(variant.name, ("keywords", "previous words"))
    assert len(words.read) == {"base": 0, "not-shared": 2}.get(variant.name, 1)
    assert (model.bridge is not None) == ("keywords" in words.streams)
    stages = [stage.name for stage in Maac().recipe(made)]
    assert stages == [KEYWORDS, "cross-entropy", *(["scst"] if variant.name == "proposed+scst" else [])]


def test_the_paper_trains_the_head_first_and_goes_on_from_it(tmp_path: Path) -> None:
    head, whole = Maac().keyword_stages(context(tmp_path, "paper"))
    assert (head.name, whole.name) == tuple(SCST[:2])
    assert head.objective_settings["frozen"] == "all"
    assert (head.weights, head.train.epochs, head.train.lr) == ("panns-resnet38", 80, 1e-3)
    assert (whole.after, whole.weights, whole.train.epochs, whole.train.lr) == (head, None, 25, 5e-4)
    assert "frozen" not in whole.objective_settings
    (alone,) = Maac().keyword_stages(context(tmp_path, "quick"))
    assert (alone.after, alone.weights) == (None, None)


def test_the_public_codes_table_counts_all_captions(tmp_path: Path) -> None:
    (clean,) = Maac().keyword_stages(context(tmp_path))
    (leaking,) = Maac().keyword_stages(context(tmp_path, keywords={"captions": "all", "forms": "suffix"}))
    assert "also" not in clean.objective_settings
    assert leaking.objective_settings["also"] == ["A dog barks twice.", "The dog is loud."] * 2
    assert leaking.objective_settings["forms"] == "suffix"


def test_the_papers_weights_are_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    made = context(tmp_path, "paper")
    head = Maac().keyword_stages(made)[0]
    assert isinstance(head, Pretrain)
    (tmp_path / "a.wav").write_bytes(b"audio")
    with pytest.raises(UserError, match="aacbench fetch panns-resnet38"):
        head.inputs(made)


def test_paper_values_are_the_defaults() -> None:
    settings = MaacSettings()
    assert (settings.top, settings.keywords.size, settings.keywords.forms) == (5, 300, "lemma")
    assert settings.keywords.captions == "training"
    assert (settings.decoder.dim, settings.decoder.embedding_dropout, settings.decoder.dropout) == (512, 0.5, 0.25)
    train = settings.captions.train
    assert (train.epochs, train.lr, train.batch_size, train.schedule.factor) == (30, 3e-4, 32, 0.98)
    assert (settings.captions.label_smoothing, settings.captions.final_teacher_forcing_ratio) == (0.1, 0.7)
    assert (settings.scst.train.epochs, settings.scst.train.lr) == (55, 5e-5)
    assert (settings.search.beam_size, settings.search.length_power) == (4, 1.15)
    assert settings.decoder.gate == "glu"
    assert not settings.beam_forgets


@torch.no_grad()
def test_a_small_network_reads_keywords_of_its_vocabulary_and_ignores_padding(tmp_path: Path) -> None:
    for frozen in ("all", "weights"):
        model, vocabulary = Maac().network(context(tmp_path, **TINY, frozen=frozen))
        model.eval()
        assert isinstance(model.features, FrozenEncoder) == (frozen == "all")
        features, lengths = torch.randn(2, 96, 32), torch.tensor([96, 40])
        if isinstance(model.features, FrozenEncoder):
            rows = [model.features.encode(clip[:length]) for clip, length in zip(features, lengths, strict=True)]
            features = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=9.0)
            lengths = torch.tensor([len(row) for row in rows])
        encoded = model.encode(features, lengths)
        assert encoded.words is not None
        wanted = {vocabulary.encode("dog")[1], vocabulary.encode("barks")[1]}
        assert [set(row) for row in encoded.words.tolist()] == [wanted, wanted]
        tokens, owners = torch.tensor([[1, 5, 6, 2], [1, 4, 2, 0]]), torch.tensor([1, 0])
        noisy = features.clone()
        noisy[1, int(lengths[1]) :] = -5.0
        first = model.losses(features, lengths, tokens, owners)["cross_entropy"]
        torch.testing.assert_close(first, model.losses(noisy, lengths, tokens, owners)["cross_entropy"])


def test_a_frozen_encoder_with_moving_statistics_trains_no_weight(tmp_path: Path) -> None:
    model, _ = Maac().network(context(tmp_path, **TINY, frozen="weights"))
    model.train()
    assert isinstance(model.encoder, KeywordEncoder)
    assert not any(parameter.requires_grad for parameter in model.encoder.parameters())
    before = model.encoder.encoder.bn0.running_mean.clone()  # type: ignore[operator, union-attr]
    model.encode(torch.randn(2, 64, 32), torch.tensor([64, 64]))
    assert not torch.equal(before, model.encoder.encoder.bn0.running_mean)  # type: ignore[arg-type, union-attr]


def small_run(tmp_path: Path, variant: str, **changes: Any) -> tuple[Any, Path]:
    request = RunRequest(
        method="maac",
        dataset="soundscapes",
        variant=variant,
        preset="smoke",
        changes={**TINY, "search": {"max_words": 8}, "captions": {"train": {"epochs": 1}}, **changes},
        output=tmp_path / "runs",
        metrics=["bleu"],
    )
    return run(request, manager.load().registries)


def test_self_critical_training_goes_on_from_the_last_epoch(tmp_path: Path) -> None:
    """Section 3.1: the 30th network of cross-entropy, while its row of the table is the best one's."""
    run = context(tmp_path, "paper")
    assert (run.settings.captions.train.keep_final, run.settings.scst.start) == (True, "final")
    assert (run.settings.captions.train.monitor, run.settings.captions.train.epochs) == ("spider", 30)
    with pytest.raises(UserError, match=r"scst.start=final wants captions.train.keep_final=true"):
        context(tmp_path, "paper", captions={"train": {"keep_final": False}})


def test_the_released_code_trains_the_encoder_in_self_critical_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="trained_encoder=true wants frozen=weights"):
        context(tmp_path, trained_encoder=True)
    run = context(tmp_path, **TINY, trained_encoder=True, frozen="weights")
    xe, scst = (stage for stage in Maac().recipe(run) if stage.name in ("cross-entropy", "scst"))
    assert isinstance(xe, CrossEntropy) and isinstance(scst, Scst)
    assert "trained_encoder" not in xe.method_inputs and scst.method_inputs["trained_encoder"]
    model, _ = Maac().network(run)
    monkeypatch.setattr(Maac, "network", lambda self, context, load=False: (model, None))
    for trained in (False, True):
        built, _ = Maac().build(run, trains_encoder=trained)
        assert all(parameter.requires_grad == trained for parameter in built.encoder.parameters())


@pytest.mark.slow
def test_a_smoke_run_ends_in_a_record_and_captions_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    record, _ = small_run(tmp_path, "proposed+scst")
    assert [stage.name for stage in record.stages] == SCST
    assert "map" in record.stages[1].summary
    assert {"start", "cider_d"} <= set(record.stages[3].summary)
    _, proposed = small_run(tmp_path, "proposed")
    seconds = {stage.name: stage.key for stage in record.stages}
    again, _ = small_run(tmp_path, "proposed")
    assert [stage.key for stage in again.stages] == [seconds[name] for name in SCST[:3]]  # shared with the run before
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "elsewhere"))  # the cache is gone
    registries = manager.load().registries
    captioner = open_run(proposed, registries, "cpu")
    assert isinstance(captioner.model.decoder, MultimodalLstmDecoder)  # type: ignore[attr-defined]
    assert captioner.model.decoder.remembers  # type: ignore[attr-defined]
    lines = (proposed / "predictions.csv").read_text(encoding="utf-8").splitlines()[1:]
    clips = registries.dataset("soundscapes", DatasetOptions(settings=registries.datasets["soundscapes"].smoke))
    found = captioner.caption(clips.clips("evaluation"))
    assert [line.split(",")[1] for line in lines] == found


@torch.no_grad()
def test_search_forgets_when_it_is_told_to(tmp_path: Path) -> None:
    for forgets in (False, True):
        model, _ = Maac().network(context(tmp_path, **TINY), remembers=not forgets)
        assert isinstance(model.features, FrozenEncoder)
        row = model.features.encode(torch.randn(80, 32))
        decoder = model.eval().decoder
        state = decoder.start(model.encode(row[None], torch.tensor([len(row)])))
        for token in (1, 5, 6):
            _, state = decoder.step(torch.tensor([token]), state)
        assert isinstance(state, AttendsToWords)
        said = state.word_attention["previous words"].tokens.tolist()
        assert said == ([[1]] if forgets else [[1, 5, 6]])
