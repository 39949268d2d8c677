"""The fluency checker: checkpoints in the published layout, against transformers used plainly; errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aacbench.cli.metaeval import metaeval
from aacbench.errors import UserError
from aacbench.metrics.fense import fetch
from aacbench.metrics.fer import FluencyErrorRate
from aacbench.metrics.fluency import FENSE, load_checker, plain
from tests.metrics.conftest import tokens_as_given

CAPTIONS = ["A dog barks, twice.", "rain", "", "a " * 100]


@pytest.fixture(scope="module")
def checkpoint(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random checker, saved as the published ones are."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=30522, hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=256
    )
    encoder, head = transformers.BertModel(config), torch.nn.Linear(128, 6)
    torch.nn.init.normal_(head.weight, std=2.0)
    state = {f"encoder.{key}": value for key, value in encoder.state_dict().items()}
    state["encoder.embeddings.position_ids"] = torch.arange(512)[None]  # as releases of 2021 kept it
    state |= {f"clf.{key}": value for key, value in head.state_dict().items()}
    path = tmp_path_factory.mktemp("checker") / "checker.ckpt"
    torch.save({"model_type": str(minilm), "num_classes": 6, "state_dict": state}, path)
    return path


def test_probabilities_equal_a_plain_computation(checkpoint: Path, minilm: Path) -> None:
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    found = load_checker(checkpoint).error_probabilities(CAPTIONS, batch_size=3)
    state = torch.load(checkpoint)["state_dict"]
    config = transformers.BertConfig(
        vocab_size=30522, hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=256
    )
    encoder = transformers.BertModel(config).eval()
    keys = {key.removeprefix("encoder."): value for key, value in state.items() if key.startswith("encoder.")}
    encoder.load_state_dict({key: value for key, value in keys.items() if key != "embeddings.position_ids"})
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(minilm))
    for caption, probability in zip(CAPTIONS, found, strict=True):
        pieces = tokenizer([plain(caption)], truncation=True, max_length=64, return_tensors="pt")
        with torch.no_grad():
            hidden = encoder(**pieces).last_hidden_state[0, 0]
        logit = hidden @ state["clf.weight"][5] + state["clf.bias"][5]
        assert probability == pytest.approx(float(logit.sigmoid()), abs=1e-5)
    assert len(set(found)) == len(found)


def test_the_rate_counts_captions_above_the_threshold(checkpoint: Path) -> None:
    items = tokens_as_given(CAPTIONS, [["x"]] * 4)
    probabilities = load_checker(checkpoint).error_probabilities(CAPTIONS)
    threshold = sorted(probabilities)[1]
    (score,) = FluencyErrorRate(model=str(checkpoint), threshold=threshold)(items, {})
    assert score.items == tuple(float(value > threshold) for value in probabilities)
    assert score.corpus == 0.5
    assert score.signature["model"].startswith("sha256-")


def test_text_is_read_as_the_authors_do() -> None:
    assert plain("A dog's bark, twice!") == "a dogs bark twice"


def test_absent_weights_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    with pytest.raises(UserError, match=r"not here .*; run `aacbench fetch fense`"):
        FluencyErrorRate(engine="reference").check_ready()
    with pytest.raises(UserError, match=r"unknown fluency checker 'fens'\. Did you mean 'fense'"):
        FluencyErrorRate(model="fens").check_ready()


def test_fetching_verifies_the_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: dict[str, object] = {}

    def download(url: str, target: Path, *, sha256: str) -> Path:
        wanted.update(url=url, target=target, sha256=sha256)
        return target

    monkeypatch.setattr("aacbench.files.download.download", download)
    monkeypatch.setattr("aacbench.metrics.fense.load_checker", lambda path: None)
    monkeypatch.setattr("aacbench.metrics.fense.load_model", lambda *arguments: None)
    assert fetch(tmp_path) == tmp_path / "fense.pth"
    assert wanted == {"url": FENSE.url, "target": tmp_path / "fense.pth", "sha256": FENSE.sha256}
    assert len(FENSE.sha256 or "") == 64


def test_broken_checkpoints(tmp_path: Path, checkpoint: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "x.ckpt"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(UserError, match="no readable weights file"):
        load_checker(path)
    torch.save({"weights": 1}, path)
    with pytest.raises(UserError, match=r"no fluency checker checkpoint .*state_dict"):
        load_checker(path)
    content = torch.load(checkpoint)
    del content["state_dict"]["encoder.embeddings.LayerNorm.weight"]
    torch.save(content, path)
    with pytest.raises(UserError, match="does not hold a BERT fluency checker"):
        load_checker(path)
    with pytest.raises(UserError, match=r"cannot load the tokenizer .*no such folder.*fer\.tokenizer to a folder"):
        load_checker(checkpoint, tokenizer=str(tmp_path / "absent"))


@pytest.mark.slow
def test_metaeval_of_fense_by_the_reference_engine(checkpoint: Path, minilm: Path, tmp_path: Path) -> None:
    """With the checkpoint and the sentence model given, FENSE by the reference engine is SBERT x (1 - .9 FER)."""
    probabilities = load_checker(checkpoint).error_probabilities(["a dog barks", "rain falls", "a car"])
    threshold = sorted(probabilities)[1]  # the one above it is ill-formed
    rows = [
        {"references": ["a dog is barking"], "caption_0": "a dog barks", "caption_1": "rain falls", "vote": 1},
        {"references": ["a dog is barking"], "caption_0": "a dog barks", "caption_1": "a car", "vote": 1},
    ]
    pairs, table = tmp_path / "pairs.json", tmp_path / "report.json"
    pairs.write_text(json.dumps(rows))
    settings = [f"fer.model={checkpoint}", f"fer.threshold={threshold}", f"sbert_sim.model={minilm}"]
    line = [str(pairs), "--metrics", "fense,sbert_sim,fer", "--resamples", "100", "--json", str(table)]
    line += ["--engine", "both", *(part for setting in settings for part in ("--set", setting))]
    assert CliRunner().invoke(metaeval, line, catch_exceptions=False).exit_code == 0
    report = json.loads(table.read_text())
    names = ["fense", "fense (reference)", "sbert_sim", "sbert_sim (reference)", "fer", "fer (reference)"]
    assert [*report["accuracy"]] == names
    assert report["signatures"]["fense (reference)"]["engine"] == "reference"
    bad = probabilities[0] > threshold
    assert report["accuracy"]["sbert_sim (reference)"]["total"]["value"] == 1.0
    assert report["accuracy"]["fense (reference)"]["total"]["value"] == (0.0 if bad else 1.0)
