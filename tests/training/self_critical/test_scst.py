"""Self-critical training: the gradient against REINFORCE by enumeration, modes, resuming, and that it helps."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from aacbench.contracts.context import RunContext
from aacbench.errors import AacbenchError, UserError
from aacbench.metrics.cider_d import CiderDReward
from aacbench.models.captioning import EncoderDecoder
from aacbench.models.decoders.gru_attention import GruAttentionDecoder
from aacbench.runs.stages import run_stages
from aacbench.text.ptb import tokenize_captions
from aacbench.text.vocabulary import BOS, EOS, PAD, UNK, Vocabulary
from aacbench.training import checkpoint
from aacbench.training.caption_task import load_trained
from aacbench.training.cross_entropy import CrossEntropy, CrossEntropyTask
from aacbench.training.loop import Loop
from aacbench.training.self_critical.rollout import log_probabilities
from aacbench.training.self_critical.scst import Scst, ScstTask, scst_loss
from aacbench.training.settings import CaptionTrainSettings, ScstSettings, TrainSettings
from aacbench.types import Encoded
from tests.training.conftest import build

STEPS, WORDS = 3, 7  # three real words


def settings(**changes: Any) -> ScstSettings:
    train = {"epochs": 2, "batch_size": 6, "lr": 0.01, "monitor": "cider_d", "checkpoint_seconds": 0.0}
    base = {"train": {**train, **changes.pop("train", {})}, "max_words": 6}
    return ScstSettings.model_validate({**base, **changes})


def task(context: RunContext, **changes: Any) -> ScstTask:
    torch.manual_seed(0)
    model, vocabulary = build(context)
    return ScstTask(model, vocabulary, settings(**changes), context)


def sentences() -> list[list[int]]:
    """Every caption of at most three tokens: words, then EOS where there is room for it."""
    real = range(UNK + 1, WORDS)
    short = [[*words, EOS] for length in (1, 2) for words in itertools.product(real, repeat=length)]
    return [*short, *map(list, itertools.product(real, repeat=STEPS))]


def probability(decoder: GruAttentionDecoder, encoded: Encoded, sentence: Sequence[int]) -> Tensor:
    """A caption's log-probability, step by step, over what may be said: an independent computation."""
    state, last, total = decoder.start(encoded), BOS, torch.zeros(())
    for place, token in enumerate(sentence):
        logits, state = decoder.step(torch.tensor([last]), state)
        allowed = [*range(UNK + 1, WORDS)] + ([EOS] if place else [])
        total = total + logits[0, token] - torch.logsumexp(logits[0, allowed], 0)
        last = token
    return total


@pytest.mark.parametrize("baseline", [0.0, 0.7])
def test_expected_gradient_is_that_of_the_expected_reward(baseline: float) -> None:
    torch.manual_seed(1)
    decoder = GruAttentionDecoder(WORDS, 4, dim=6, embedding_dim=5, attention_dim=7).eval()
    encoded = Encoded(torch.randn(1, 5, 4), torch.tensor([5]), torch.zeros(1, 4))
    captions = sentences()
    rewards = torch.tensor([(7 * sum(caption) + 3 * len(caption)) % 11 / 10 for caption in captions])
    logs = torch.stack([probability(decoder, encoded, caption) for caption in captions])
    assert float(logs.exp().sum().detach()) == pytest.approx(1.0, abs=1e-5)
    parameters = list(decoder.parameters())
    wanted = torch.autograd.grad(-(logs.exp() * rewards).sum(), parameters)

    tokens = torch.tensor([caption + [PAD] * (STEPS - len(caption)) for caption in captions])
    scored = log_probabilities(decoder, encoded.select(torch.zeros(len(captions), dtype=torch.long)), tokens)
    weighted = logs.detach().exp() * (rewards - baseline) * len(captions)  # expectation, not one draw
    found = torch.autograd.grad(scst_loss(scored, tokens, weighted, "batch"), parameters)
    for mine, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-4)


def test_a_word_mean_differs_by_the_number_of_words() -> None:
    tokens = torch.tensor([[4, 5, EOS, PAD], [4, EOS, PAD, PAD]])
    log_probs, advantage = torch.randn(2, 4), torch.tensor([1.0, -2.0])
    wanted = -(log_probs[0, :3].sum() - 2 * log_probs[1, :2].sum())
    assert float(scst_loss(log_probs, tokens, advantage, "batch")) == pytest.approx(float(wanted) / 2)
    assert float(scst_loss(log_probs, tokens, advantage, "words")) == pytest.approx(float(wanted) / 5)


