"""Under bfloat16 autocast every loss is made in single precision: what a loss sees is rounded, the loss is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from aacbench_rlssr.network import SimilarityModule, distance, pool_audio
from torch import Tensor, nn

from aacbench.contracts import Pretraining, PretrainingSpec, Task, make
from aacbench.contracts.context import RunContext
from aacbench.host import manager
from aacbench.models.captioning import cross_entropy
from aacbench.models.encoders.crnn5 import LinearSoftmaxHead
from aacbench.text.vocabulary import PAD
from aacbench.training.cross_entropy import CrossEntropyTask
from aacbench.training.self_critical.rollout import policy
from aacbench.training.self_critical.scst import ScstTask
from aacbench.training.settings import CaptionTrainSettings, ScstSettings, TrainSettings
from aacbench.types import Clip, Encoded
from tests.training.conftest import FEATURES, PooledEncoder, build

BATCH, CLASSES = 6, 5
OBJECTIVES = [spec.name for spec in manager.load().registries.pretraining]


class HalfWatched(torch.overrides.TorchFunctionMode):
    """Notes the types that loss functions of torch are given."""

    LOSSES = (
        F.cross_entropy, F.binary_cross_entropy_with_logits, F.l1_loss, F.mse_loss, F.huber_loss, F.cosine_similarity,
        torch.log_softmax,
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.dtype] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in self.LOSSES:
            self.seen.append(args[0].dtype)
        return func(*args, **(kwargs or {}))


def clips_of(context: RunContext) -> list[Clip]:
    return list(context.clips["training"])


def objective_task(context: RunContext, name: str) -> Task:
    """The task of a registered objective, small, on labelled tones."""
    spec: PretrainingSpec = context.registries.pretraining[name]
    labelled = [
        Clip(clip.id, clip.audio, clip.captions, (("low", "high")[index % 2],), ("hall", "street")[index % 2])
        for index, clip in enumerate(clips_of(context))
    ]
    settings: dict[str, Any] = dict(spec.tiny)
    if name == "audio-text-retrieval":
        settings["text"] = {"source": "captions", "dim": 16, "layers": 1, "heads": 2, **settings.get("text", {})}
    objective: Pretraining = make(spec, **{**settings, "batch_size": BATCH})
    torch.manual_seed(0)
    return objective.task(PooledEncoder(), FEATURES, labelled, labelled[:4], 0)


def caption_task(context: RunContext, kind: str) -> Task:
    torch.manual_seed(0)
    model, vocabulary = build(context)
    train = {"batch_size": BATCH, "monitor": "cider_d"}
    if kind == "scst":
        how = ScstSettings.model_validate({"train": train, "max_words": 6})
        return ScstTask(model, vocabulary, how, context)
    told = CaptionTrainSettings.model_validate({"train": train, "augment": None, "label_smoothing": 0.1})
    return CrossEntropyTask(model, vocabulary, told, context)


def check(task: Task) -> None:
    task.model.train()
    batch = task.load(task.batches(0)[0])
    with torch.autocast("cpu", torch.bfloat16), HalfWatched() as watched:
        losses: Mapping[str, Tensor] = task.losses(batch)
        assert any(dtype is torch.bfloat16 for dtype in produced(task.model, batch, task))
    assert losses and watched.seen
    assert set(watched.seen) == {torch.float32}
    assert {loss.dtype for loss in losses.values()} == {torch.float32}


def produced(model: nn.Module, batch: Any, task: Task) -> list[torch.dtype]:
    """The types that the network's linear layers give: autocast is really on."""
    seen: list[torch.dtype] = []
    hooks = [
        layer.register_forward_hook(lambda _, __, output: seen.append(output.dtype))
        for layer in model.modules()
        if isinstance(layer, nn.Linear)
    ]
    task.losses(batch)
    for hook in hooks:
        hook.remove()
    return seen


@pytest.mark.parametrize("name", OBJECTIVES)
def test_of_every_objective(make_context: Callable[[str], RunContext], name: str) -> None:
    check(objective_task(make_context("run"), name))


@pytest.mark.parametrize("kind", ["cross-entropy", "scst"])
def test_of_captions(make_context: Callable[[str], RunContext], kind: str) -> None:
    check(caption_task(make_context("run"), kind))


def test_functions_give_what_they_give_in_single_precision() -> None:
    torch.manual_seed(0)
    logits, tokens = torch.randn(3, 4, 9).bfloat16(), torch.randint(PAD + 1, 9, (3, 5))
    wanted = cross_entropy(logits.float(), tokens, 0.1)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(cross_entropy(logits, tokens, 0.1), wanted)
        assert torch.equal(policy(logits[:, 0], True), policy(logits[:, 0].float(), True))


@pytest.mark.parametrize("kind", ["l1", "l2", "huber", "cosine"])
def test_distances_of_a_latent_space(kind: str) -> None:
    """RLSSR's distance and its pooling, with a reconstruction in half precision."""
    torch.manual_seed(0)
    module = SimilarityModule(8, 12, kind, None, False, False)
    words, counts = torch.randn(4, 6, 8), torch.tensor([6, 3, 4, 1])
    audio = Encoded(torch.randn(4, 9, 12).bfloat16(), torch.tensor([9, 5, 2, 7]), torch.zeros(4, 12))
    with torch.autocast("cpu", torch.bfloat16), HalfWatched() as watched:
        assert cast(Tensor, module.reconstruct(words)).dtype is torch.bfloat16
        pooled = pool_audio(audio)
        loss = module(words, counts, pooled)
        half = cast(Tensor, module.reconstruct(words))
    assert pooled.dtype is loss.dtype is torch.float32 and set(watched.seen) == {torch.float32}
    mask = (torch.arange(6)[None] < counts[:, None])[:, :, None]
    mean = half.float().masked_fill(~mask, 0.0).sum(1) / counts[:, None]
    torch.testing.assert_close(loss, distance(kind, mean, pooled))


def test_linear_softmax_and_its_loss() -> None:
    """The pooling of CRNN5's tags works on probabilities near 0 and 1, which bfloat16 has not."""
    torch.manual_seed(0)
    head = LinearSoftmaxHead(8, CLASSES)
    encoded = Encoded(torch.randn(3, 7, 8), torch.tensor([7, 4, 5]), torch.zeros(3, 8))
    with torch.autocast("cpu", torch.bfloat16):
        logits = head(encoded)
    assert logits.dtype is torch.float32
    torch.testing.assert_close(logits, head(encoded), atol=0.05, rtol=0.05)


def test_a_step_of_the_loop_adds_losses_in_single_precision(
    make_context: Callable[[str], RunContext], tmp_path: Path
) -> None:
    from aacbench.training.loop import Loop

    task = caption_task(make_context("run"), "cross-entropy")
    how = TrainSettings(epochs=1, precision="bfloat16", monitor="loss", batch_size=BATCH)
    done = Loop(task, how, tmp_path, 0, "cpu").run()
    loss = done.history[0]["train_loss"]
    assert loss != float(torch.tensor(loss).bfloat16())
