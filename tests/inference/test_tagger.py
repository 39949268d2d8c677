"""Tagging with real weights: YAMNet equals the published model on ESC-10, CRNN5 tags it, `aacbench tag` prints it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from aacbench.audio import front_end
from aacbench.audio.io import read
from aacbench.audio.logmel import extract
from aacbench.cli.tag import tag
from aacbench.contracts import TagsClips
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.inference.tagger import Tagger, choose_weights, tagging_weights
from aacbench.models.class_lists import read_sorted, read_table
from aacbench.models.encoders.yamnet import Yamnet, load_tflite

REGISTRIES = manager.load([]).registries
CLASSES = {
    "Dog bark": ("Dog", "Bark"),
    "Rain": ("Rain", "Raindrop", "Rain_on_surface"),
    "Sea waves": ("Waves_surf", "Ocean"),
    "Baby cry": ("Baby_cry_infant_cry",),
    "Clock tick": ("Tick", "Tick-tock", "Clock"),
    "Person sneeze": ("Sneeze",),
    "Helicopter": ("Helicopter",),
    "Chainsaw": ("Chainsaw",),
    "Rooster": ("Chicken_rooster", "Crowing_cock-a-doodle-doo"),
    "Fire crackling": ("Fire", "Crackle"),
}
"""AudioSet's classes, as GPV writes them, for each of ESC-10's."""


def yamnet(folder: Path) -> Tagger:
    spec, weights = tagging_weights(REGISTRIES)["yamnet-tflite"]
    return Tagger(spec, weights, path=folder / "yamnet.tflite", classes=folder / "yamnet_class_map.csv")


def crnn5(folder: Path) -> Tagger:
    spec, weights = tagging_weights(REGISTRIES)["gpv-teacher1"]
    return Tagger(spec, weights, path=folder / "teacher1.pth", classes=folder / "audioset527_labels.txt")


def share_right(tagger: Tagger, clips: list[Path]) -> float:
    """Return the share of ESC-10 clips whose class has the highest mean probability, by AudioSet's names."""
    right = 0
    for clip in clips:
        scores = {name.replace(", ", "_").replace(" ", "_"): value for name, value in tagger.scores(clip).items()}
        means = {name: np.mean([scores[one] for one in classes]) for name, classes in CLASSES.items()}
        right += max(means, key=lambda name: means[name]) == clip.parent.name[6:]
    return right / len(clips)


def test_yamnet_hears_what_the_published_file_hears(test_data: Path) -> None:
    """Patches of the front-end equal those of the file's own graph."""
    with np.load(test_data / "yamnet/one_clip_logmel.npz", allow_pickle=True) as stored:
        arrays = {name: stored[name] for name in stored.files}
    patches = next(value for value in arrays.values() if value.ndim == 3)
    clip = next(str(value) for value in arrays.values() if value.ndim == 0 or value.dtype.kind == "U")
    features = extract(read(test_data / "esc10" / clip, 16000), front_end("yamnet"))
    ours = features.unfold(0, 96, 48).transpose(1, 2).numpy()
    assert ours.shape == patches.shape
    difference = np.abs(ours - patches)
    assert np.median(difference) < 1e-4
    assert difference.max() < 5e-3


@torch.no_grad()
def test_yamnet_tags_as_the_published_file_does(test_data: Path) -> None:
    """The stored outputs are those of 8-bit activations: a float network's are close to them, not the same."""
    tagger = yamnet(test_data / "yamnet")
    with np.load(test_data / "yamnet/esc10_tflite_outputs.npz", allow_pickle=True) as stored:
        theirs = {name: stored[name] for name in stored.files}
    chosen = range(0, 400, 40)
    ours = np.array([list(tagger.scores(test_data / "esc10" / theirs["clips"][row]).values()) for row in chosen])
    wanted = theirs["mean_scores"][list(chosen)]
    assert np.abs(ours - wanted).max() < 0.05
    assert (ours.argmax(1) == wanted.argmax(1)).sum() >= 9
    path = test_data / "esc10" / theirs["clips"][0]
    features = extract(read(path, 16000), front_end("yamnet"))
    encoded = tagger.encoder(features[None], torch.tensor([len(features)]))
    assert encoded.lengths.tolist() == [theirs["patches"][0]]
    first, their_first = encoded.frames[0, 0].numpy(), theirs["first_patch_embedding"][0]
    assert np.corrcoef(first, their_first)[0, 1] > 0.99
    assert first.max() <= 6.0  # ReLU6 before the mean


@pytest.mark.slow
@torch.no_grad()
def test_esc10_comes_out_zero_shot(test_data: Path) -> None:
    clips = sorted((test_data / "esc10").glob("*/*.ogg"))
    assert len(clips) == 400
    assert share_right(crnn5(test_data / "crnn5-audioset"), clips) == pytest.approx(
        0.7125, abs=0.005
    )  # .69 by each class alone
    assert share_right(yamnet(test_data / "yamnet"), clips[::4]) > 0.6


