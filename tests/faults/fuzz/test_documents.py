"""Records, rows, boards, claims, reported numbers, what a run says of itself, vocabularies, MACS and settings."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from aacbench.datasets.macs.annotations import read_annotations
from aacbench.host import manager
from aacbench.leaderboard.pages.build import build, check
from aacbench.leaderboard.ranking import claims, reported
from aacbench.leaderboard.store import boards
from aacbench.leaderboard.store.entries import read_rows
from aacbench.leaderboard.store.presets import settings_digest
from aacbench.leaderboard.store.references import digest
from aacbench.methods.ensemble.members import read_members
from aacbench.models.published import pretrained_setting
from aacbench.runs.record import RunRecord
from aacbench.runs.reopen import stored_run
from aacbench.runs.settings import assignments, flat
from aacbench.runs.settings import build as build_settings
from aacbench.runs.tasks.search import evaluated
from aacbench.scoring.systems import from_scores
from aacbench.text.keywords import KeywordTable
from aacbench.text.vocabulary import Vocabulary
from tests.faults.fuzz.harness import fuzz, outcome
from tests.faults.fuzz.mutations import ODD_VALUES, encoded, json_files, json_lines, odd_text, tables
from tests.faults.tally import Outcome, Tally

pytestmark = pytest.mark.faults

REAL = Path(__file__).parents[3] / "leaderboard"
REFERENCES = {f"{n}.wav": (f"a dog barks {n} times", f"{n} barks of a dog") for n in range(1, 5)}
SIGNATURE = {"metric": "rouge_l", "version": 1, "parameters": {"beta": 1.2}, "references": "2", "items": 4}
BOARD = {
    "schema_version": 1, "id": "toy", "order": 1, "title": "Toy", "summary": "Dogs.", "task": "captioning",
    "dataset": "toy", "version": "1", "settings": {}, "rank_by": "rouge_l", "metrics": ["rouge_l"],
    "leading": ["rouge_l"], "same": ["Clotho v1"], "near": [], "tolerance": 0.05, "ships_references": True,
    "ships_audio": False, "pin": {"fingerprint": "f" * 64, "clips": 4, "references": digest(REFERENCES),
                                    "signatures": {"rouge_l": SIGNATURE}},
}  # fmt: skip
RECORD = {
    "schema_version": 2, "task": "captioning", "method": "m", "variant": "one", "preset": "quick", "seed": 0,
    "settings": {"search": {"beam_size": 3}},
    "data": {"name": "toy", "version": "1", "settings": {}, "clips": {"training": 9, "evaluation": 4},
             "fingerprints": {"evaluation": "f" * 64}, "notes": ["a note"], "parts": {}},
    "stages": [{"name": "xe", "key": "k" * 64, "seconds": 1.5, "summary": {"epoch": 3}}],
    "decoding_seconds": 2.5, "commit": "c" * 40,
    "scores": {"rouge_l": {"value": 0.5, "signature": SIGNATURE,
                           "interval": {"low": 0.4, "high": 0.6, "level": 0.95, "resamples": 1000}}},
    "libraries": {"python": "3.11"}, "hardware": {"device": "cpu", "cores": 2},
}  # fmt: skip
ROWS = [{"clip": clip, "caption": "a dog", "scores": {"rouge_l": 0.5}} for clip in REFERENCES]
SHIPPED = [{"clip": clip, "references": list(texts)} for clip, texts in REFERENCES.items()]
CLAIMS = [{"id": "c1", "paper": "p", "claim": "One is better.", "evidence": "Table 1", "task": "captioning",
           "metric": "rouge_l", "pairs": [{"better": "m/one", "worse": "m/two"}]}]  # fmt: skip
RUN = {"method": "rlssr", "variant": "base", "preset": "quick", "seed": 0, "dataset": "soundscapes", "settings": {}}


def _seeded(seed: int) -> dict[str, Any]:
    stages = [{"name": "xe", "key": str(seed) * 64, "seconds": 1.5, "summary": {"epoch": 3}}]
    return {**RECORD, "seed": seed, "stages": stages}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small leaderboard's folder with one record of two seeds."""
    folder = tmp_path / "board"
    for name in ("boards", "results/toy/m", "references", "reported"):
        (folder / name).mkdir(parents=True)
    (folder / "boards/toy.json").write_text(json.dumps(BOARD))
    (folder / "claims.json").write_text(json.dumps(CLAIMS))
    for seed in (0, 1):
        (folder / f"results/toy/m/one-seed{seed}.json").write_text(json.dumps(_seeded(seed)))
        rows = [{**row, "caption": f"a dog {seed}"} for row in ROWS]
        (folder / f"results/toy/m/one-seed{seed}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pins = {"presets": {"m/one/quick": [settings_digest({"search": {"beam_size": 3}})]}, "own": {}}
    (folder / "presets.json").write_text(json.dumps(pins))
    (folder / "references/toy.jsonl").write_text("".join(json.dumps(row) + "\n" for row in SHIPPED))
    (folder / "reported/papers.json").write_text('{"rlssr": "Koh et al. 2022"}')
    shutil.copy(REAL / "reported/rlssr.csv", folder / "reported/rlssr.csv")
    return folder


def _record(found: RunRecord) -> None:
    numbers = [found.decoding_seconds, *(score.value for score in found.scores.values())]
    numbers += [edge for score in found.scores.values() if score.interval for edge in (score.interval.low,)]
    assert all(map(math.isfinite, numbers)) and "evaluation" in found.data.clips


def test_records(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    again = tmp_path / "again.json"

    def check_record(found: RunRecord) -> None:
        _record(found)
        found.save(again)
        RunRecord.load(again)

    fuzz(tally, "run record", 350, json_files(RECORD), _judge(path, RunRecord.load, check_record))


def _judge(path: Path, read: Callable[[Path], Any], check: Callable[[Any], None]) -> Callable[[bytes], Outcome]:
    def judge(content: bytes) -> Outcome:
        path.write_bytes(content)
        return outcome(lambda: read(path), path, check)

    return judge


def test_rows(tally: Tally, tmp_path: Path) -> None:
    def check_rows(found: Any) -> None:
        assert all(math.isfinite(value) for row in found for value in row.scores.values())

    judge = _judge(tmp_path / "r.jsonl", lambda path: read_rows(path, "captioning"), check_rows)
    fuzz(tally, "rows of a record", 250, json_lines(ROWS), judge)


FILES: dict[str, tuple[str, st.SearchStrategy[bytes], int]] = {
    "record": ("results/toy/m/one-seed1.json", json_files({**RECORD, "seed": 1}), 150),
    "rows": ("results/toy/m/one-seed1.jsonl", json_lines(ROWS), 80),
    "board": ("boards/toy.json", json_files(BOARD), 100),
    "claims": ("claims.json", json_files(CLAIMS), 60),
    "references": ("references/toy.jsonl", json_lines(SHIPPED), 60),
    "citations": ("reported/papers.json", json_files({"rlssr": "Koh et al. 2022"}), 40),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FILES)
def test_a_board_with_one_odd_file(kind: str, tally: Tally, root: Path) -> None:
    name, strategy, cases = FILES[kind]
    kept = (root / name).read_bytes()

    def judge(content: bytes) -> Outcome:
        (root / name).write_bytes(content)
        return outcome(lambda: (build(root), check(root)), None, lines)

    def lines(found: Any) -> None:
        built, problems = found
        assert all(len(problem.splitlines()) == 1 and len(problem) < 1500 for problem in (*built.problems, *problems))

    fuzz(tally, f"board: {kind}", cases, strategy, judge)
    (root / name).write_bytes(kept)
    assert not build(root).problems


def test_reported_numbers(tally: Tally, root: Path) -> None:
    path = root / "reported/rlssr.csv"
    rows = [["1", "Clotho v1", "evaluation", "RLSSR", "base", "XE", metric, "0.5", "rlssr", "base", ""]
            for metric in ("spider", "cider_d")]  # fmt: skip

    def judge(content: bytes) -> Outcome:
        path.write_bytes(content)
        return outcome(lambda: reported.load(root), None, finite)

    def finite(found: Any) -> None:
        assert all(math.isfinite(value) for row in found for value in row.values.values())

    fuzz(tally, "reported numbers", 250, tables(reported.COLUMNS, rows), judge)


def test_claims_and_boards(tally: Tally, root: Path) -> None:
    def judge(content: bytes) -> Outcome:
        (root / "claims.json").write_bytes(content)
        return outcome(lambda: claims.load(root), root / "claims.json", lambda found: None)

    fuzz(tally, "claims", 150, json_files(CLAIMS), judge)

    def judge_board(content: bytes) -> Outcome:
        (root / "boards/toy.json").write_bytes(content)
        return outcome(lambda: boards.load(root), None, lambda found: None)

    fuzz(tally, "board", 200, json_files(BOARD), judge_board)


RUN_FILES: dict[str, tuple[Any, int]] = {
    "run.json": (RUN, 250),
    "stages.json": ({"cross-entropy": "stage1-cross-entropy", "pretraining": "/tmp/x"}, 150),
    "clips.json": ({"a.wav": "/tmp/a.wav", "b.wav": "/tmp/b.wav"}, 150),
    "record.json": (RECORD, 200),
    "vocabulary.json": ({"rule": "dcase", "words": ["a", "dog", "barks"]}, 200),
    "keywords.json": ({"words": ["dog", "bark"], "spoken": ["dog", "barks"], "forms": "lemma"}, 150),
}


@pytest.mark.parametrize("name", RUN_FILES)
def test_run_folders(name: str, tally: Tally, tmp_path: Path) -> None:
    registries = manager.load().registries
    document, cases = RUN_FILES[name]
    runs = [tmp_path / "one", tmp_path / "two"]
    for run in runs:
        run.mkdir()
        (run / "items.csv").write_text("file_name,rouge_l\na.wav,0.5\n")
        (run / "stage1-cross-entropy").mkdir()
        (run / "stage1-cross-entropy/encoder.safetensors").write_bytes(b"weights")
        for other, (content, _) in RUN_FILES.items():
            (run / other).write_text(json.dumps(content))

    def read() -> None:
        match name:
            case "run.json" | "stages.json":
                stored_run(runs[0], registries, "captioning")
                pretrained_setting(registries.methods["seq2seq"], str(runs[0]))
            case "clips.json":
                evaluated(runs[0])
            case "record.json":
                from_scores(runs[0])
                read_members(runs)
            case "vocabulary.json":
                words = Vocabulary.load(runs[0] / name)
                assert words.decode(words.encode("a dog barks")) is not None
            case _:
                KeywordTable.load(runs[0] / name)

    def judge(content: bytes) -> Outcome:
        (runs[0] / name).write_bytes(content)
        return outcome(read)

    fuzz(tally, f"a run's {name}", cases, json_files(document), judge)


MACS = """files:
- filename: airport-a-0-0-a.wav
  annotations:
  - annotator_id: 1
    sentence: People talk, a child cries
    tags:
    - adults talking
    - footsteps
- filename: bus-a-0-1-a.wav
  annotations:
  - annotator_id: 2
    sentence: "a bus: it hums"
    tags: [engine, 'noise']
"""
BOMB = "x0: &x0 [a]\n" + "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12))
PIECES = (
    *("*x", "&x [*x]", "<<: *x", "!!python/object/apply:os.system ['touch /tmp/no']", "!!binary x", "!!int x", "!x y"),
    *("? [a]\n: b", "%YAML 9.9\n---\n", "--- a\n--- b\n", "{[", "[" * 5000, "- " * 5000, "{a: " * 3000, "2001-99-99"),
    *("~", "null", "[]", "{}", "|\n  a\n", ">-\n", "\t", "\0", "\ufeff", "# ", ": ", "'", '"', "\ud800", "@", "`"),
    *("x: *x11\n", "tags: null", "9" * 5000, "x" * 3000, "..\n", "../../a.wav", "\\u0000", '"\\ud800"', '"\\0"'),
)


@st.composite
def yaml_files(draw: st.DrawFn) -> bytes:
    """Return MACS with pieces of YAML put in or put in the place of a word or a line."""
    text = draw(st.sampled_from((MACS, MACS, MACS, BOMB + MACS)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        piece = draw(st.sampled_from(PIECES))
        if draw(st.booleans()):
            place = text.find(draw(st.sampled_from((" ", "\n", ": "))), place) + 1
        end = text.find("\n", place) if draw(st.booleans()) else place
        text = text[:place] + piece + text[max(place, end) :]
    return draw(encoded(text))


def test_yaml(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "MACS.yaml"

    def check_clips(found: Any) -> None:
        assert all(clip.captions and all(clip.captions) for clip in found.values())
        assert all("/" not in name and "\0" not in name for name in found)

    fuzz(tally, "MACS.yaml", 350, yaml_files(), _judge(path, read_annotations, check_clips))


KEYS = ("search.beam_size", "search", "captions.train.lr", "captions.train", "encoder.name", "encoder", "x", "a.b.c.d",
        "vocabulary_rule", "encoder_settings.width", "decoder", "captions.train.epochs", "", ".", "search.",
        ".".join("a" * 600), "features.sample_rate", "search.beam_size.x", "members")  # fmt: skip
VALUES = ("3", "0", "-1", "nan", "NaN", "Infinity", "1e999", "true", "none", "None", "null", "", "[]", "{}", "[1, 2]",
          '{"a": 1}', "[" * 3000, "9" * 5000, "1.5", '"a"', "x" * 3000, "a\nb", "\0", '"\\ud800"')  # fmt: skip


@st.composite
def settings_texts(draw: st.DrawFn) -> list[str]:
    """Return what --set may be given."""
    keys, values = st.sampled_from(KEYS) | odd_text(), st.sampled_from(VALUES) | odd_text()
    one = st.tuples(keys, st.sampled_from(("=", "=", "=", "==", ":", "")), values).map("".join)
    return draw(st.lists(one, min_size=1, max_size=3))


@pytest.mark.parametrize("method", ["rlssr", "seq2seq", "maac"])
def test_settings(method: str, tally: Tally) -> None:
    from aacbench.contracts import outline

    model = outline(manager.load().registries.methods[method]).settings

    def judge(texts: list[str]) -> Outcome:
        return outcome(lambda: build_settings(model, [assignments(texts)]).model_dump_json())

    fuzz(tally, f"settings of {method}", 200, settings_texts(), judge)


def test_stored_settings(tally: Tally) -> None:
    """A run's settings, as they lie in its files, with values of any kind."""
    from aacbench.contracts import outline

    model = outline(manager.load().registries.methods["rlssr"]).settings
    stored = build_settings(model, []).model_dump(mode="json")
    names = st.sampled_from(sorted(stored)) | odd_text()
    values = st.sampled_from(ODD_VALUES) | st.dictionaries(odd_text(), st.sampled_from(ODD_VALUES), max_size=2)

    def judge(changes: dict[str, Any]) -> Outcome:
        return outcome(lambda: (build_settings(model, [stored, changes]), flat(changes)))

    fuzz(tally, "stored settings", 200, st.dictionaries(names, values, min_size=1, max_size=2), judge)


SWEEP = """output = "runs"
[resources]
cpus = 1
retries = 2
[[runs]]
methods = ["rlssr", "maac"]
seeds = [0, 1]
preset = "smoke"
settings.search.beam_size = 2
[[runs]]
methods = "seq2seq"
encoders = ["crnn5"]
dataset_settings = {development = 20}
"""
TOML = (
    *("-1", "nan", "inf", '"x"', "[]", "[[]]", "{}", "{a = {}}", "true", "9" * 5000, "1979-05-27", "1979-99-99", '"""'),
    *("[" * 2000, "[[runs]]\n", "[resources]\n", "a.b = 1\n", "a" + ".a" * 2000 + " = 1\n", "\0", "'", "=", "x" * 3000),
    *('"\\ud800"', "cpus = 0\n", "seeds = [[0]]\n", '"a\\nb" = 1\n'),
)


@st.composite
def sweeps(draw: st.DrawFn) -> bytes:
    """Return a sweep's file with pieces of TOML put in, mostly in the place of a value or a line."""
    text = SWEEP
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        mark = draw(st.sampled_from((" = ", "\n", "")))
        place = text.find(mark, place) + len(mark) if mark else place
        end = text.find("\n", place) if draw(st.booleans()) else place
        text = text[:place] + draw(st.sampled_from(TOML)) + text[max(place, end) :]
    return draw(encoded(text))


def test_sweeps(tally: Tally, tmp_path: Path) -> None:
    from aacbench.sweep.plan import plan
    from aacbench.sweep.settings import read_sweep

    path, registries = tmp_path / "sweep.toml", manager.load().registries

    def judge(content: bytes) -> Outcome:
        path.write_bytes(content)
        return outcome(lambda: plan(path, read_sweep(path), registries, open_data=False), path)

    fuzz(tally, "sweep", 250, sweeps(), judge)
