"""MACS: its YAML, recordings in the places they may lie, parts by place, and broken copies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aacbench.contracts import Dataset, DatasetOptions
from aacbench.datasets.leaks import leaks
from aacbench.datasets.macs import fetch as fetch_module
from aacbench.datasets.macs.annotations import read_annotations
from aacbench.datasets.macs.dataset import Macs, open_dataset
from aacbench.datasets.shared import tau
from aacbench.errors import AacbenchError, UserError

pytestmark = pytest.mark.usefixtures("own_home")

NAMES = tuple(
    f"{scene}-{city}-{place}-{segment}-a.wav"
    for place, city in enumerate(("lyon", "paris", "prague", "vienna", "milan", "london", "helsinki", "barcelona"), 10)
    for scene in ("airport", "park")
    for segment in (3, 4)
)


def annotation(text: str = '"birds: singing, in a park"', tags: str = "[birds_singing, adults_talking]") -> str:
    return f"  - annotator_id: 5\n    sentence: {text}\n    tags: {tags}\n"


def entry(name: str, *annotations: str) -> str:
    return f"- filename: {name}\n  annotations:\n{''.join(annotations)}"


def text(names: tuple[str, ...] = NAMES) -> str:
    second = annotation("People walk.", "\n    - footsteps\n    - birds_singing")
    return "files:\n" + "".join(entry(name, annotation(), second) for name in names)


def make(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "MACS.yaml").write_text(text(), encoding="utf-8")
    return root


def opened(root: Path, **settings: str) -> Macs:
    return open_dataset(DatasetOptions(root, None, settings))


def test_captions_tags_and_scenes(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make_audio(make(tmp_path) / "audio", *NAMES)
    dataset: Dataset = opened(tmp_path)
    assert isinstance(dataset, Dataset)
    clip = dataset.clips("all")[0]
    assert clip.id == NAMES[0]
    assert clip.captions == ("birds: singing, in a park", "People walk.")
    assert clip.tags == ("birds_singing", "adults_talking", "footsteps")
    assert (clip.scene, clip.source) == ("airport", "lyon-10")


def test_parts_by_place(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make_audio(make(tmp_path) / "audio", *NAMES)
    dataset = opened(tmp_path)
    parts = {split: dataset.clips(split) for split in ("development", "validation", "evaluation")}
    assert {split: len(part) for split, part in parts.items()} == {"development": 24, "validation": 4, "evaluation": 4}
    assert leaks(parts) == []
    assert {clip.id for part in parts.values() for clip in part} == set(NAMES)
    assert opened(tmp_path, seed="1").clips("evaluation") != parts["evaluation"]
    assert dataset.notes() == [
        "MACS has no official splits: these are by place of recording",
        "MACS.yaml has 32 clips, the official one 3,930",
    ]


@pytest.mark.parametrize("place", ["data/audio", f"data/{tau.FOLDERS['2019']}/audio", "data", "home"])
def test_places_of_recordings(place: str, tmp_path: Path, own_home: Path, make_audio: Callable[..., None]) -> None:
    make(tmp_path / "data")
    below = own_home / "datasets/tau-scenes/2019" / tau.FOLDERS["2019"] / "audio"
    make_audio(below if place == "home" else tmp_path / place, *NAMES)
    assert len(opened(tmp_path / "data").clips("all")) == len(NAMES)


def test_recordings_elsewhere(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make_audio(tmp_path / "tau", *NAMES)
    assert len(opened(make(tmp_path / "data"), audio=str(tmp_path / "tau")).clips("all")) == len(NAMES)


def test_missing_and_broken_recordings(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    with pytest.raises(UserError, match=r"32 of 32 clips have no audio file in .*name their folder with .* audio"):
        opened(make(tmp_path)).clips("all")
    make_audio(tmp_path / "audio", *NAMES[1:])
    (tmp_path / "audio" / NAMES[5]).write_bytes(b"RIFF")
    with pytest.raises(UserError, match=r"1 of 32 clips have no audio file.*1 of 32 clips cannot be used"):
        opened(tmp_path).clips("all")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not MACS.yaml of MACS"),
        ("files: 3\n", "is not MACS.yaml of MACS"),
        ("clips: []\n", r"is not MACS.yaml of MACS \(files is no list\)"),
        ("files:\n- filename: a.wav\n", r"is not MACS.yaml of MACS \(annotations is no list\)"),
        ("files:\n- filename: a.wav\n  annotations: []\n", "clips without captions: 'a.wav'"),
        ("files:\n" + entry("a.wav", annotation("' '")), "clips with an empty caption: 'a.wav'"),
        ("files:\n" + entry("a.wav", annotation()) * 2, "names that stand twice: 'a.wav'"),
        ("files:\n" + entry("../a.wav", annotation()), "names that hold a path"),
        ("files: [\n", "is no sound YAML"),
        ("files: !!python/object/apply:os.getcwd []\n", "is no sound YAML"),
        ("a: &a [x, x]\nfiles: [*a, *a]\n", "it has aliases or tags, which MACS has not"),
        ("files: " + "[" * 100_000, "more than 12 levels|nesting depth"),
        ("- " * 100_000, "more than 12 levels|nesting depth"),
        ("files: []\n--- a\n", "it has 2 documents, not one"),
        ("? [a]\n: b\n", "a key is no text"),
    ],
)
def test_broken_yaml(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "MACS.yaml"
    path.write_text(content)
    with pytest.raises(UserError, match=message):
        read_annotations(path)


def test_what_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no MACS \(wanted MACS\.yaml\).*run `aacbench fetch macs"):
        opened(tmp_path)
    with pytest.raises(UserError, match="unknown split of macs 'train'"):
        opened(make(tmp_path)).clips("train")
    with pytest.raises(UserError, match="unknown version of macs '2'"):
        open_dataset(DatasetOptions(tmp_path, "2"))


@pytest.fixture
def archives(web: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_audio: Any, make_zip: Any) -> Any:
    """MACS and three archives of TAU 2019, of which it needs the first and the third."""
    folder = tau.FOLDERS["2019"]
    made = tmp_path / "made"
    make_audio(made / folder / "audio", *NAMES)
    rows = "".join(f"audio/{name}\t{name.partition('-')[0]}\n" for name in NAMES)
    (made / folder / "meta.csv").write_text(f"filename\tscene_label\n{rows}")
    audio = [f"audio/{name}" for name in NAMES]
    sums = {}
    for part, names in {
        "doc": [],
        "meta": ["meta.csv"],
        "audio.1": audio[:8],
        "audio.2": [],
        "audio.3": audio[8:],
    }.items():
        content = make_zip(web.folder / f"{folder}.{part}.zip", made, *(f"{folder}/{name}" for name in names))
        sums[part] = hashlib.md5(content).hexdigest()
    contents = {"MACS.yaml": text(), "MACS_competence.csv": "a\tb\n", "LICENSE.txt": "free\n"}
    for name, content in contents.items():
        (web.folder / name).write_text(content)
    files = tuple((name, hashlib.md5(content.encode()).hexdigest(), 9) for name, content in contents.items())
    for module in (tau, fetch_module):
        monkeypatch.setattr(module, "ZENODO", f"{web.url}/{{name}}?download=1")
    monkeypatch.setattr(fetch_module, "FILES", files)
    monkeypatch.setattr(fetch_module, "ARCHIVES", (1, 3))
    monkeypatch.setitem(tau._MD5, "2019", " ".join(sums[f"audio.{number}"] for number in (1, 2, 3)))
    monkeypatch.setitem(tau._TEXTS, "2019", {"doc": sums["doc"], "meta": sums["meta"]})
    monkeypatch.setitem(tau.PER_CLIP, "2019", 1000)
    return web


def test_fetching(archives: Any, own_home: Path) -> None:
    fetch_module.fetch(own_home / "datasets/macs/v1")
    assert len(open_dataset(DatasetOptions()).clips("all")) == len(NAMES)
    audio = [name.split(".")[-2] for name in archives.asked if "audio" in name]
    assert audio == ["1", "3"]


def test_archives_that_lack_clips(archives: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_module, "ARCHIVES", (1, 2))
    with pytest.raises(AacbenchError, match="but 24 of 32 clips are not there"):
        fetch_module.fetch(tmp_path / "data")


def test_recordings_of_tau_scenes_are_not_fetched_again(archives: Any, own_home: Path) -> None:
    from aacbench.datasets.tau_scenes.fetch import fetch

    fetch(own_home / "datasets/tau-scenes/2019", "2019")
    before = len(archives.asked)
    fetch_module.fetch(own_home / "datasets/macs/v1")
    assert archives.asked[before:] == ["MACS.yaml", "MACS_competence.csv", "LICENSE.txt"]
    assert len(open_dataset(DatasetOptions()).clips("all")) == len(NAMES)


def test_the_real_files() -> None:
    assert all(len(md5) == 32 for _, md5, _ in fetch_module.FILES)
    assert len(fetch_module._recordings()) == 10
    assert 10e9 < fetch_module.download_size() < 20e9
