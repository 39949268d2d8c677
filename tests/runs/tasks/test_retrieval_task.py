"""Retrieval as a task: the lists and scores of a matrix, the DCASE baseline, embeddings that are kept, search."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from aacbench.audio.source import audio_path
from aacbench.contracts import DatasetOptions
from aacbench.contracts.context import RunContext
from aacbench.datasets.fingerprint import fingerprint
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.inference.embeddings import embed
from aacbench.inference.retriever import EnsembleRetriever
from aacbench.runs.tasks.retrieval import evaluate, ranked, relevant_clips, score
from aacbench.runs.tasks.search import audio_below, evaluated, search
from aacbench.scoring.files import read_references
from aacbench.scoring.ranked_lists import read_lists, score_lists
from aacbench.scoring.retrieval import chance
from aacbench.types import Clip

Vectors = NDArray[np.float32]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))


class Loudness:
    """Hears how loud a clip is, and reads how loud a text says it is: an angle between silence and noise."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def embed_clips(self, clips: Sequence[Clip]) -> Vectors:
        self.heard += [clip.id for clip in clips]
        return self._angles([float(np.abs(soundfile.read(clip.audio)[0]).max()) for clip in clips])

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        return self._angles([float(text.split()[-1]) for text in texts])

    def _angles(self, values: Sequence[float]) -> Vectors:
        angles = np.array(values) * np.pi / 2
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


class Method:
    """A method whose retriever needs no training."""

    def __init__(self) -> None:
        self.made = 0

    def retriever(self, context: RunContext) -> Loudness:
        self.made += 1
        return Loudness()


@pytest.fixture
def clips(tmp_path: Path) -> list[Clip]:
    """Twelve clips, each louder than the one before; two share a caption."""
    (tmp_path / "audio").mkdir()
    found = []
    for index in range(12):
        path = tmp_path / "audio" / f"{index:02d}.wav"
        soundfile.write(path, np.full(400, index / 12), 8000)
        found.append(Clip(path.name, path, (f"about {index / 12}", f"level {(index // 2 * 2) / 12}")))
    return found


def run_context(folder: Path, clips: list[Clip]) -> RunContext:
    registries = manager.load([]).registries
    return RunContext(
        "loudness", "default", None, 0, "cpu", "own", DatasetOptions(), folder, registries, {"evaluation": clips},
        {"evaluation": fingerprint(clips)},
    )  # fmt: skip


