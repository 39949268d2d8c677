"""CNN10: the published key list, the loader and its errors, output sizes, an independent pass."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from aacbench.errors import UserError
from aacbench.models.encoders.cnn10 import Cnn10, load_audiocaption, load_panns


def batch_norm(prefix: str, size: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        f"{prefix}.{name}": (size,) for name in ("weight", "bias", "running_mean", "running_var")
    }
    return {**shapes, f"{prefix}.num_batches_tracked": ()}


def published_shapes() -> dict[str, tuple[int, ...]]:
    """The 60 keys of Cnn10_mAP=0.380.pth under `model`, with their shapes."""
    shapes: dict[str, tuple[int, ...]] = {
        "spectrogram_extractor.stft.conv_real.weight": (513, 1, 1024),
        "spectrogram_extractor.stft.conv_imag.weight": (513, 1, 1024),
        "logmel_extractor.melW": (513, 64),
        **batch_norm("bn0", 64),
    }
    before = 1
    for block, size in enumerate((64, 128, 256, 512), 1):
        shapes[f"conv_block{block}.conv1.weight"] = (size, before, 3, 3)
        shapes[f"conv_block{block}.conv2.weight"] = (size, size, 3, 3)
        shapes |= batch_norm(f"conv_block{block}.bn1", size) | batch_norm(f"conv_block{block}.bn2", size)
        before = size
    linear = {"fc1.weight": (512, 512), "fc1.bias": (512,)}
    return {**shapes, **linear, "fc_audioset.weight": (527, 512), "fc_audioset.bias": (527,)}


def published_tensors() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {name: torch.rand(shape) if shape else torch.tensor(7) for name, shape in published_shapes().items()}


def test_keys_shapes_and_counts_are_the_published_ones() -> None:
    published = published_shapes()
    assert len(published) == 60
    own = {name: tuple(tensor.shape) for name, tensor in Cnn10().state_dict().items()}
    front_end = {name for name in published if name.startswith(("spectrogram_", "logmel_"))}
    assert own == {name: shape for name, shape in published.items() if name not in front_end}
    assert sum(parameter.numel() for parameter in Cnn10().parameters()) == 5_219_279


def test_published_checkpoint_loads(tmp_path: Path) -> None:
    tensors = published_tensors()
    torch.save({"iteration": 1, "model": tensors}, tmp_path / "Cnn10.pth")
    encoder = Cnn10()
    load_panns(encoder, tmp_path / "Cnn10.pth")
    for name, tensor in encoder.state_dict().items():
        torch.testing.assert_close(tensor, tensors[name])


def test_wrong_files_are_refused(tmp_path: Path) -> None:
    encoder, path = Cnn10(), tmp_path / "weights.pth"
    with pytest.raises(UserError, match=r"no weights at .*aacbench fetch"):
        load_panns(encoder, path)
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(UserError, match="no readable weights file"):
        load_panns(encoder, path)
    torch.save({"state_dict": {}}, path)
    with pytest.raises(UserError, match="no entry 'model'"):
        load_panns(encoder, path)
    tensors = published_tensors()
    del tensors["fc1.bias"]
    torch.save({"model": tensors}, path)
    with pytest.raises(UserError, match=r"does not fit Cnn10: it lacks 'fc1.bias'"):
        load_panns(encoder, path)
    torch.save({"model": {**published_tensors(), "conv_block5.conv1.weight": torch.zeros(1)}}, path)
    with pytest.raises(UserError, match=r"has unknown 'conv_block5"):
        load_panns(encoder, path)
    torch.save({"model": published_tensors()}, path)
    with pytest.raises(UserError, match="has other shapes"):
        load_panns(Cnn10(width=0.25), path)


def audiocaption_tensors() -> dict[str, Tensor]:
    """The encoder's keys and shapes in `cnn10_unbalanced.pth`."""
    shapes: dict[str, tuple[int, ...]] = batch_norm("init_bn", 64)
    before = 1
    for place, size in zip((0, 3, 6, 9), (64, 128, 256, 512), strict=True):
        start = f"features.{place}"
        shapes[f"{start}.0.weight"], shapes[f"{start}.3.weight"] = (size, before, 3, 3), (size, size, 3, 3)
        shapes |= batch_norm(f"{start}.1", size) | batch_norm(f"{start}.4", size)
        before = size
    shapes |= {"embedding.weight": (512, 512), "embedding.bias": (512,)}
    torch.manual_seed(1)
    return {name: torch.rand(shape) if shape else torch.tensor(7) for name, shape in shapes.items()}


