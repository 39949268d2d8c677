"""Clotho: real captions and real clips in the layouts in use, and every way in which a copy can be broken."""

from __future__ import annotations

import functools
import hashlib
import io
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
import py7zr
import pytest
import soundfile

from aacbench.audio.source import audio_path
from aacbench.contracts import Dataset, DatasetOptions
from aacbench.datasets.clotho import fetch as fetch_module
from aacbench.datasets.clotho import releases
from aacbench.datasets.clotho.dataset import Clotho, open_dataset
from aacbench.datasets.clotho.tables import read_captions, read_metadata
from aacbench.datasets.leaks import leaks
from aacbench.errors import AacbenchError, UserError

HEADER = "file_name,caption_1,caption_2,caption_3,caption_4,caption_5"
TRAPS = (  # names as they stand in Clotho, and a few that may
    " typical neighborhood in Porto.wav",
    "01-21 Footsteps, sneakers on gravel and leaves.wav",
    "Toilet Flush &amp; Tank-Refill.wav",
    "City [far], rain #2 (1).wav",
    "Café Zürich.wav",
    "dare-22 - 8819124hDbXstnozf_fs.jpg - V-ANS (complete).wav",
    'He said "hello".wav',
)
FIVE = tuple(f"A bird sings {number} times, then rain falls." for number in range(5))


def write_wav(path: Path, samples: int = 100) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.full(samples, 0.1, dtype=np.float32), 44100, subtype="PCM_16")


def csv_row(name: str, captions: tuple[str, ...] = FIVE) -> str:
    return ",".join('"{}"'.format(field.replace('"', '""')) for field in (name, *captions))


def captions_text(names: tuple[str, ...]) -> str:
    return "\n".join([HEADER, *map(csv_row, names)]) + "\n"


def make(root: Path, names: tuple[str, ...] = TRAPS, split: str = "development") -> Path:
    """Write a small Clotho with one split."""
    for name in names:
        write_wav(root / split / name)
    (root / f"clotho_captions_{split}.csv").write_text(captions_text(names), encoding="utf-8")
    return root


def opened(root: Path, version: str | None = None, **settings: str) -> Clotho:
    return open_dataset(DatasetOptions(root, version, settings))


@pytest.fixture(autouse=True)
def nowhere_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test makes is found."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("AACBENCH_DATA", raising=False)


# -- reading --------------------------------------------------------------------------------


def test_names_are_taken_to_the_letter(tmp_path: Path) -> None:
    clips = opened(make(tmp_path)).clips("development")
    assert tuple(clip.id for clip in clips) == TRAPS
    assert [clip.audio.name for clip in clips] == list(TRAPS)
    assert {clip.captions for clip in clips} == {FIVE}
    assert all(audio_path(clip.audio).is_file() and clip.source is None and clip.tags == () for clip in clips)


def test_real_clips(test_data: Path) -> None:
    dataset: Dataset = opened(test_data / "clotho-mini")
    assert isinstance(dataset, Dataset)
    assert (dataset.name, dataset.version) == ("clotho", "v2.1")
    assert {split: len(dataset.clips(split)) for split in dataset.splits} == {
        "development": 32,
        "validation": 24,
        "evaluation": 20,
    }
    first = dataset.clips("validation")[0]
    assert first.id == "01-21 Footsteps, sneakers on gravel and leaves.wav"
    assert first.captions[0] == "Leaves and snow crunch steadily as a person walks over them."
    assert soundfile.info(first.audio).samplerate == 44100