@torch.no_grad()
def test_crnn5_equals_the_authors_network(test_data: Path) -> None:
    """Their network from its layers: batch norm, convolution, leaky ReLU; LP pooling; a GRU; linear softmax."""
    tagger = crnn5(test_data / "crnn5-audioset")
    state = torch.load(test_data / "crnn5-audioset/teacher1.pth", map_location="cpu", weights_only=True)
    theirs = authors_network(state)
    path = next((test_data / "esc10/001 - Dog bark").glob("*.ogg"))
    features = extract(read(path, 22050), front_end("gpv"))
    frames = theirs["features"](features[None, None]).transpose(1, 2).flatten(2)
    frames = theirs["gru"](frames)[0]
    encoded = tagger.encoder(features[None], torch.tensor([len(features)]))
    torch.testing.assert_close(encoded.frames, frames, atol=1e-6, rtol=1e-5)
    local = torch.sigmoid(theirs["outputlayer"](frames)).clamp(1e-7, 1.0)
    pooled = (local**2).sum(1) / local.sum(1)
    torch.testing.assert_close(torch.tensor(list(tagger.scores(path).values())), pooled[0], atol=1e-6, rtol=1e-4)
    assert {"Dog", "Animal", "Bark"} & {name for name, _ in tagger.top(path, 5)}


def authors_network(state: dict[str, torch.Tensor]) -> dict[str, Any]:
    from torch import nn

    class Block(nn.Module):
        def __init__(self, before: int, after: int) -> None:
            super().__init__()
            conv = nn.Conv2d(before, after, 3, padding=1, bias=False)
            self.block = nn.Sequential(nn.BatchNorm2d(before), conv, nn.LeakyReLU(0.1))

        def forward(self, maps: torch.Tensor) -> torch.Tensor:
            result: torch.Tensor = self.block(maps)
            return result

    pools = [nn.LPPool2d(4, (2, 4)), nn.LPPool2d(4, (2, 4)), nn.LPPool2d(4, (1, 4))]
    blocks = [Block(1, 32), Block(32, 128), Block(128, 128), Block(128, 128), Block(128, 128)]
    parts: dict[str, nn.Module] = {
        "features": nn.Sequential(blocks[0], pools[0], *blocks[1:3], pools[1], *blocks[3:], pools[2]),
        "gru": nn.GRU(128, 128, bidirectional=True, batch_first=True),
        "outputlayer": nn.Linear(256, 527),
    }
    nn.ModuleDict(parts).load_state_dict(state)
    return {name: part.eval() for name, part in parts.items()}


def test_class_lists(test_data: Path, tmp_path: Path) -> None:
    table = test_data / "yamnet/yamnet_class_map.csv"
    names = read_table(table)
    assert (len(names), names[:2]) == (521, ["Speech", "Child speech, kid speaking"])
    gpv = read_sorted(test_data / "crnn5-audioset/audioset527_labels.txt")
    assert len(gpv) == 527
    assert [name for name in gpv if name in set(read_sorted(table))] == read_sorted(table)  # same names, same order
    (tmp_path / "x.csv").write_text("index,mid\n0,/m/1\n")
    with pytest.raises(UserError, match="lists no classes; wanted a table with the columns"):
        read_table(tmp_path / "x.csv")


def test_every_weight_with_classes_belongs_to_an_encoder_that_tags() -> None:
    known = tagging_weights(REGISTRIES)
    assert {"yamnet", "yamnet-tflite", "panns-cnn14", "ast", "gpv-teacher1"} <= set(known)
    for spec, weights in known.values():
        assert weights.classes is not None
        module, _, name = str(spec.factory).partition(":")
        encoder = getattr(__import__(module, fromlist=[name]), name)
        assert isinstance(encoder, type) and hasattr(encoder, "tag_scores"), spec.name
    assert isinstance(Yamnet(width=0.0625), TagsClips)


def test_the_command_prints_tags(test_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    (tmp_path / "weights").mkdir()
    with pytest.raises(UserError, match="no weights with a tagging head are here; aacbench fetch one of"):
        choose_weights(REGISTRIES, None)
    with pytest.raises(UserError, match="unknown weights with a tagging head 'yament'"):
        choose_weights(REGISTRIES, "yament")
    shutil.copy(test_data / "yamnet/yamnet.tflite", tmp_path / "weights/yamnet-tflite.tflite")
    with pytest.raises(UserError, match=r"names of the classes are not here .*aacbench fetch yamnet-tflite"):
        Tagger(*choose_weights(REGISTRIES, None))
    shutil.copy(test_data / "yamnet/yamnet_class_map.csv", tmp_path / "weights/yamnet-classes.csv")
    clip = next((test_data / "esc10/009 - Rooster").glob("*.ogg"))
    (tmp_path / "no.wav").write_bytes(b"x")
    done = CliRunner().invoke(tag, [str(clip), str(tmp_path / "no.wav"), "--top", "3", "--device", "cpu"])
    assert done.exit_code == 2
    line, complaint = done.output.splitlines()
    assert line.startswith(f"{clip}\t") and line.count("\t") == 3
    assert "rooster" in line.lower()
    assert complaint.startswith("aacbench: ") and "no.wav" in complaint


def test_a_damaged_or_foreign_file_is_refused(test_data: Path, tmp_path: Path) -> None:
    content = (test_data / "yamnet/yamnet.tflite").read_bytes()
    for name, changed, complaint in (
        ("short.tflite", content[:100_000], "no readable TensorFlow Lite file|no YAMNet|does not fit"),
        ("other.tflite", b"\x00" * 64, "is no TensorFlow Lite file"),
    ):
        (tmp_path / name).write_bytes(changed)
        with pytest.raises(UserError, match=complaint):
            load_tflite(Yamnet(), tmp_path / name)
    with pytest.raises(UserError, match="has other shapes"):
        load_tflite(Yamnet(width=0.5), test_data / "yamnet/yamnet.tflite")
    with pytest.raises(UserError, match="aacbench fetch yamnet-tflite"):
        load_tflite(Yamnet(), tmp_path / "gone.tflite")
