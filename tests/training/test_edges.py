"""Batches at the edge, settings that had no effect, losses in single precision, checkpoints written in a stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from aacbench.audio import feature_settings
from aacbench.contracts import EncoderChoice
from aacbench.contracts.context import RunContext
from aacbench.errors import UserError
from aacbench.models.bi_encoder import info_nce, similarities
from aacbench.models.checkpoint import read_checked, write_checked
from aacbench.models.safetensors_file import write_safetensors
from aacbench.training.batches import cut_batches
from aacbench.training.loop import Loop
from aacbench.training.pretrain import Pretrain
from aacbench.training.settings import TrainSettings
from tests.training.test_loop import Regression, settings


@pytest.mark.parametrize(
    ("count", "size", "sizes"),
    [(0, 8, []), (1, 8, [1]), (2, 1, [1, 1]), (8, 8, [8]), (9, 8, [9]), (10, 8, [8, 2]), (17, 8, [8, 9]), (3, 2, [3])],
)
def test_a_last_sample_alone_joins_the_batch_before_it(count: int, size: int, sizes: list[int]) -> None:
    batches = cut_batches(range(count), size)
    assert [len(batch) for batch in batches] == sizes
    assert [one for batch in batches for one in batch] == [*range(count)]


class Alone(Regression):
    """One sample a batch, which batch norm refuses."""

    def batches(self, epoch: int) -> list[list[int]]:
        return [[0]]


def test_batch_norm_over_one_sample_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="regression: batch norm wants two clips or more in a batch"):
        Loop(Alone(), settings(), tmp_path, 0, "cpu").run()


class Counted:
    """An objective that notes the batch size it is made with."""

    def __init__(self, batch_size: int = 16, **more: Any) -> None:
        self.batch_size = batch_size


@pytest.mark.parametrize(("asked", "own", "wanted"), [(32, 16, 16), (4, 16, 4), (24, 16, 24), (32, 128, 128)])
def test_the_batch_size_of_pretraining_has_an_effect(
    make_context: Callable[[str], RunContext], asked: int, own: int, wanted: int
) -> None:
    context = make_context("run")
    choice = EncoderChoice("cnn10", feature_settings({"front_end": "panns"}))
    stage = Pretrain("audio-tagging", choice, TrainSettings(batch_size=asked), objective_settings={"batch_size": own})
    assert stage._objective(context).batch_size == wanted


def test_contrasts_are_made_in_single_precision_under_autocast() -> None:
    generator = torch.Generator().manual_seed(0)
    text, audio = (nn.functional.normalize(torch.randn(24, 64, generator=generator)) for _ in range(2))
    pairs, scale = torch.arange(24), torch.tensor(1 / 0.07)
    wanted = info_nce(text @ audio.T, pairs, scale)
    with torch.autocast("cpu", torch.bfloat16):
        assert (text @ audio.T).dtype is torch.bfloat16  # what it would be without care
        products = similarities(text, audio)
        loss = info_nce(products, pairs, scale)
    assert products.dtype is loss.dtype is torch.float32
    torch.testing.assert_close(products, text @ audio.T)
    torch.testing.assert_close(loss, wanted)


def test_a_finished_stage_keeps_no_state_of_the_optimiser(tmp_path: Path) -> None:
    Loop(Regression(), settings(epochs=2), tmp_path, 7, "cpu").run()
    names = read_checked(tmp_path / "last.safetensors")[0]
    assert names and not [name for name in names if name.startswith("optimizer/")]
    again = Regression()
    Loop(again, settings(epochs=2), tmp_path, 7, "cpu").run()  # finished: nothing is done
    assert again.calls == 0


def test_streamed_files_are_safetensors(tmp_path: Path) -> None:
    tensors: Mapping[str, Tensor] = {
        "a": torch.randn(3, 4),
        "transposed": torch.randn(5, 2).T,
        "half": torch.randn(7).half(),
        "bf16": torch.randn(7).bfloat16(),
        "step": torch.tensor(3.0),
        "long": torch.arange(5),
        "mask": torch.tensor([True, False, True]),
        "none": torch.zeros(0, 3),
        "byte": torch.arange(3, dtype=torch.uint8),
    }
    write_safetensors(tmp_path / "x.safetensors", tensors, {"said": "so"})
    read = load_file(tmp_path / "x.safetensors")
    assert set(read) == set(tensors) and all(torch.equal(read[name], tensors[name]) for name in tensors)
    write_checked(tmp_path / "y.safetensors", tensors, {"key": "k"})
    checked, header = read_checked(tmp_path / "y.safetensors")
    assert header == {"key": "k"} and torch.equal(checked["transposed"], tensors["transposed"])


def test_one_training_clip_one_validation_clip_and_three_words(make_context: Callable[[str], RunContext]) -> None:
    from aacbench.training.cross_entropy import CaptionTrainSettings, CrossEntropy
    from tests.training.conftest import build

    context = make_context("run")
    context.clips = {name: list(part[:1]) for name, part in context.clips.items()}
    how: Sequence[int] = (1,)
    stage = CrossEntropy(
        build, CaptionTrainSettings(train=TrainSettings(epochs=how[0], monitor="cider_d"), augment=None), {}
    )
    (context.folder / "stage").mkdir()
    summary = stage.run(context, context.folder / "stage")
    assert summary["steps"] == 1