@pytest.fixture(scope="module")
def whole(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of Clotho 2.1's real tables, with one tiny made-up recording behind every name."""
    root = tmp_path_factory.mktemp("clotho")
    write_wav(root / "tiny.wav")
    for split in ("development", "validation", "evaluation"):
        table = test_data / "clotho-captions" / "v2" / f"clotho_captions_{split}.csv"
        metadata = test_data / "clotho-captions" / "metadata" / f"{split}_audio_metadata.csv"
        (root / split).mkdir()
        shutil.copy(table, root)
        shutil.copy(metadata, root / f"clotho_metadata_{split}.csv")
        for name in read_captions(table):
            os.link(root / "tiny.wav", root / split / name)
    return root


def test_whole_version_2_1(whole: Path) -> None:
    dataset = opened(whole)
    assert [len(dataset.clips(split)) for split in dataset.splits] == [3839, 1045, 1045]
    assert dataset.complete
    assert dataset.notes() == []
    clips = {split: dataset.clips(split) for split in dataset.splits}
    assert sum(clip.id.startswith(" ") for part in clips.values() for clip in part) == 3
    assert sum(clip.source is None for part in clips.values() for clip in part) == 19  # 'Not found'


def test_recordings_shared_by_splits_are_found(whole: Path) -> None:
    dataset = opened(whole)
    found = leaks({split: dataset.clips(split) for split in dataset.splits})
    assert [line.split()[1] for line in found] == ["130603", "137692", "66304", "86161", "86163"]
    assert found[-1] == (
        "source 86163 is in development ('City Ambience w_ Car Passing_1-2.wav') "
        "and validation ('City Ambience w_ Car Passing_1-2.wav')"
    )


def test_keywords_as_tags_on_request(whole: Path) -> None:
    assert opened(whole, tags="keywords").clips("evaluation")[0].tags == (
        "electric-motor",
        "fear",
        "motor",
        "whir",
    )
    with pytest.raises(UserError, match=r"unknown value of the clotho setting tags 'keyword'.*'keywords'"):
        opened(whole, tags="keyword")
    with pytest.raises(UserError, match="unknown clotho setting 'seed'"):
        opened(whole, seed="1")


@pytest.mark.parametrize(("version", "folder"), [("v1", "v1"), ("v2.1", "v2")])
def test_official_tables_are_recognised(version: str, folder: str, test_data: Path) -> None:
    dataset = opened(test_data / "clotho-captions" / folder, version)
    assert dataset.complete
    release = releases.release_of(version)
    assert [len(dataset.captions(split.name)) for split in release.splits] == [split.clips for split in release.splits]


def test_version_1_has_no_validation(test_data: Path) -> None:
    dataset = opened(test_data / "clotho-captions" / "v1", "v1")
    assert dataset.splits == ("development", "evaluation")
    with pytest.raises(UserError, match=r"split of clotho v1 'validation'.*Version 1 has no validation split"):
        dataset.clips("validation")


def test_a_copy_that_is_not_the_official_one_says_so(test_data: Path, tmp_path: Path) -> None:
    mini = opened(test_data / "clotho-mini")
    assert not mini.complete
    assert mini.notes() == [
        "development has 32 clips, the official split 3,839",
        "validation has 24 clips, the official split 1,045",
        "evaluation has 20 clips, the official split 1,045",
        "recordings shared between splits are unknown: no metadata for development, validation, evaluation",
    ]
    other = opened(test_data / "clotho-captions" / "v1", "v2.1")
    assert "the captions of development are those of v1, not of v2.1" in other.notes()
    assert "the split validation is absent" in other.notes()
    changed = tmp_path / "clotho_captions_evaluation.csv"
    text = (test_data / "clotho-captions/v1/clotho_captions_evaluation.csv").read_text(encoding="utf-8")
    changed.write_text(text.replace("A machine whines", "A big machine whines"), encoding="utf-8")
    assert "the captions of evaluation differ from the official file" in opened(tmp_path).notes()


@pytest.mark.parametrize(
    ("tables", "audio"),
    [
        ("", "development"),
        ("clotho_csv_files", "clotho_audio_files/development"),
        ("csv_files", "clotho_audio_development/development"),
        ("csv", "audio/development"),
        ("", "clotho_audio_development"),
    ],
)
def test_layouts(tables: str, audio: str, tmp_path: Path) -> None:
    made = make(tmp_path / "made")
    root = tmp_path / "root"
    (root / tables).mkdir(parents=True)
    (root / audio).parent.mkdir(parents=True, exist_ok=True)
    shutil.move(made / "clotho_captions_development.csv", root / tables)
    shutil.move(made / "development", root / audio)
    assert len(opened(root).clips("development")) == len(TRAPS)


@pytest.mark.parametrize("place", ["", "clotho", "clotho/v2.1", "CLOTHO_v2.1"])
def test_it_is_found_below_the_data_folder(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "data" / place)
    assert opened(tmp_path / "data").root == tmp_path / "data" / place
    monkeypatch.setenv("AACBENCH_DATA", str(tmp_path / "data"))
    assert open_dataset(DatasetOptions()).root == tmp_path / "data" / place


def test_the_cache_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = make(tmp_path / "home/datasets/clotho/v2.1")
    assert open_dataset(DatasetOptions()).root == cached
    monkeypatch.setenv("AACBENCH_DATA", str(tmp_path / "data"))
    assert open_dataset(DatasetOptions()).root == cached
    named = make(tmp_path / "data")
    assert open_dataset(DatasetOptions()).root == named
    with pytest.raises(UserError, match="holds no Clotho"):  # a folder that was named is not passed over
        opened(tmp_path / "home")


def test_nowhere(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Clotho v1 is not on this machine; run `aacbench fetch clotho --version v1`"):
        open_dataset(DatasetOptions(version="v1"))
    with pytest.raises(UserError, match=r"absent is not a folder; correct --data-dir"):
        opened(tmp_path / "absent")
    with pytest.raises(UserError, match=r"unknown version of clotho 'v3'.*v2\.1"):
        opened(tmp_path, "v3")


@pytest.mark.parametrize(("asked", "found"), [("2.1", "v2.1"), ("V1", "v1"), (None, "v2.1")])
def test_spellings_of_versions(asked: str | None, found: str) -> None:
    assert releases.release_of(asked).version == found


@pytest.mark.parametrize("encode", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")])
def test_byte_order_marks_and_line_ends(encode: Any, tmp_path: Path) -> None:
    make(tmp_path)
    table = tmp_path / "clotho_captions_development.csv"
    table.write_bytes(encode(captions_text(TRAPS)).encode())
    assert tuple(read_captions(table)) == TRAPS
    assert set(read_captions(table).values()) == {FIVE}


def test_accents_may_be_spelt_either_way(tmp_path: Path) -> None:
    name = "Café Zürich.wav"
    make(tmp_path, (name, "b.wav"))
    (tmp_path / "development" / name).rename(tmp_path / "development" / normalize("NFD", name))
    (tmp_path / "clotho_metadata_development.csv").write_text(f"file_name,sound_id\n{normalize('NFD', name)},17\n")
    clip = opened(tmp_path).clips("development")[0]
    assert clip.id == name
    assert audio_path(clip.audio).is_file()
    assert clip.source == "17"


def test_characters_that_a_disk_replaced(tmp_path: Path) -> None:
    make(tmp_path, ("Kitchen w: tap.wav", "Kitchen w_ tap.wav"))
    clips = opened(tmp_path).clips("development")
    assert [clip.audio.name for clip in clips] == ["Kitchen w: tap.wav", "Kitchen w_ tap.wav"]
    (tmp_path / "development/Kitchen w: tap.wav").unlink()
    with pytest.raises(UserError, match="1 of 2 clips have no audio"):  # the other clip's file is not taken for it
        opened(tmp_path).clips("development")
    (tmp_path / "other").mkdir()
    make(tmp_path / "other", ("Kitchen w: tap.wav",))
    folder = tmp_path / "other/development"
    (folder / "Kitchen w: tap.wav").rename(folder / "Kitchen w_ tap.wav")
    assert opened(tmp_path / "other").clips("development")[0].audio.name == "Kitchen w_ tap.wav"


def test_metadata_in_latin_1(tmp_path: Path) -> None:
    make(tmp_path)
    text = "file_name,keywords,sound_id,manufacturer\nCafé Zürich.wav,café;talk;café,42,Oscar de Ávila\n"
    text += "City [far], rain #2 (1).wav".join('""') + ",,Not found,nobody\n"
    (tmp_path / "clotho_metadata_development.csv").write_bytes(text.encode("iso-8859-1"))
    clips = {clip.id: clip for clip in opened(tmp_path, tags="keywords").clips("development")}
    assert clips["Café Zürich.wav"].source == "42"
    assert clips["Café Zürich.wav"].tags == ("café", "talk")
    assert clips["City [far], rain #2 (1).wav"].source is None
    assert clips["City [far], rain #2 (1).wav"].tags == ()


def test_files_without_captions_are_counted(tmp_path: Path) -> None:
    make(tmp_path)
    write_wav(tmp_path / "development" / "extra.wav")
    (tmp_path / "development" / "._extra.wav").write_bytes(b"left by macOS")
    dataset = opened(tmp_path)
    assert len(dataset.clips("development")) == len(TRAPS)
    assert "development has 1 audio file without captions, which is ignored" in dataset.notes()


# -- broken copies ----------------------------------------------------------------------------------------


def test_missing_clips_are_named_and_counted(tmp_path: Path) -> None:
    make(tmp_path)
    for name in TRAPS[:5]:
        (tmp_path / "development" / name).unlink()
    with pytest.raises(UserError, match=r"5 of 7 clips have no audio file in .*: ' typical.*' and 2 more\. Mend them"):
        opened(tmp_path).clips("development")


def spoil_empty(path: Path) -> None:
    path.write_bytes(b"")


def spoil_text(path: Path) -> None:
    path.write_text("<html>Not found</html>")


def spoil_no_samples(path: Path) -> None:
    write_wav(path, samples=0)


def spoil_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoil_empty, "cannot be read"),
        (spoil_text, "cannot be read"),
        (spoil_no_samples, "holds no samples"),
        (spoil_cut, "is cut: 224 bytes of 244"),
    ],
)
def test_unusable_audio_is_named_and_counted(spoil: Any, reason: str, tmp_path: Path) -> None:
    make(tmp_path)
    for name in TRAPS[1:5]:
        spoil(tmp_path / "development" / name)
    with pytest.raises(UserError, match=rf"4 of 7 clips cannot be used: '01-21 .*and 1 more \(.*{reason}"):
        opened(tmp_path).clips("development")