@pytest.mark.parametrize("dropout", ["off", "encoder", "sampled"])
def test_loss_and_report_of_a_batch(context: RunContext, dropout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss is rebuilt from the rewards of the captions drawn, by CiderDReward on the training references."""
    made = task(context, dropout=dropout, samples=3, captions_per_sample="all")
    model = cast(EncoderDecoder, made.model)
    drawn: dict[str, Tensor] = {}
    inner = made._captions

    def keep(*arguments: Any) -> tuple[Tensor, Tensor, Tensor]:
        drawn["tokens"], drawn["log_probs"], drawn["greedy"] = inner(*arguments)
        return drawn["tokens"], drawn["log_probs"], drawn["greedy"]

    monkeypatch.setattr(made, "_captions", keep)
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items() if "running" in name}
    batch = made.load(made.batches(0)[0])
    torch.manual_seed(5)
    loss = made.losses(batch)["scst"]
    assert drawn["tokens"].shape[0] == 18
    assert drawn["greedy"].shape[0] == 6
    references = [tokenize_captions(clip.captions) for clip in context.clips["training"]]
    reward = CiderDReward(references)
    say = made.vocabulary.decode
    worth = reward([say(row) for row in drawn["tokens"].tolist()], [clip for clip in batch.clips for _ in range(3)])
    base = reward([say(row) for row in drawn["greedy"].tolist()], batch.clips)
    gain = torch.tensor(worth) - torch.tensor(base).repeat_interleave(3)
    total = 0.0
    for row, log_probs, value in zip(drawn["tokens"].tolist(), drawn["log_probs"], gain, strict=True):
        length = row.index(EOS) + 1 if EOS in row else len(row)
        total -= float(value * log_probs[:length].detach().sum()) / 18
    assert float(loss.detach()) == pytest.approx(total, rel=1e-4)
    report = made.step_metrics(10.0)
    assert report["reward"] == pytest.approx(float(worth.mean()), rel=1e-5)
    assert report["baseline"] == pytest.approx(float(base.mean()), rel=1e-5)
    assert 0 < report["reward_share"] < 0.1
    moved = [name for name, value in before.items() if not torch.equal(value, model.state_dict()[name])]
    assert bool(moved) == (dropout != "off")  # batch norm follows the encoder's mode
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None for name, parameter in model.named_parameters() if "norm" not in name)


def test_greedy_captions_are_those_of_evaluation_mode(context: RunContext) -> None:
    texts = []
    for dropout in ("off", "encoder", "sampled"):
        made = task(context, dropout=dropout)
        batch = made.load(made.batches(0)[0])
        torch.manual_seed(5)
        made.model.train()
        _, _, greedy = made._captions(batch, 6)
        texts.append([made.vocabulary.decode(row) for row in greedy.tolist()])
    assert texts[0] == texts[1] == texts[2]


def test_limits(context: RunContext) -> None:
    batch_limit, own = task(context), task(context, limit="max_words", max_words=9)
    batch = batch_limit.load(batch_limit.batches(0)[0])
    for made, wanted in ((batch_limit, 6), (own, 10)):
        steps: list[int] = []
        inner = made._captions
        made._captions = lambda b, s, inner=inner, steps=steps: steps.append(s) or inner(b, s)  # type: ignore
        made.losses(batch)
        assert steps == [wanted]  # "someone plays a low tone" and its end, or nine words and an end


def test_a_frozen_encoder_stays_as_it_is(context: RunContext, tmp_path: Path) -> None:
    made = task(context, frozen_encoder=True, dropout="sampled")
    before = {name: value.clone() for name, value in made.model.state_dict().items()}
    Loop(made, made.settings.train, tmp_path / "frozen", 0, "cpu").run()
    after = made.model.state_dict()
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"words"}

    class Whole(nn.Module):
        features = cast(EncoderDecoder, made.model).features

    with pytest.raises(UserError, match="no `encoder` to freeze"):
        ScstTask(cast(Any, Whole()), made.vocabulary, settings(frozen_encoder=True), context)


def test_it_may_go_on_from_the_last_epoch_of_cross_entropy(
    context: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best and the last network both stay; the second is what `start="final"` begins with."""
    train = {"epochs": 3, "batch_size": 6, "lr": 0.01, "keep_final": True}
    stage = CrossEntropy(build, CaptionTrainSettings.model_validate({"train": train, "augment": None}), {})
    scores = iter((1.0, 2.0, 3.0))  # the first epoch is the best one
    with monkeypatch.context() as patch:
        patch.setattr(CrossEntropyTask, "validate", lambda self: {"loss": next(scores)})
        run_stages(context, [stage])
    folder = context.stages["cross-entropy"]
    best, final = (checkpoint.load(folder / f"{name}.safetensors")[0] for name in ("best", "final"))
    assert checkpoint.load(folder / "final.safetensors")[1] == {"epoch": 3}
    assert any(not torch.equal(best[name], final[name]) for name in best)
    begun: list[dict[str, Tensor]] = []

    class Stops(ScstTask):
        def validate(self) -> Mapping[str, float]:
            begun.append(checkpoint.model_tensors(self.model))
            raise Stopped

    monkeypatch.setattr("aacbench.training.self_critical.scst.ScstTask", Stops)
    for start, wanted in (("best", best), ("final", final)):
        with pytest.raises(Stopped):
            run_stages(context, [stage, Scst(build, settings(start=start), {})])
        assert all(torch.equal(begun[-1][name], wanted[name]) for name in wanted)


class Stopped(Exception):
    """Stands for a kill."""


class Killed(ScstTask):
    """Stops at a given step."""

    stop_at = 0

    def losses(self, loaded: Any) -> Mapping[str, Tensor]:
        self.stop_at -= 1
        if self.stop_at == 0:
            raise Stopped
        return super().losses(loaded)


@pytest.mark.parametrize("stop_at", [2, 5])
@pytest.mark.parametrize("dropout", ["off", "sampled"])
def test_resumes_to_the_same_weights(context: RunContext, tmp_path: Path, dropout: str, stop_at: int) -> None:
    whole = task(context, dropout=dropout)
    Loop(whole, whole.settings.train, tmp_path / "whole", 0, "cpu").run()
    torch.manual_seed(0)
    model, vocabulary = build(context)
    cut = Killed(model, vocabulary, settings(dropout=dropout), context)
    cut.stop_at = stop_at
    with pytest.raises(Stopped):
        Loop(cut, cut.settings.train, tmp_path / "cut", 0, "cpu").run()
    again = task(context, dropout=dropout)
    Loop(again, again.settings.train, tmp_path / "cut", 0, "cpu").run()
    last, _ = checkpoint.load(tmp_path / "whole/last.safetensors")
    mine, _ = checkpoint.load(tmp_path / "cut/last.safetensors")
    assert last.keys() == mine.keys()
    assert all(torch.equal(last[name], mine[name]) for name in last)


def recipe(context: RunContext, **changes: Any) -> list[Any]:
    train = TrainSettings(epochs=6, batch_size=12, lr=0.01, checkpoint_seconds=0.0)
    captions = CaptionTrainSettings(train=train, augment=None, max_words=6)
    how = settings(train={"epochs": 25, "validate_every": 5}, captions_per_sample="all", samples=4, **changes)
    return [CrossEntropy(build, captions, {}, shared=True), Scst(build, how, {})]


@pytest.mark.parametrize("weights", [{}, {"spider": 1.0}], ids=["cider_d", "spider"])
def test_it_raises_the_reward_over_its_start(context: RunContext, weights: Mapping[str, float]) -> None:
    before, after = run_stages(context, recipe(context, reward=weights))
    history = after.summary["history"]
    assert before.summary["epochs"] == 6
    assert history[-1]["train_baseline"] > history[0]["train_baseline"] + 0.5
    assert history[-1]["train_reward"] > history[0]["train_reward"] + 0.5
    assert after.summary["cider_d"] > after.summary["start"] + 0.5
    assert {"train_scst", "train_reward_share", "validation_cider_d"} <= history[-1].keys()


def test_variants_share_cross_entropy(
    make_context: Callable[[str], RunContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[str] = []
    inner = CrossEntropy.run

    def count(self: CrossEntropy, context: RunContext, folder: Path) -> Mapping[str, Any]:
        trained.append(context.folder.name)
        return inner(self, context, folder)

    monkeypatch.setattr(CrossEntropy, "run", count)
    first, second, third = (make_context(name) for name in ("first", "second", "third"))
    run_stages(first, recipe(first)[:1])
    run_stages(second, recipe(second))
    assert trained == ["first"]
    assert second.stages["cross-entropy"] == second.folder / "stage1-cross-entropy"
    for context in (first, second):
        model: Any = build(context)[0]
        load_trained(model, context.stages["cross-entropy"])  # each run has its own file
        found = [context.stages["cross-entropy"] / name for name in ("stage.json", "log.jsonl")]
        assert all(path.is_file() for path in found)
    other = replace(third, seed=1)
    run_stages(other, recipe(other)[:1])
    assert trained == ["first", "third"]
    run_stages(first, recipe(first)[:1], fresh=True)
    assert trained == ["first", "third", "first"]


def test_a_run_outlives_the_cache(make_context: Callable[[str], RunContext], tmp_path: Path) -> None:
    import shutil

    context = make_context("run")
    done = run_stages(context, recipe(context)[:1])
    shutil.rmtree(tmp_path / "home" / "stages")
    again = make_context("run")
    assert run_stages(again, recipe(again)[:1]) == done
    assert not (tmp_path / "home" / "stages").exists()


def test_vocabulary_and_network_of_the_start_must_fit(context: RunContext) -> None:
    def wider(context: RunContext) -> tuple[EncoderDecoder, Vocabulary]:
        model, vocabulary = build(context)
        model.words = GruAttentionDecoder(len(vocabulary), 8, dim=17)
        return model, vocabulary

    run_stages(context, recipe(context)[:1])
    with pytest.raises(AacbenchError, match="another network"):
        Scst(wider, settings(), {}).run(context, context.folder / "stage2-scst")
