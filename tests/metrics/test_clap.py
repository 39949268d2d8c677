"""CLAP's metrics with a tiny random CLAP, against transformers used plainly; MACE from its parts; missing audio."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aacbench.errors import UserError
from aacbench.metrics import mace
from aacbench.metrics.clap_score import ClapScore
from aacbench.metrics.clap_sim import ClapSimilarity
from aacbench.metrics.mace import Mace
from aacbench.testing import check_metric
from aacbench.types import ScoringItems
from tests.metrics.conftest import tokens_as_given

RATE = 48_000
CANDIDATES = ["a dog barks", "rain falls on roof"]
REFERENCES = [["the dog barks", "a car"], ["rain"]]


@pytest.fixture(scope="module")
def tiny_clap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random CLAP of half a megabyte."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    marks = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    vocabulary = {
        word: number for number, word in enumerate([*marks, *"a dog barks rain falls on roof car the".split()])
    }
    pieces = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    pieces.pre_tokenizer = pre_tokenizers.Whitespace()
    pieces.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "<s>"}
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=pieces, sep_token="</s>", mask_token="<mask>", model_max_length=64, **names
    )
    text = {
        "vocab_size": len(vocabulary), "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 32, "max_position_embeddings": 80, "pad_token_id": 1,
    }  # fmt: skip
    audio = {
        "hidden_size": 64, "patch_embeds_hidden_size": 8, "depths": [1] * 4, "num_attention_heads": [1] * 4,
        "num_mel_bins": 64, "spec_size": 256, "projection_hidden_size": 32,
    }  # fmt: skip
    torch.manual_seed(0)
    model = transformers.ClapModel(transformers.ClapConfig(text_config=text, audio_config=audio, projection_dim=16))
    features = transformers.ClapFeatureExtractor(feature_size=64, truncation="rand_trunc", padding="repeatpad")
    folder = tmp_path_factory.mktemp("clap")
    model.save_pretrained(folder)
    transformers.ClapProcessor(features, tokenizer).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Three seconds of noise, and thirteen: longer than the model hears at once."""
    soundfile = pytest.importorskip("soundfile")
    folder, random = tmp_path_factory.mktemp("clips"), np.random.default_rng(0)
    for name, seconds in (("short.wav", 3), ("long.wav", 13)):
        soundfile.write(folder / name, 0.1 * random.standard_normal(seconds * RATE), RATE, subtype="FLOAT")
    return folder / "short.wav", folder / "long.wav"


def heard(clips: tuple[Path, Path]) -> ScoringItems:
    return replace(tokens_as_given(CANDIDATES, REFERENCES), audio=clips)


def plain(folder: Path, texts: list[str], clip: Path) -> tuple[Any, Any]:
    """Unit vectors of texts and of windows of a clip by transformers alone."""
    import soundfile
    import torch
    import transformers

    model = transformers.ClapModel.from_pretrained(str(folder)).train(False)
    processor = transformers.ClapProcessor.from_pretrained(str(folder))
    wave, _ = soundfile.read(clip, dtype="float32")
    windows = [wave[:480_000], wave[480_000:]] if len(wave) > 480_000 else [wave]
    with torch.no_grad():
        rows = [model.get_text_features(**processor.tokenizer([text], return_tensors="pt")) for text in texts]
        sounds = model.get_audio_features(
            **processor.feature_extractor(windows, sampling_rate=RATE, return_tensors="pt")
        )
    said = torch.cat([getattr(row, "pooler_output", row) for row in rows])
    sounds = getattr(sounds, "pooler_output", sounds)
    return (
        torch.nn.functional.normalize(said, dim=-1).numpy(),
        torch.nn.functional.normalize(sounds, dim=-1).numpy(),
    )


def test_text_to_text_equals_transformers(tiny_clap: Path, clips: tuple[Path, Path]) -> None:
    (score,) = ClapSimilarity(str(tiny_clap), batch_size=2)(tokens_as_given(CANDIDATES, REFERENCES), {})
    texts, _ = plain(tiny_clap, [*CANDIDATES, *REFERENCES[0], *REFERENCES[1]], clips[0])
    wanted = [(texts[0] @ texts[2] + texts[0] @ texts[3]) / 2, texts[1] @ texts[4]]
    assert score.items == pytest.approx(wanted, abs=1e-6)
    assert score.signature["model"].startswith("sha256-")


def test_audio_to_text_equals_transformers(tiny_clap: Path, clips: tuple[Path, Path]) -> None:
    (score,) = ClapScore(str(tiny_clap))(heard(clips), {})
    wanted = []
    for candidate, clip in zip(CANDIDATES, clips, strict=True):
        texts, windows = plain(tiny_clap, [candidate], clip)
        mean = windows.mean(0)
        wanted.append(float(texts[0] @ mean / np.linalg.norm(mean)))
    assert score.items == pytest.approx(wanted, abs=1e-5)


def test_mace_is_made_of_both_and_of_errors(
    tiny_clap: Path, clips: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Checker:
        def error_probabilities(self, captions: list[str], batch_size: int) -> list[float]:
            return [0.98 if caption.startswith("rain") else 0.96 for caption in captions]

    (tmp_path / "checker").write_bytes(b"weights")
    monkeypatch.setattr(mace, "checker_called", lambda name, setting, device: Checker())
    scores = Mace(str(tiny_clap), checker=str(tmp_path / "checker"))(heard(clips), {})
    text = np.array(ClapSimilarity(str(tiny_clap))(heard(clips), {})[0].items)
    audio = np.array(ClapScore(str(tiny_clap))(heard(clips), {})[0].items)
    kept = np.array([1.0, 0.7])
    for score, wanted in zip(scores, ((text + audio) / 2 * kept, text * kept, audio * kept), strict=True):
        assert score.items == pytest.approx(wanted.tolist(), abs=1e-6)
        assert score.corpus == pytest.approx(wanted.mean())
    assert [score.name for score in scores] == ["mace", "mace_text", "mace_audio"]


def test_mace_by_the_embedded_checker(tiny_clap: Path, clips: tuple[Path, Path]) -> None:
    metric = Mace(str(tiny_clap), checker="embedded")
    metric.check_ready()
    (score, *_) = metric(heard(clips), {})
    assert score.signature["checker"].startswith("embedded-")


def test_without_audio_it_says_how_to_name_it(tiny_clap: Path) -> None:
    with pytest.raises(UserError, match=r"clap_score hears the clips, but the audio of '0', '1' is not known.*--audio"):
        ClapScore(str(tiny_clap))(tokens_as_given(CANDIDATES, REFERENCES), {})


def test_it_keeps_the_contract(tiny_clap: Path) -> None:
    captions = ("a dog barks", "rain falls", "a car", "the roof", "rain on the roof", "the dog falls on a car")
    check_metric("clap_sim", model=str(tiny_clap), captions=captions, reaches_maximum=False)


def test_a_metric_that_hears_keeps_the_contract(tiny_clap: Path) -> None:
    captions = ("a dog barks", "rain falls", "a car", "the roof", "rain on the roof", "the dog falls on a car")
    check_metric("clap_score", model=str(tiny_clap), captions=captions, reaches_maximum=False)