def test_missing_and_unusable_audio_are_one_error(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "development" / TRAPS[0]).unlink()
    spoil_empty(tmp_path / "development" / TRAPS[1])
    with pytest.raises(UserError, match=r"1 of 7 clips have no audio.*; 1 of 7 clips cannot be used"):
        opened(tmp_path).clips("development")


def test_no_audio_folder(tmp_path: Path) -> None:
    make(tmp_path)
    shutil.rmtree(tmp_path / "development")
    with pytest.raises(UserError, match=r"no folder with its audio.*unpack clotho_audio_development\.7z"):
        opened(tmp_path).clips("development")


def test_a_split_that_is_not_here(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has no split evaluation \(wanted clotho_captions_evaluation\.csv\)"):
        opened(make(tmp_path)).clips("evaluation")
    with pytest.raises(UserError, match=r"unknown split of clotho v2\.1 'develop'.*'development'"):
        opened(tmp_path).clips("develop")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "fname,caption_1\na.wav,x\n",
            r"lacks the column 'file_name', 'caption_2', 'caption_3' and 2 more; .*found 'fname'",
        ),
        (HEADER + "\n", "a header but no rows"),
        ("", "is empty; wanted a CSV file"),
        (HEADER + "\na.wav,1,2,3,4\n", "rows without 6 fields: .line 2: left out, 5 cells"),
        (captions_text(("a.wav", "b.wav", "a.wav")), r"names that stand twice: 'a\.wav'"),
        (captions_text((normalize("NFC", "é.wav"), normalize("NFD", "é.wav"))), "names that stand twice"),
        (captions_text(("../a.wav",)), r"names that hold a path: '\.\./a\.wav'"),
        (captions_text((" ",)), "rows without a file name: '2'"),
        (
            f"{HEADER}\na.wav,1,2,,4,5\nb.wav,1,2,3,4,  \n",
            r"2 clips with an empty caption: 'a\.wav', 'b\.wav'",
        ),
        (HEADER + '\na.wav,"never closed,2,3,4,5\n', "a quotation mark is probably not closed"),
    ],
)
def test_broken_tables(text: str, message: str, tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "clotho_captions_development.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        opened(tmp_path).clips("development")


def test_captions_in_another_encoding(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "clotho_captions_development.csv").write_bytes(captions_text(TRAPS).encode("iso-8859-1"))
    assert len(opened(tmp_path).captions("development")) == len(TRAPS)
    dataset = opened(tmp_path)
    dataset.captions("development")
    assert any("is not UTF-8" in note and "read as Windows-1252" in note for note in dataset.notes())


def test_metadata_with_other_columns(tmp_path: Path) -> None:
    make(tmp_path)
    path = tmp_path / "clotho_metadata_development.csv"
    path.write_text("file_name;sound\na;1\n")
    with pytest.raises(UserError, match=r"lacks the column 'sound_id'|has no column 'file_name'"):
        read_metadata(path)


# -- fetching --------------------------------------------------------------------------------


class Zenodo(ThreadingHTTPServer):
    """A local stand-in: serves a folder and counts what was asked for."""

    daemon_threads = True
    asked: list[str]


class Handler(SimpleHTTPRequestHandler):
    server: Zenodo

    def log_message(self, format: str, *args: Any) -> None:
        return None

    def do_GET(self) -> None:
        self.server.asked.append(self.path.rpartition("/")[2].partition("?")[0])
        super().do_GET()


def publish(folder: Path, files: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, str], str]:
    """Write a release's files for the splits and names given; return their MD5 as `releases` lists them."""
    sums = {}
    for split, names in files.items():
        archive = io.BytesIO()
        wav = io.BytesIO()
        soundfile.write(wav, np.zeros(1000), 44100, format="WAV")
        with py7zr.SevenZipFile(archive, "w") as packed:
            for name in names:
                packed.writef(io.BytesIO(wav.getvalue()), f"{split}/{name}")
        contents = {
            f"clotho_audio_{split}.7z": archive.getvalue(),
            f"clotho_captions_{split}.csv": captions_text(names).encode(),
            f"clotho_metadata_{split}.csv": b"file_name,sound_id\n" + csv_row(names[0], ("7",)).encode("latin-1"),
        }
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        sums["v1", split] = " ".join(hashlib.md5(content).hexdigest() for content in contents.values())
    return sums


