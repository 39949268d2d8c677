"""Sentences are encoded once: references are kept by model and text, on disk, too, and shared between systems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aacbench.host.builtin.metrics import SPECS
from aacbench.metrics import sentence_model
from aacbench.metrics.sentence_model import DEFAULT_MODEL, Sentences, model_for, wheel_folder
from aacbench.scoring import score_items, select

REFERENCES = [["a dog barks", "a dog is barking"], ["rain falls", "a dog barks"]]


class Counting:
    """A model that notes what it is asked."""

    device = "cpu"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], **options: object) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[len(text), 1.0] for text in texts], np.float32)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))


def keeping(revision: str | None = "r1") -> tuple[Sentences, Counting]:
    """Return what a new process has, and the model it asks."""
    model = Counting()
    sentences = Sentences(model, "some/model", revision, 32)
    sentences.keep(text for texts in REFERENCES for text in texts)
    return sentences, model


def test_references_are_shared_between_systems_and_processes() -> None:
    sentences, model = keeping()
    assert sorted(model.asked) == ["a dog barks", "a dog is barking", "rain falls"]  # each distinct text once
    first = sentences.vectors(["one system", "a dog barks"])
    second = sentences.vectors(["another system", "one system"])
    assert model.asked[3:] == ["one system", "another system", "one system"]
    assert {*first} | {*second} == {"one system", "a dog barks", "another system"}
    later, other = keeping()
    assert other.asked == []
    assert np.array_equal(later.vectors(["rain falls"])["rain falls"], [10, 1])


def test_another_revision_or_text_is_encoded_anew() -> None:
    keeping()
    _, model = keeping("r2")
    assert len(model.asked) == 3
    sentences, model = keeping()
    sentences.keep(["a dog barks", "new"])
    assert model.asked == ["new"]


def test_native_takes_the_wheels_model_where_the_cache_has_none(minilm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wheel_folder() == minilm
    monkeypatch.setattr(sentence_model, "is_here", lambda: False)
    assert model_for("native") == str(minilm) and model_for("reference") == DEFAULT_MODEL
    monkeypatch.setattr(sentence_model, "is_here", lambda: True)
    assert model_for("native") == DEFAULT_MODEL
    monkeypatch.setattr(sentence_model, "is_here", lambda: False)
    monkeypatch.setattr(sentence_model, "wheel_folder", lambda: None)
    assert model_for("native") == DEFAULT_MODEL  # which is fetched, or named where it cannot be


def test_fense_without_a_download(minilm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "no hub"))
    said = ["a dog barks", "a dog barks and a dog barks"]
    chosen = select(["sbert_sim", "fer", "fense"], SPECS).specs
    scores = score_items(["1", "2"], said, [REFERENCES[0]] * 2, chosen).scores
    similarity, errors, fense = (scores[name].items or () for name in ("sbert_sim", "fer", "fense"))
    assert errors == (0.0, 1.0)
    assert fense[0] == similarity[0] > 0.8
    assert fense[1] == pytest.approx(0.1 * similarity[1])
    parts = scores["fense"].signature["parameters"]
    assert "model=sha256-" in parts["sbert_sim"] and "model=embedded-" in parts["fer"]
