"""AST: equal to transformers' own model, windows, padding, the published files' names, tables of positions."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from aacbench.errors import UserError
from aacbench.models.encoders.ast import FILL, Ast, fit_positions, load_published, named
from aacbench.runtime import libraries

transformers = libraries.load("transformers", "a test", "ASTConfig", "ASTForAudioClassification", "ASTModel")
SMALL: dict[str, Any] = {"dim": 16, "layers": 2, "heads": 2, "feed_forward": 32}
THEIRS: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}


def published(frames: int = 1024) -> Any:
    """A small network of transformers' own, as `save_pretrained` would write it, with positions that are not 0."""
    torch.manual_seed(0)
    network = transformers.ASTForAudioClassification(transformers.ASTConfig(max_length=frames, **THEIRS))
    with torch.no_grad():
        for value in network.parameters():
            value.normal_(0, 0.2)
    network.train(False)
    return network


def hub_file(path: Path, network: Any, old: bool) -> Path:
    """Write the weights as the hub's files have them: under today's names or those before transformers 5."""
    tensors = dict(network.state_dict())
    if old:
        tensors = {old_name(name): value for name, value in tensors.items()}
    save_file(tensors, path)
    return path


def old_name(name: str) -> str:
    name = re.sub(r"transformer\.layers\.", "transformer.encoder.layer.", name)
    for new, long in (("q", "query"), ("k", "key"), ("v", "value")):
        name = name.replace(f".attention.{new}_proj.", f".attention.attention.{long}.")
    name = name.replace(".attention.o_proj.", ".attention.output.dense.")
    return name.replace(".mlp.fc1.", ".intermediate.dense.").replace(".mlp.fc2.", ".output.dense.")


def original_file(path: Path, network: Any) -> Path:
    """Write the weights as the authors' file has them: timm's names, queries, keys and values in one matrix."""
    state, tensors = network.audio_spectrogram_transformer.state_dict(), {}
    names = {
        "embeddings.cls_token": "cls_token",
        "embeddings.distillation_token": "dist_token",
        "embeddings.position_embeddings": "pos_embed",
        "embeddings.patch_embeddings.projection.weight": "patch_embed.proj.weight",
        "embeddings.patch_embeddings.projection.bias": "patch_embed.proj.bias",
        "layernorm.weight": "norm.weight",
        "layernorm.bias": "norm.bias",
    }
    parts = {
        "layernorm_before": "norm1",
        "layernorm_after": "norm2",
        "attention.o_proj": "attn.proj",
        "mlp.fc1": "mlp.fc1",
        "mlp.fc2": "mlp.fc2",
    }
    for layer in range(2):
        for kind in ("weight", "bias"):
            names |= {f"layers.{layer}.{a}.{kind}": f"blocks.{layer}.{b}.{kind}" for a, b in parts.items()}
            queries = [state[f"layers.{layer}.attention.{one}_proj.{kind}"] for one in "qkv"]
            tensors[f"module.v.blocks.{layer}.attn.qkv.{kind}"] = torch.cat(queries)
    tensors |= {f"module.v.{theirs}": state[ours] for ours, theirs in names.items()}
    heads = ("v.head.weight", "v.head_dist.bias", "mlp_head.0.weight", "mlp_head.1.bias")
    torch.save(tensors | {f"module.{name}": torch.zeros(3) for name in heads}, path)
    return path


@pytest.mark.parametrize("form", ["new", "old", "original"])
@torch.no_grad()
def test_equals_transformers_own_model(tmp_path: Path, form: str) -> None:
    theirs = published()
    encoder = Ast(window=1024, **SMALL).eval()
    if form == "original":
        load_published(encoder, original_file(tmp_path / "ast.pth", theirs))
    else:
        load_published(encoder, hub_file(tmp_path / "ast.safetensors", theirs, old=form == "old"))
    spectrogram = torch.randn(1, 1024, 128)
    output = theirs.audio_spectrogram_transformer(spectrogram)
    for pooling, wanted in (
        ("cls", output.last_hidden_state[:, 0]),
        ("distillation", output.last_hidden_state[:, 1]),
        ("mean", output.pooler_output),
    ):
        encoder.pooling = pooling  # type: ignore[assignment]
        encoded = encoder(spectrogram, torch.tensor([1024]))
        torch.testing.assert_close(encoded.frames[0], wanted)
        torch.testing.assert_close(encoded.clip, wanted)