@pytest.fixture
def zenodo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Zenodo]:
    """Version 1 with two small splits, served from this machine."""
    folder = tmp_path / "zenodo"
    folder.mkdir()
    splits = {"development": TRAPS, "evaluation": TRAPS[:2]}
    monkeypatch.setattr(releases, "MD5", {**releases.MD5, **publish(folder, splits)})
    monkeypatch.setattr(releases, "SIZES", {})
    monkeypatch.setattr(releases, "CLIPS", {"v1": {split: len(names) for split, names in splits.items()}})
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("AACBENCH_OFFLINE", raising=False)
    with Zenodo(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))) as server:
        server.asked = []
        monkeypatch.setattr(releases, "URL", f"http://127.0.0.1:{server.server_address[1]}/{{name}}?download=1")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


EXPECTED_FILES = {
    *(f"clotho_{kind}_{split}.csv" for kind in ("captions", "metadata") for split in ("development", "evaluation")),
    *("development", "evaluation"),
    *(f"development/{name}" for name in TRAPS),
    *(f"evaluation/{name}" for name in TRAPS[:2]),
}


def test_fetching_ends_in_a_folder_that_can_be_read(zenodo: Zenodo, tmp_path: Path) -> None:
    target = fetch_module.fetch(tmp_path / "home/datasets/clotho/v1", "v1")
    assert files_below(target) == EXPECTED_FILES
    dataset = open_dataset(DatasetOptions(version="v1"))
    assert [len(dataset.clips(split)) for split in dataset.splits] == [7, 2]
    assert dataset.clips("development")[0].source == "7"