def test_a_run_leaves_lists_items_and_scores(tmp_path: Path, clips: list[Clip]) -> None:
    method: Any = Method()
    run = run_context(tmp_path, clips)
    outcome = evaluate(run, method, ["key"], None)
    with (tmp_path / "predictions.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert list(rows[0]) == ["caption", *(f"file_name_{place}" for place in range(1, 11))]
    assert len(rows) == 12 + 6  # a caption of two clips is one query
    assert rows[0]["file_name_1"] == "00.wav"
    assert outcome.scores["recall_at_1"].corpus == 1.0
    assert outcome.scores["chance_map_at_10"].corpus == pytest.approx(chance([1] * 12 + [2] * 6, 12))
    assert outcome.scores["audio_to_text_recall_at_10"].signature["candidates"] == 18
    assert outcome.scores["audio_to_text_mean_rank"].signature["items"] == 12
    references = tmp_path / "references.csv"
    lines = [f"{clip.id},{clip.captions[0]},{clip.captions[1]}" for clip in clips]
    references.write_text("\n".join(["file_name,caption_1,caption_2", *lines]))
    scored = score_lists(tmp_path / "predictions.csv", read_references(references))
    for name, found in scored.items():
        assert found.corpus == outcome.scores[name].corpus, name
    with (tmp_path / "items.csv").open() as handle:
        items = list(csv.DictReader(handle))
    assert {row["caption"] for row in items} == set(relevant_clips(clips))
    assert float(items[0]["map_at_10"]) == 1.0


def test_a_finished_run_embeds_nothing_again(tmp_path: Path, clips: list[Clip]) -> None:
    method: Any = Method()
    run = run_context(tmp_path, clips)
    first = evaluate(run, method, ["key"], ["recall_at_1", "map_at_10"])
    again = evaluate(run, method, ["key"], ["recall_at_1", "map_at_10"])
    assert method.made == 1
    assert first == again
    assert list(again.scores) == ["recall_at_1", "map_at_10"]
    evaluate(run, method, ["another"], None)
    assert method.made == 2
    with pytest.raises(UserError, match="unknown retrieval score 'spider'"):
        evaluate(run, method, ["key"], ["spider"])


def test_dcase_2022_baseline_through_the_matrix(test_data: Path) -> None:
    folder = test_data / "retrieval" / "dcase2022-baseline"
    references = read_references(folder / "test.gt.csv")
    clips = [Clip(name, Path(name), captions) for name, captions in references.captions.items()]
    lists, queries = read_lists(folder / "test.output.csv"), relevant_clips(clips)
    place = {clip.id: column for column, clip in enumerate(clips)}
    similarity = np.zeros((len(queries), len(clips)), np.float32)
    for row, query in enumerate(queries):
        for rank, name in enumerate(lists[query]):
            similarity[row, place[name]] = 1 - rank / 20
    found = ranked(similarity, [clip.id for clip in clips])
    assert found == [lists[query] for query in queries]
    scores = score(similarity, clips, queries, found)
    names = ("recall_at_1", "recall_at_5", "recall_at_10", "map_at_10")
    assert [round(scores[name].corpus, 4) for name in names] == [0.0316, 0.1095, 0.1883, 0.0679]
    assert scores["map_at_10"].signature["candidates"] == 1045
    assert scores["map_at_10"].signature["items"] == 5225


def test_equal_similarities_keep_the_clips_order() -> None:
    assert ranked(np.zeros((1, 3), np.float32), ["c", "a", "b"]) == [["c", "a", "b"]]


def test_an_ensemble_is_the_mean_of_the_similarity_matrices() -> None:
    generator = np.random.default_rng(0)

    class Fixed:
        def __init__(self, size: int) -> None:
            self.parts = [generator.standard_normal((count, size)).astype(np.float32) for count in (5, 4)]

        def embed_clips(self, clips: Sequence[Clip]) -> Vectors:
            return self.parts[0]

        def embed_texts(self, texts: Sequence[str]) -> Vectors:
            return self.parts[1]

    members = [Fixed(3), Fixed(8), Fixed(5)]
    both = EnsembleRetriever(members)
    expected = np.mean([member.parts[1] @ member.parts[0].T for member in members], axis=0)
    np.testing.assert_allclose(both.embed_texts([]) @ both.embed_clips([]).T, expected, atol=1e-5)


def test_embeddings_are_kept_by_content(clips: list[Clip], tmp_path: Path) -> None:
    first, second, other = Loudness(), Loudness(), Loudness()
    whole = embed(first, "abc", clips, "embedding")
    moved = [Clip("x.wav", audio_path(clips[3].audio).rename(tmp_path / "x.wav")), clips[5]]
    np.testing.assert_array_equal(embed(second, "abc", moved, "embedding"), whole[[3, 5]])
    assert len(first.heard) == 12
    assert not second.heard
    embed(other, "xyz", moved, "embedding")
    assert other.heard == ["x.wav", clips[5].id]


def test_search_finds_files_below_a_folder(clips: list[Clip], tmp_path: Path) -> None:
    (tmp_path / "audio" / "deeper").mkdir()
    audio_path(clips[7].audio).rename(tmp_path / "audio" / "deeper" / "seven.WAV")
    (tmp_path / "audio" / "broken.wav").write_text("no audio")
    (tmp_path / "audio" / "notes.txt").write_text("no audio")
    files, broken = audio_below(tmp_path / "audio")
    assert len(files) == 12
    assert len(broken) == 1 and "broken.wav cannot be read" in broken[0]
    hits, more = search(Loudness(), ["key"], f"about {7 / 12}", files, 3)
    assert not more
    assert hits[0].path.name == "seven.WAV"
    assert {hit.path.name for hit in hits[1:]} == {"06.wav", "08.wav"}
    assert hits[0].similarity == pytest.approx(1.0)
    with pytest.raises(UserError, match="text to search for is empty"):
        search(Loudness(), ["key"], " ", files, 3)


def test_search_errors(tmp_path: Path, clips: list[Clip]) -> None:
    with pytest.raises(UserError, match="is not a folder"):
        audio_below(tmp_path / "absent")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UserError, match="no audio"):
        audio_below(empty)
    (empty / "broken.ogg").write_text("x")
    with pytest.raises(UserError, match="1 cannot be read"):
        audio_below(empty)
    with pytest.raises(UserError, match=r"does not say where its clips lie; .*--folder"):
        evaluated(tmp_path)
    evaluate(run_context(tmp_path, clips), Method(), ["key"], None)  # type: ignore[arg-type]
    assert evaluated(tmp_path) == [clip.audio for clip in clips]
    assert json.loads((tmp_path / "clips.json").read_text())["03.wav"].endswith("03.wav")
    audio_path(clips[3].audio).unlink()
    with pytest.raises(UserError, match=r"1 of the run's 12 clips are gone .*03.wav"):
        evaluated(tmp_path)