@torch.no_grad()
def test_windows_are_clips_of_their_own() -> None:
    encoder = Ast(**SMALL).eval()
    assert (encoder.window, encoder.reduction, encoder.frame_hop, encoder.frame_span) == (96, 48, 0.48, 0.96)
    spectrogram = torch.randn(96 + 48 + 10, 128)
    encoded = encoder(spectrogram[None], torch.tensor([154]))
    filled = F.pad(spectrogram, (0, 0, 0, 38), value=FILL)
    assert encoded.lengths.tolist() == [3]
    for place in range(3):
        wanted = encoder.model(filled[None, 48 * place : 48 * place + 96]).last_hidden_state[0, 0]
        torch.testing.assert_close(encoded.frames[0, place], wanted)
    torch.testing.assert_close(encoded.clip[0], encoded.frames[0].mean(0))


@torch.no_grad()
def test_padding_never_changes_a_window() -> None:
    encoder = Ast(window=32, mel_bins=32, **SMALL).eval()
    clips = [torch.randn(length, 32) for length in (100, 49, 32, 5)]
    lengths = torch.tensor([len(clip) for clip in clips])
    together = encoder(torch.stack([F.pad(clip, (0, 0, 0, 120 - len(clip)), value=9.0) for clip in clips]), lengths)
    assert together.lengths.tolist() == [6, 3, 1, 1]
    for place, clip in enumerate(clips):
        alone = encoder(clip[None], lengths[place : place + 1])
        torch.testing.assert_close(together.frames[place, : int(alone.lengths)], alone.frames[0], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(together.clip[place], alone.clip[0], atol=1e-5, rtol=1e-4)


def test_fill_is_what_the_authors_pad_with() -> None:
    assert pytest.approx(0.46703, abs=1e-5) == FILL


@pytest.mark.parametrize(
    ("frames", "tokens"), [(96, 110), (128, 146), (256, 302), (998, 1190), (1024, 1214), (3000, 3590)]
)
def test_sizes_of_the_position_table(tmp_path: Path, frames: int, tokens: int) -> None:
    theirs = published()
    encoder = Ast(window=frames, **SMALL)
    load_published(encoder, hub_file(tmp_path / "ast.safetensors", theirs, old=True))
    (fitted,) = [value for name, value in encoder.state_dict().items() if name.endswith("position_embeddings")]
    assert fitted.shape == (1, tokens, 16)
    table = theirs.audio_spectrogram_transformer.embeddings.position_embeddings
    assert torch.equal(fitted[:, :2], table[:, :2])


def grid(bands: int, frames: int) -> Tensor:
    """A table whose patch entries are (band, frame), after two tokens of -1."""
    places = torch.cartesian_prod(torch.arange(bands), torch.arange(frames)).float()
    return torch.cat([torch.full((2, 2), -1.0), places])[None]


def test_shorter_tables_are_cut_from_the_middle_and_longer_ones_interpolated() -> None:
    table = grid(12, 101)
    assert torch.equal(fit_positions(table, 12, 10, 2 + 12 * 101, Path("x")), table)
    short = fit_positions(table, 12, 10, 2 + 12 * 9, Path("x"))[0]
    assert short[:2].tolist() == [[-1.0, -1.0]] * 2
    assert short[2:11].tolist() == [[0.0, float(frame)] for frame in range(46, 55)]  # 50 - 4 on
    assert short[-1].tolist() == [11.0, 54.0]
    long = fit_positions(table, 12, 10, 2 + 12 * 202, Path("x"))[0, 2:].view(12, 202, 2)
    assert torch.equal(long[3, :, 0], torch.full((202,), 3.0))
    wanted = ((torch.arange(202) + 0.5) / 2 - 0.5).clamp(0, 100)  # pixels' centres, held at the ends
    torch.testing.assert_close(long[3, :, 1], wanted)
    with pytest.raises(UserError, match="no grid of 12 bands"):
        fit_positions(grid(7, 10), 12, 10, 146, Path("x"))


def test_the_published_table_serves_a_stride_of_16() -> None:
    """12 bands x 101 frames become 8 x 64: entries keep their place on the spectrogram, in both axes."""
    table = grid(12, 101)
    fitted = fit_positions(table, 8, 16, 2 + 8 * 64, Path("x"))[0]
    assert fitted[:2].tolist() == [[-1.0, -1.0]] * 2
    placed = fitted[2:].view(8, 64, 2)
    rows = ((torch.arange(8) + 0.5) * 12 / 8 - 0.5).clamp(0, 11)
    columns = ((torch.arange(64) + 0.5) * 101 / 64 - 0.5).clamp(0, 100)
    torch.testing.assert_close(placed[:, :, 0], rows[:, None].expand(8, 64))
    torch.testing.assert_close(placed[:, :, 1], columns[None].expand(8, 64))
    short = fit_positions(table, 8, 16, 2 + 8 * 6, Path("x"))[0, 2:].view(8, 6, 2)
    torch.testing.assert_close(short, placed[:, 29:35])  # windows of 96 frames: the middle, of the new stride's grid
    back = fit_positions(grid(8, 64), 12, 10, 2 + 12 * 101, Path("x"))[0, 2:].view(12, 101, 2)
    assert back[0, 0].tolist() == [0.0, 0.0] and back[-1, -1].tolist() == [7.0, 63.0]


@torch.no_grad()
def test_published_weights_load_at_a_stride_of_16(tmp_path: Path) -> None:
    """What sjtu2022-retrieval's ast+bert-base does: windows of 10.24 s, a stride of 16, the mean of both tokens."""
    file = hub_file(tmp_path / "ast.safetensors", published(), old=True)
    encoder = Ast(window=1024, hop=1024, stride=16, pooling="mean", **SMALL).eval()
    load_published(encoder, file)
    spectrogram = torch.randn(1, 1024, 128)
    encoded = encoder(spectrogram, torch.tensor([1024]))
    assert encoded.clip.shape == (1, 16)
    assert encoded.clip.isfinite().all()


def test_parameters_are_the_published_networks() -> None:
    """86,594,063 with the tagging head: LayerNorm(768) and Linear(768, 527)."""
    with torch.device("meta"):
        model = Ast(window=1024)
    assert sum(value.numel() for value in model.parameters()) == 86_594_063 - 2 * 768 - 768 * 527 - 527


def test_what_does_not_fit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="at least a patch, 16"):
        Ast(window=10)
    with pytest.raises(UserError, match="'mean', not 'max'"):
        Ast(pooling="max", **SMALL)  # type: ignore[arg-type]
    save_file({"weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="does not fit Ast: it lacks"):
        load_published(Ast(**SMALL), tmp_path / "other.safetensors")
    theirs = hub_file(tmp_path / "ast.safetensors", published(), old=False)
    with pytest.raises(UserError, match="has other shapes"):
        load_published(Ast(**{**SMALL, "dim": 32}), theirs)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UserError, match="the encoder ast needs transformers, which is not installed: pip install tra"):
        Ast(**SMALL)


def test_new_names_are_those_of_the_installed_transformers() -> None:
    own = set(transformers.ASTModel(transformers.ASTConfig(**THEIRS)).state_dict())
    assert own == set(named({f"audio_spectrogram_transformer.{name}": torch.zeros(1) for name in own}))