def test_what_is_done_is_not_done_again(zenodo: Zenodo, tmp_path: Path) -> None:
    fetch_module.fetch(tmp_path / "data", "v1")
    asked = len(zenodo.asked)
    (tmp_path / "data/evaluation" / TRAPS[0]).unlink()
    fetch_module.fetch(tmp_path / "data", "v1")
    assert zenodo.asked[asked:] == ["clotho_audio_evaluation.7z"]
    assert files_below(tmp_path / "data") == EXPECTED_FILES


def test_an_interrupted_fetch_goes_on(zenodo: Zenodo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fetch_module, "unpack", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch_module.fetch(tmp_path / "data", "v1")
    fetch_module.fetch(tmp_path / "data", "v1")
    assert zenodo.asked.count("clotho_audio_development.7z") == 1
    assert files_below(tmp_path / "data") == EXPECTED_FILES


def test_a_damaged_archive_is_not_unpacked(zenodo: Zenodo, tmp_path: Path) -> None:
    archive = tmp_path / "zenodo/clotho_audio_development.7z"
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    with pytest.raises(AacbenchError, match=r"clotho_audio_development\.7z.*its md5 is"):
        fetch_module.fetch(tmp_path / "data", "v1")
    assert not (tmp_path / "data/development").exists()


def test_an_archive_that_lacks_clips_is_an_error(
    zenodo: Zenodo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sums = publish(tmp_path / "zenodo", {"evaluation": TRAPS[:1]})
    table = captions_text(TRAPS[:2]).encode()
    (tmp_path / "zenodo/clotho_captions_evaluation.csv").write_bytes(table)
    audio, _, metadata = sums["v1", "evaluation"].split()
    changed = {("v1", "evaluation"): f"{audio} {hashlib.md5(table).hexdigest()} {metadata}"}
    monkeypatch.setattr(releases, "MD5", {**releases.MD5, **changed})
    with pytest.raises(AacbenchError, match="1 of 2 clips are not in"):
        fetch_module.fetch(tmp_path / "data", "v1")


def test_the_disk_is_checked_for_the_sum_first(zenodo: Zenodo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    with pytest.raises(UserError, match=r"fetching clotho \(development, evaluation\) needs 18\.0 MB.*only 1\.0 MB"):
        fetch_module.fetch(tmp_path / "data", "v1")
    assert zenodo.asked == []


def test_another_version_in_the_folder_is_left_alone(zenodo: Zenodo, tmp_path: Path) -> None:
    make(tmp_path / "data")
    (tmp_path / "data/clotho_captions_development.csv").write_text(captions_text(TRAPS[:1]))
    before = files_below(tmp_path / "data")
    with pytest.raises(UserError, match=r"is not the file of clotho v1 .*name an empty folder with --data-dir"):
        fetch_module.fetch(tmp_path / "data", "v1")
    assert files_below(tmp_path / "data") == before


def test_the_real_releases_state_what_is_downloaded() -> None:
    for version, splits in releases.CLIPS.items():
        release = releases.release_of(version)
        files = list(release.files())
        assert len({file.name for file in files}) == 3 * len(splits)
        assert all(len(file.md5 or "") == 32 and str(releases.RECORDS[version]) in file.url for file in files)
    assert 6.5e9 < releases.release_of("v2.1").size < 7.5e9
