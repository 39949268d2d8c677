"""BERTScore with a tiny random BERT, against torchmetrics on one reference; several references; its lifetime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aacbench.errors import UserError
from aacbench.metrics.bert_score import BertScore
from aacbench.testing import check_metric
from tests.metrics.conftest import tokens_as_given

CANDIDATES = ["a dog barks twice", "rain", "people talk in a large and noisy hall", "a dog barks twice"]
REFERENCES = ["a dog is barking", "heavy rain falls on a roof", "a crowd talks", "a dog barks twice"]


@pytest.fixture(scope="module")
def tiny_bert(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of two layers with MiniLM's word pieces."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("bert")
    config = transformers.BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    transformers.BertModel(config).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(str(minilm)).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("layer", [None, 1])
def test_it_equals_torchmetrics_on_one_reference(tiny_bert: Path, layer: int | None) -> None:
    text = pytest.importorskip("torchmetrics.functional.text")
    found = BertScore(str(tiny_bert), layer, batch_size=3)(tokens_as_given(CANDIDATES, [[r] for r in REFERENCES]), {})
    model = {"model_name_or_path": str(tiny_bert), "num_layers": layer, "max_length": 64}
    pairs = zip(CANDIDATES, REFERENCES, strict=True)  # one by one: its batches come back in another order
    wanted = [text.bert_score([candidate], [reference], **model) for candidate, reference in pairs]
    for score, name in zip(found, ("f1", "precision", "recall"), strict=True):
        theirs = [float(np.asarray(one[name]).ravel()[0]) for one in wanted]
        assert score.items == pytest.approx(theirs, abs=1e-5), name
    assert found[0].items is not None and found[0].items[3] == pytest.approx(1.0, abs=1e-5)
    assert found[0].signature["layer"] == (2 if layer is None else 1)
    assert found[0].signature["model"].startswith("sha256-")


def test_several_references_are_the_best_of_them(tiny_bert: Path) -> None:
    metric = BertScore(str(tiny_bert), None)
    both = metric(tokens_as_given(CANDIDATES[:1], [REFERENCES[:2]]), {})
    alone = [metric(tokens_as_given(CANDIDATES[:1], [[reference]]), {}) for reference in REFERENCES[:2]]
    for number, score in enumerate(both):
        assert score.corpus == pytest.approx(max(one[number].corpus for one in alone), abs=1e-6)


def test_empty_captions_score_nothing(tiny_bert: Path) -> None:
    assert BertScore(str(tiny_bert), None)(tokens_as_given([""], [["rain"]]), {})[0].items == (0.0,)


def test_it_keeps_the_contract(tiny_bert: Path) -> None:
    check_metric("bert_score", model=str(tiny_bert), layer=None, reaches_maximum=False)


def test_what_cannot_be_loaded(tiny_bert: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has the layers 0 to 2; got 9"):
        BertScore(str(tiny_bert), 9).check_ready()
    with pytest.raises(UserError, match=r"cannot load the language model .*bert_score\.model to a folder"):
        BertScore(str(tmp_path / "absent" / "er")).check_ready()
