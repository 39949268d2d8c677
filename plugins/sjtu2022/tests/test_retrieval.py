"""SJTU's retrieval: the rows of Table 2 build, ensembles share their pairs, small runs end in records and search."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from aacbench_sjtu2022.retrieval.method import SjtuRetrieval
from aacbench_sjtu2022.retrieval.settings import PRESETS, SjtuRetrievalSettings
from aacbench_sjtu2022.retrieval.variants import ENSEMBLES, PAIRS, VARIANTS

from aacbench.contracts import DatasetOptions, MethodSpec
from aacbench.contracts.context import RunContext
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.methods.ensemble.members import read_members
from aacbench.models.bi_encoder import BiEncoder
from aacbench.pretraining.audio_text_retrieval import AudioTextRetrieval
from aacbench.runs.execute import RunRequest, open_retriever, open_run, run
from aacbench.runs.settings import build
from aacbench.runs.tasks.search import search
from aacbench.testing import check_method, check_method_run
from aacbench.training.pretrain import load_encoder
from aacbench.types import Clip

SPEC = MethodSpec("sjtu2022-retrieval", "s", SjtuRetrieval, variants=VARIANTS, task="retrieval")


def registries() -> Registries:
    found = manager.load([]).registries
    found.methods.add(SPEC, "test")
    return found


def context(tmp_path: Path, preset: str = "quick", **changes: object) -> RunContext:
    settings = build(SjtuRetrievalSettings, [PRESETS[preset], changes])
    clip = Clip("a.wav", tmp_path / "a.wav", ("A dog barks twice.", "The dog is loud."))
    folders = ("sjtu2022-retrieval", "x", settings, 0, "cpu", "none", DatasetOptions(), tmp_path, registries())
    return RunContext(*folders, {"training": [clip]})


def test_the_method_keeps_its_contract() -> None:
    check_method("sjtu2022-retrieval")


def test_variants_are_table_2_and_the_four_submissions() -> None:
    assert [variant.name for variant in VARIANTS] == [*PAIRS, *ENSEMBLES, "wlcnn14+bert-base-x5"]
    assert [len(pairs) for pairs in ENSEMBLES.values()] == [5, 4, 3, 3]
    assert ENSEMBLES["ensemble-3"] == ("wlcnn14+bert-base", "cnn14+bert-base", "cnn14+roberta-base")
    assert ENSEMBLES["ensemble-4"] == ("wlcnn14+bert-base", "cnn14+bert-medium", "cnn14+bert-base")


def test_paper_values_are_the_defaults(tmp_path: Path) -> None:
    run_context = context(tmp_path, "paper", pairs=list(PAIRS))
    stages = SjtuRetrieval().recipe(run_context)
    assert len(stages) == 10
    for before, after in zip(stages[::2], stages[1::2], strict=True):
        first, second = SjtuRetrieval().trainings(run_context.settings, before.name.split("retrieval-")[1][:-9])
        assert (first.name, second.name) == (before.name, after.name)
        assert (first.dataset, first.train.lr, first.train.epochs) == ("audiocaps", 1e-4, 20)
        assert (second.dataset, second.train.lr, second.train.epochs) == (None, 2e-5, 20)
        assert (first.weights is not None, second.weights) == (True, None)
        assert first.depends_on == () and second.depends_on == (first.name,)
        assert first.train.schedule.kind == "warmup-cosine" and first.train.schedule.warmup_epochs == 1.0
        objective = AudioTextRetrieval(**second.objective_settings)
        assert (objective.batch_size, objective.dim, objective.crop_seconds) == (128, 1024, 10.0)
        assert (objective.reduction, objective.other_captions) == ("sum", "ignored")
        assert objective.text["source"] == "published" and objective.text["max_tokens"] == 30
    settings = SjtuRetrievalSettings()
    assert (settings.held_out, settings.merge_validation) == (0.1, True)


def test_a_repeated_pair_is_trained_from_seeds_of_its_own(tmp_path: Path) -> None:
    """The row of five seeds (mAP@10 25.9): never one network averaged with itself."""
    five = next(variant for variant in VARIANTS if variant.name.endswith("-x5"))
    run_context = context(tmp_path, "paper", **five.settings)
    stages = SjtuRetrieval().recipe(run_context)
    assert len({stage.name for stage in stages}) == len(stages) == 10
    assert [stage.seed for stage in stages[1::2]] == [None, 1000, 2000, 3000, 4000]
    for before, after in zip(stages[::2], stages[1::2], strict=True):
        assert after.depends_on == (before.name,)
    alone = SjtuRetrieval().recipe(context(tmp_path, "paper"))
    assert [stage.name for stage in alone] == [
        stage.name for stage in stages[:2]
    ]  # what a single pair trained is found


@pytest.mark.parametrize("pair", list(PAIRS))
def test_pairs_build_what_their_row_says(pair: str, tmp_path: Path) -> None:
    run_context = context(tmp_path, pairs=[pair])
    (stage,) = SjtuRetrieval().trainings(run_context.settings, pair)
    assert stage.encoder.name == PAIRS[pair][0]
    encoder = run_context.encoder(stage.encoder)
    clip = Clip("a.wav", tmp_path / "a.wav", ("a dog barks",))
    task = AudioTextRetrieval(**stage.objective_settings)
    text = PAIRS[pair][1]
    assert task.text["name"] == text
    from aacbench.models.published_text import TextSettings
    from aacbench.models.text_encoders import make_text_encoder

    network = BiEncoder(
        stage.encoder.features, encoder, make_text_encoder(TextSettings(**task.text), clip.captions), task.dim
    ).eval()
    assert type(network.text.model).__name__.lower().startswith(text.split("-")[0])
    width = stage.encoder.features.width
    with torch.no_grad():
        embedded = network.embed_audio(torch.randn(2, 150, width), torch.tensor([150, 90]))
    assert embedded.shape == (2, 128)
    torch.testing.assert_close(embedded.norm(dim=1), torch.ones(2))


def test_missing_weights_say_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    for pair in PAIRS:
        run_context = context(tmp_path, "paper", pairs=[pair])
        first, _ = SjtuRetrieval().trainings(run_context.settings, pair)
        spec = run_context.registries.encoders[first.encoder.name]
        assert first.weights in {weights.name for weights in spec.published}


@pytest.mark.slow
def test_finished_retrieval_runs_go_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--method ensemble` averages their similarities, opens again, and refuses a captioning run beside them."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    found = registries()

    def finished(seed: int) -> Path:
        return run(
            RunRequest("sjtu2022-retrieval", "soundscapes", "cnn14+bert-medium", "smoke", seed, output=tmp_path), found
        )[1]

    members = [finished(0), finished(1)]
    changes = {"members": [str(path) for path in members]}
    request = RunRequest("ensemble", "soundscapes", preset="smoke", changes=changes, output=tmp_path / "both")
    record, folder = run(request, found)
    assert (record.task, [stage.name for stage in record.stages]) == ("retrieval", ["members"])
    similarities = [np.load(path / "similarity.npy") for path in (*members, folder)]
    np.testing.assert_allclose(similarities[2], (similarities[0] + similarities[1]) / 2, atol=1e-5)
    again = open_retriever(folder, found, "cpu")
    assert again.embed_texts(["a dog barks"]).shape[1] == 256
    with pytest.raises(UserError, match="which is for retrieval"):
        open_run(folder, found, "cpu")
    (tmp_path / "captions").mkdir()
    stored = json.loads((members[0] / "record.json").read_text())
    stored["task"], stored["stages"][0]["key"] = "captioning", "0" * 64
    (tmp_path / "captions/record.json").write_text(json.dumps(stored))
    (tmp_path / "captions/vocabulary.json").write_text("{}")
    with pytest.raises(UserError, match=r"is for retrieval, and .* for captioning; leave one out"):
        read_members([members[0], tmp_path / "captions"])


@pytest.mark.slow
def test_an_ensemble_trains_nothing_that_its_pairs_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    found = registries()
    finetune = {"train": {"epochs": 1}}

    def once(variant: str, **changes: object) -> tuple[object, Path]:
        request = RunRequest(
            method="sjtu2022-retrieval", dataset="soundscapes", variant=variant, preset="smoke",
            changes={"finetune": finetune, **changes}, output=tmp_path / "runs", device="cpu",
        )  # fmt: skip
        return run(request, found)

    folders = [once(pair)[1] for pair in ENSEMBLES["ensemble-4"]]
    from aacbench.training.loop import Loop

    monkeypatch.setattr(Loop, "run", lambda self: pytest.fail("a pair was trained again"))
    record, folder = once("ensemble-4")
    assert record.task == "retrieval"  # type: ignore[attr-defined]
    assert len(record.stages) == 3  # type: ignore[attr-defined]
    mean = np.mean([np.load(one / "similarity.npy") for one in folders], axis=0)
    np.testing.assert_allclose(np.load(folder / "similarity.npy"), mean, atol=1e-5)


@pytest.mark.slow
def test_pretraining_goes_on_into_fine_tuning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretrained on a mix of two sets of soundscapes, tuned on the run's own; the record names both parts."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    found = registries()
    pretrain = {
        "dataset": "mix",
        "dataset_settings": {"parts": "soundscapes", "soundscapes.preset": "tiny", "soundscapes.seed": "5"},
        "batch_size": 8,
        "train": {"epochs": 1, "lr": 1e-3},
    }
    request = RunRequest(
        method="sjtu2022-retrieval", dataset="soundscapes", variant="cnn14+roberta-base", preset="smoke",
        changes={"pretrain": pretrain, "held_out": 0.25, "merge_validation": True}, output=tmp_path / "runs",
        device="cpu",
    )  # fmt: skip
    record, folder = run(request, found)
    assert record.data.clips == {"training": 24, "validation": 8, "evaluation": 8}
    first, second = record.stages
    assert first.summary["parts"]["soundscapes"]["clips"] == {"training": 24, "validation": 8}
    assert "parts" not in second.summary
    losses = [entry["train_loss"] for entry in second.summary["history"]]
    assert np.isfinite(losses).all()
    retriever = open_retriever(folder, found, "cpu")
    clips = sorted((tmp_path / "home").rglob("evaluation-*.wav"))
    hits, _ = search(retriever, [stage.key for stage in record.stages], "rain", clips, 3)
    assert len(hits) == 3
    with pytest.raises(UserError, match="aacbench search"):
        open_run(folder, found, "cpu")
    small = context(tmp_path, "smoke")
    encoder = small.encoder(SjtuRetrieval().trainings(small.settings, "cnn14+roberta-base")[0].encoder)
    load_encoder(encoder, folder / "stage2-pretrain-audio-text-retrieval-cnn14+roberta-base-finetune")


@pytest.mark.slow
def test_a_killed_run_ends_the_same(tmp_path: Path) -> None:
    check_method_run("sjtu2022-retrieval", tmp_path, variant="cnn14+bert-medium", finetune={"train": {"epochs": 1}})
