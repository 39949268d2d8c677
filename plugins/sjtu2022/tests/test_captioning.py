"""SJTU's captioning: sizes of Table 1, rows of Table 3, members of ensembles are trained once, a frozen extractor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from aacbench_sjtu2022.captioning.method import SjtuCaptioning
from aacbench_sjtu2022.captioning.settings import PRESETS, SjtuSettings
from aacbench_sjtu2022.captioning.variants import VARIANTS
from aacbench_sjtu2022.retrieval.method import SjtuRetrieval
from aacbench_sjtu2022.retrieval.settings import PRESETS as RETRIEVAL_PRESETS
from aacbench_sjtu2022.retrieval.settings import SjtuRetrievalSettings

from aacbench.contracts import DatasetOptions, Variant
from aacbench.contracts.context import RunContext
from aacbench.host import manager
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.inference.ensemble import EnsembleCaptioner
from aacbench.models.decoders.gru_attention import GruAttentionDecoder
from aacbench.models.decoders.transformer import TransformerDecoder
from aacbench.runs.execute import RunRequest, open_run, run
from aacbench.runs.settings import build
from aacbench.training.cross_entropy import CrossEntropy
from aacbench.training.loop import Loop
from aacbench.training.self_critical.scst import Scst
from aacbench.types import Clip

CAPTIONS = ("A dog barks twice.", "The dog is loud.")
EXTRACTOR = "pretrain-audio-text-retrieval-cnn14+bert-medium-finetune"
SYSTEMS = {
    "trm2": ["trm-2-a"],
    "trm4": ["trm-4-a"],
    "gru": ["gru-a"],
    "2trm2": ["trm-2-a", "trm-2-b"],
    "2trm2+2trm4": ["trm-2-a", "trm-2-b", "trm-4-a", "trm-4-b"],
    "2trm2+2trm4+2gru": ["trm-2-a", "trm-2-b", "trm-4-a", "trm-4-b", "gru-a", "gru-b"],
}


def context(
    folder: Path, preset: str = "quick", captions: tuple[str, ...] = CAPTIONS, seed: int = 0, **changes: Any
) -> RunContext:
    settings = build(SjtuSettings, [PRESETS[preset], changes])
    clip = Clip("a.wav", folder / "a.wav", captions)
    parts = {"training": [clip], "validation": [clip], "evaluation": [clip]}
    prints = dict.fromkeys(parts, "same")
    return RunContext(
        "sjtu2022", "v", settings, seed, "cpu", "none", DatasetOptions(), folder, manager.load().registries, parts,
        prints,
    )  # fmt: skip


@pytest.mark.parametrize(("decoder", "count"), [("trm-2", 10_382_592), ("trm-4", 12_489_472), ("gru", 14_584_080)])
def test_parameters_are_those_of_table_1(tmp_path: Path, decoder: str, count: int) -> None:
    """10.38, 12.49 and 14.58 M without the extractor, for the 4,368 words of Clotho."""
    words = " ".join(f"word{number}" for number in range(4364))
    paper = context(tmp_path, "paper", (words,))
    extractor = SjtuCaptioning().extractor(paper)
    network, vocabulary = SjtuCaptioning().network(paper, decoder, extractor)
    assert len(vocabulary) == 4368
    assert (extractor.dim, extractor.clip_dim) == (2048, 2048)
    assert sum(parameter.numel() for parameter in network.parameters()) == count
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert not any(parameter.requires_grad for parameter in extractor.encoder.parameters())


def test_variants_are_the_rows_of_table_3() -> None:
    wanted = [f"{system}+{stage}" for system in SYSTEMS for stage in ("scst", "xe")]
    assert [variant.name for variant in VARIANTS] == wanted
    assert len({variant.row for variant in VARIANTS}) == 12


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variants_train_the_members_of_their_row(tmp_path: Path, variant: Variant) -> None:
    system, _, stage = variant.name.rpartition("+")
    made = context(tmp_path, seed=3, **variant.settings)
    first, *rest = SjtuCaptioning().recipe(made)
    assert first.name == EXTRACTOR
    wanted = []
    for label in SYSTEMS[system]:
        wanted += [f"cross-entropy-{label}", *([f"scst-{label}"] if stage == "scst" else [])]
    assert [one.name for one in rest] == wanted
    for one in rest:
        assert isinstance(one, CrossEntropy | Scst)
        assert one.shared
        assert one.seed == (1003 if one.name.endswith("-b") else 3)
        start = one.name.replace("scst", "cross-entropy")
        assert one.depends_on == ((EXTRACTOR,) if isinstance(one, CrossEntropy) else (EXTRACTOR, start))
        if isinstance(one, Scst):
            assert one.start == start


def test_a_member_is_the_same_stage_in_every_system(tmp_path: Path) -> None:
    """Seeds, needs and inputs agree, so that the keys do."""
    found: dict[str, list[Any]] = {}
    for variant in VARIANTS:
        made = context(tmp_path, **variant.settings)
        for stage in SjtuCaptioning().recipe(made)[1:]:
            assert isinstance(stage, CrossEntropy | Scst)
            found.setdefault(stage.name, []).append((stage.seed, stage.depends_on, stage.inputs(made)))
    assert len(found) == 12
    for stages in found.values():
        assert all(stage == stages[0] for stage in stages)
    inputs = [stages[0][2] for name, stages in found.items() if name.startswith("cross-entropy") and name[-1] == "a"]
    assert len({str(one) for one in inputs}) == 3


@pytest.mark.parametrize("preset", ["smoke", "quick"])
def test_the_extractor_is_the_one_that_retrieval_trains(tmp_path: Path, preset: str) -> None:
    made = context(tmp_path, preset)
    (own,) = SjtuCaptioning().pretraining(made.settings)
    retrieval = build(SjtuRetrievalSettings, [RETRIEVAL_PRESETS[preset]])
    assert isinstance(retrieval, SjtuRetrievalSettings)
    (theirs,) = SjtuRetrieval().trainings(retrieval, "cnn14+bert-medium")
    assert own.name == theirs.name == EXTRACTOR
    clip = tmp_path / "a.wav"
    clip.write_bytes(b"audio")
    assert own.inputs(made) == theirs.inputs(made)


def test_paper_values_are_the_defaults(tmp_path: Path) -> None:
    settings = SjtuSettings()
    train, schedule = settings.captions.train, settings.captions.train.schedule
    assert (train.epochs, train.batch_size, train.lr, train.optimizer) == (25, 64, 5e-4, "adam")
    assert (schedule.kind, schedule.warmup_steps, schedule.final_lr) == ("warmup-exponential", 3000, 5e-7)
    assert (settings.captions.label_smoothing, settings.captions.final_teacher_forcing_ratio) == (0.1, 0.7)
    assert train.average_from is None
    assert (settings.scst.train.epochs, settings.scst.train.lr, settings.scst.train.clip_norm) == (100, 5e-5, 1.0)
    assert (settings.scst.frequencies, settings.scst.reward) == ("development", {})
    assert (settings.search.beam_size, settings.search.max_words, settings.search.length_power) == (3, 20, 1.0)
    assert (settings.layers, settings.layer_dim, settings.layer_dropout) == (3, 256, 0.5)
    assert (settings.held_out, settings.merge_validation, settings.vocabulary_rule) == (0.1, True, "ptb")
    (extractor,) = SjtuCaptioning().pretraining(settings)
    assert extractor.dataset == "mix"
    assert extractor.options.settings == {"parts": "clotho,audiocaps,macs", "macs.validates": "false"}
    assert (extractor.train.lr, extractor.train.epochs, extractor.weights) == (1e-4, 20, "panns-cnn14")
    assert extractor.objective_settings["batch_size"] == 128
    assert extractor.objective_settings["audio_dropout"] == 0.5


@torch.no_grad()
@pytest.mark.parametrize("decoder", ["trm-2", "trm-4", "gru"])
def test_a_small_network_ignores_padding(tmp_path: Path, decoder: str) -> None:
    small = context(tmp_path)
    extractor = SjtuCaptioning().extractor(small)
    network, vocabulary = SjtuCaptioning().network(small, decoder, extractor)
    network.eval()
    assert vocabulary.words[4:] == ("dog", "a", "barks", "is", "loud", "the", "twice")
    words = network.words
    if decoder == "gru":
        assert isinstance(words, GruAttentionDecoder)
        assert words.cell.input_size == 3 * small.settings.gru.embedding_dim
    else:
        assert isinstance(words, TransformerDecoder)
        assert len(words.layers) == int(decoder[-1])
    width = extractor.choice.features.width
    rows = [extractor.encode(torch.randn(length, width)) for length in (320, 200)]
    features = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    lengths = torch.tensor([len(row) for row in rows])
    tokens, owners = torch.tensor([[1, 5, 6, 2], [1, 4, 2, 0]]), torch.tensor([1, 0])
    noisy = features.clone()
    noisy[1, int(lengths[1]) :] = 9.0
    clean = network.losses(features, lengths, tokens, owners)["cross_entropy"]
    torch.testing.assert_close(network.losses(noisy, lengths, tokens, owners)["cross_entropy"], clean)


@pytest.mark.slow
def test_an_ensemble_trains_only_the_members_that_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    registries = manager.load().registries
    trained: list[Path] = []
    loop = Loop.run

    def counting(self: Loop) -> Any:
        trained.append(self.folder)
        return loop(self)

    monkeypatch.setattr(Loop, "run", counting)

    def once(variant: str) -> tuple[Any, Path]:
        trained.clear()
        request = RunRequest(
            "sjtu2022", "soundscapes", variant, "smoke", output=tmp_path / "runs", device="cpu", metrics=["bleu"]
        )
        return run(request, registries)

    single, folder = once("trm2+scst")
    assert len(trained) == 3
    assert isinstance(open_run(folder, registries, "cpu"), NetworkCaptioner)
    pair, folder = once("2trm2+scst")
    assert [path.name.rpartition("-")[0] for path in trained] == ["cross-entropy-trm-2-b", "scst-trm-2-b"]
    keys = {stage.name: stage.key for stage in pair.stages}
    assert {stage.name: stage.key for stage in single.stages}.items() <= keys.items()
    assert len(set(keys.values())) == 5
    captioner = open_run(folder, registries, "cpu")
    assert isinstance(captioner, EnsembleCaptioner)
    first, second = captioner.members
    assert isinstance(first, NetworkCaptioner)
    assert isinstance(second, NetworkCaptioner)
    assert not torch.equal(first.model.words.classifier.weight, second.model.words.classifier.weight)
    once("trm2+xe")
    assert trained == []