@pytest.mark.parametrize("outer", [True, False])
def test_second_published_checkpoint_loads(tmp_path: Path, outer: bool) -> None:
    tensors, path = audiocaption_tensors(), tmp_path / "cnn10_unbalanced.pth"
    stored = {**tensors, "outputlayer.weight": torch.zeros(527, 512)}
    torch.save({"model": stored} if outer else stored, path)
    encoder = Cnn10()
    head = encoder.fc_audioset.weight.detach().clone()
    load_audiocaption(encoder, path)
    own = encoder.state_dict()
    torch.testing.assert_close(own["bn0.running_var"], tensors["init_bn.running_var"])
    torch.testing.assert_close(own["conv_block1.conv1.weight"], tensors["features.0.0.weight"])
    torch.testing.assert_close(own["conv_block3.bn1.bias"], tensors["features.6.1.bias"])
    torch.testing.assert_close(own["conv_block3.conv2.weight"], tensors["features.6.3.weight"])
    torch.testing.assert_close(own["conv_block4.bn2.running_mean"], tensors["features.9.4.running_mean"])
    torch.testing.assert_close(own["fc1.weight"], tensors["embedding.weight"])
    torch.testing.assert_close(own["fc_audioset.weight"], head)


def test_second_checkpoint_refuses_other_files(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"model": published_tensors()}, path)
    with pytest.raises(UserError, match=r"does not fit Cnn10: it lacks 'bn0"):
        load_audiocaption(Cnn10(), path)
    tensors = audiocaption_tensors()
    del tensors["features.9.3.weight"]
    torch.save(tensors, path)
    with pytest.raises(UserError, match=r"lacks 'conv_block4.conv2.weight'"):
        load_audiocaption(Cnn10(), path)
    torch.save(audiocaption_tensors(), path)
    with pytest.raises(UserError, match="has other shapes"):
        load_audiocaption(Cnn10(width=0.5), path)
    torch.save([1, 2], path)
    with pytest.raises(UserError, match="holds no"):
        load_audiocaption(Cnn10(), path)


class Exploit:
    """A class whose pickle runs code when it is loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('code ran')",))


def test_checkpoints_never_run_code(tmp_path: Path) -> None:
    torch.save({"model": Exploit()}, tmp_path / "evil.pth")
    with pytest.raises(UserError, match="no readable weights file"):
        load_panns(Cnn10(), tmp_path / "evil.pth")


@pytest.mark.parametrize(
    ("frames", "steps"), [(1001, 62), (1501, 93), (2001, 125), (3001, 187), (862, 53), (2584, 161)]
)
@torch.no_grad()
def test_output_lengths(frames: int, steps: int) -> None:
    encoded = Cnn10(width=0.125).eval()(torch.zeros(1, frames, 64), torch.tensor([frames]))
    assert encoded.frames.shape == (1, steps, 64)
    assert encoded.lengths.tolist() == [steps]


@torch.no_grad()
def test_equals_an_independent_forward_pass() -> None:
    """CNN10 written out with functional calls on the same weights."""
    torch.manual_seed(4)
    encoder = Cnn10(width=0.25).eval()
    weights = encoder.state_dict()

    def norm(x: Tensor, prefix: str) -> Tensor:
        names = ("running_mean", "running_var", "weight", "bias")
        return F.batch_norm(x, *(weights[f"{prefix}.{name}"] for name in names))

    features = torch.randn(2, 64, 64)
    x = norm(features.transpose(1, 2), "bn0").transpose(1, 2)[:, None]
    for block in range(1, 5):
        for place in (1, 2):
            name = f"conv_block{block}"
            x = F.relu(norm(F.conv2d(x, weights[f"{name}.conv{place}.weight"], padding=1), f"{name}.bn{place}"))
        x = F.avg_pool2d(x, 2)
    frames = x.mean(3)
    clip = F.relu(F.linear(frames.amax(2) + frames.mean(2), weights["fc1.weight"], weights["fc1.bias"]))
    encoded = encoder(features, torch.tensor([64, 64]))
    torch.testing.assert_close(encoded.frames, frames.transpose(1, 2), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(encoded.clip, clip, atol=1e-5, rtol=1e-4)
