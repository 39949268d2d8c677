"""SBERT similarity with a small real model, against sentence-transformers used plainly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aacbench.errors import UserError
from aacbench.host.builtin.metrics import SPECS
from aacbench.metrics.sbert_sim import SbertSimilarity
from aacbench.metrics.sentence_model import identity, load_model
from aacbench.training.self_critical.reward import Reward
from tests.metrics.conftest import tokens_as_given

ITEMS = tokens_as_given(
    ["a dog barks", "rain falls on a roof", ""],
    [["a dog is barking", "a dog barks"], ["a car drives past"], ["wind", "a bell rings"]],
)


def test_similarity_equals_cosines_of_embeddings(minilm: Path) -> None:
    sentence_transformers = pytest.importorskip("sentence_transformers")
    (score,) = SbertSimilarity(model=str(minilm))(ITEMS, {})
    model = sentence_transformers.SentenceTransformer(str(minilm), device="cpu")
    for candidate, references, found in zip(ITEMS.candidates, ITEMS.references, score.items or (), strict=True):
        left, right = model.encode([candidate])[0], model.encode(list(references))
        cosines = right @ left / (np.linalg.norm(left) * np.linalg.norm(right, axis=1))
        assert found == pytest.approx(cosines.mean(), abs=1e-6)
    assert score.corpus == pytest.approx(np.mean(score.items or ()))
    assert (score.items or ())[0] > 0.9 > (score.items or ())[1]


def test_signature_names_the_weights(minilm: Path) -> None:
    assert identity("sentence-transformers/paraphrase-TinyBERT-L6-v2") == "paraphrase-TinyBERT-L6-v2"
    assert identity(str(minilm)).startswith("sha256-")


def test_a_model_that_cannot_be_had(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    with pytest.raises(UserError, match=r"cannot load the sentence model .*sbert_sim\.model to a folder"):
        SbertSimilarity(model=str(tmp_path / "absent"))(ITEMS, {})


def test_the_model_is_loaded_once_in_three_steps_of_a_reward(minilm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[tuple[str, str | None, str]] = []

    def load(name: str, revision: str | None, device: str) -> object:
        loads.append((name, revision, device))
        return load_model(name, revision, device)

    monkeypatch.setattr("aacbench.metrics.sbert_sim.load_model", load)
    reward = Reward({"sbert_sim": 1.0}, ITEMS.references, SPECS, settings={"sbert_sim": {"model": str(minilm)}})
    values = [reward(["a dog barks", "rain"], [0, 1]).tolist() for _ in range(3)]
    assert values[0] == values[1] == values[2] and len(loads) == 1
