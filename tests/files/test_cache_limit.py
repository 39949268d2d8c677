"""Caches of arrays are spread over folders, bounded by least use, and swept by age."""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from aacbench.cli.predict import predict as predict_command
from aacbench.cli.run import run as run_command
from aacbench.errors import UserError
from aacbench.files import cache_limit as module
from aacbench.files.arrays import ArrayCache
from aacbench.files.cache_dir import home, sweep_daily
from aacbench.files.cache_limit import SWITCH, cache_limit, parse_size
from aacbench.files.kept_arrays import UNUSED, sweep_unused, trim

DAY = 86_400


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setattr("aacbench.files.arrays.counter", module.Counter())


def key(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


def filled(folder: Path, days: list[int]) -> ArrayCache:
    """Return a cache of arrays of a kilobyte, the first one last used so many days ago, and so on."""
    cache = ArrayCache(folder)
    for number, ago in enumerate(days):
        cache.put(key(number), [np.zeros(200, np.float32)])
        moment = time.time() - ago * DAY
        os.utime(cache.path(key(number)), (moment, moment))
    return cache


def there(cache: ArrayCache, count: int) -> list[int]:
    return [number for number in range(count) if key(number) in cache]


def test_no_folder_has_many_files() -> None:
    cache = ArrayCache(Path("features"))
    folders = Counter(cache.path(key(number)).parent for number in range(100_000))
    assert len(folders) == 256
    assert max(folders.values()) < 600  # of 400,000 clips less than 2,400


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("200GB", 200 * 10**9),
        ("1.5 tb", 15 * 10**11),
        ("64GiB", 64 * 2**30),
        ("512", 512),
        ("3k", 3000),
        ("2MB", 2 * 10**6),
    ],
)
def test_sizes(text: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_size(text) == size
    monkeypatch.setenv(SWITCH, text)
    assert cache_limit() == size


@pytest.mark.parametrize("text", ["much", "-3GB", "GB", "3 parsecs", "3iB"])
def test_no_sizes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"a size is wanted, such as 200GB"):
        parse_size(text)
    monkeypatch.setenv(SWITCH, text)
    with pytest.raises(UserError, match=f"^{SWITCH}: a size"):
        cache_limit()


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    cache = filled(tmp_path / "features" / "a", [3, 9, 1, 8, 2, 7, 4, 6, 5, 0])
    size = cache.path(key(0)).stat().st_size
    assert trim(tmp_path, 10 * size) == 10 * size
    assert there(cache, 10) == [*range(10)]
    remains = trim(tmp_path, 6 * size)
    assert remains == 5 * size  # a tenth of room besides
    assert there(cache, 10) == [0, 2, 4, 6, 9]


def test_use_renews(tmp_path: Path) -> None:
    cache = filled(tmp_path / "encoded", [5, 4, 3])
    size = cache.path(key(0)).stat().st_size
    assert cache.get(key(0)) is not None
    trim(tmp_path, int(1.5 * size))
    assert there(cache, 3) == [0]


def test_writing_keeps_to_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = filled(tmp_path / "features" / "old", [9, 9])
    size = old.path(key(0)).stat().st_size
    monkeypatch.setenv(SWITCH, str(4 * size))
    new = ArrayCache(tmp_path / "features" / "new")
    for number in range(20):
        new.put(key(number), [np.zeros(200, np.float32)])
        kept = sum(path.stat().st_size for path in (tmp_path / "features").rglob("*.npy"))
        assert kept <= 4 * size
    assert there(old, 2) == []
    assert 19 in there(new, 20)  # what is at work stays


def test_without_a_bound_nothing_goes(tmp_path: Path) -> None:
    cache = filled(tmp_path / "features", [1] * 20)
    cache.put(key(20), [np.zeros(200, np.float32)])
    assert there(cache, 21) == [*range(21)]


def test_only_arrays_are_swept(tmp_path: Path) -> None:
    cache = filled(tmp_path / "features", [200, 10])
    weights = tmp_path / "weights" / "a.pth"
    weights.parent.mkdir()
    weights.touch()
    os.utime(weights, (0, 0))
    assert sweep_unused(tmp_path, UNUSED) == 1
    assert there(cache, 2) == [1]
    assert weights.exists()
    trim(tmp_path, 0)
    assert there(cache, 2) == []
    assert weights.exists()


def test_the_daily_sweep_is_by_age() -> None:
    cache = filled(home() / "embeddings" / "x", [200, 10])
    sweep_daily()
    assert there(cache, 2) == [1]


def test_a_command_that_keeps_features_keeps_to_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "1GB")  # and is put back afterwards
    short = ["--preset", "smoke", "-m", "rouge_l", "--device", "cpu", "-o", str(tmp_path / "runs")]
    done = CliRunner().invoke(run_command, ["nearest", *short])
    assert done.exit_code == 0, done.output
    (folder,) = (path.parent for path in (tmp_path / "runs").rglob("record.json"))
    audio = next(path for path in home().rglob("*.wav"))

    def kept() -> int:
        return sum(path.stat().st_size for path in (home() / "features").rglob("*") if path.is_file())

    before = kept()
    assert before > 10_000
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / "new.wav", 0.1 * rng.standard_normal(16000), 16000)
    told = CliRunner().invoke(
        predict_command, [str(tmp_path / "new.wav"), "--run", str(folder), "--cache-limit", "10KB"]
    )
    assert told.exit_code == 0, told.output
    assert audio.exists() and kept() <= 10_000 < before


def test_the_option_is_for_all_that_the_run_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "1GB")  # and is put back afterwards
    done = CliRunner().invoke(run_command, ["floor", "--preset", "smoke", "--dry-run", "--cache-limit", "64GiB"])
    assert done.exit_code == 0, done.output
    assert os.environ[SWITCH] == "64GiB"
    refused = CliRunner().invoke(run_command, ["floor", "--dry-run", "--cache-limit", "much"])
    assert isinstance(refused.exception, UserError)
