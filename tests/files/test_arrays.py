"""Arrays on disk: whole or absent, whatever happened to the file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from aacbench.errors import UserError
from aacbench.files.arrays import ArrayCache, _packed, _unpacked

KEY = "ab" * 32
FRAMES = np.arange(12, dtype=np.float32).reshape(4, 3)


@given(
    st.lists(
        hnp.arrays(
            st.sampled_from([np.float32, np.float64, np.int64, np.uint8, np.bool_]),
            hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
        ),
        max_size=3,
    )
)
def test_arrays_come_back_as_they_were(arrays: list[NDArray[Any]]) -> None:
    found = _unpacked(np.frombuffer(bytearray(_packed(arrays)), np.uint8))
    assert found is not None and len(found) == len(arrays)
    for one, other in zip(found, arrays, strict=True):
        assert one.dtype == other.dtype and one.shape == other.shape
        assert np.array_equal(one, other, equal_nan=other.dtype.kind == "f")
        assert one.flags.writeable and one.flags.aligned


def test_several_arrays_under_one_key(tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path)
    vector = np.array([1.5, -2.0])
    cache.put(KEY, [FRAMES, vector])
    frames, clip = cache.get(KEY) or ()
    assert np.array_equal(frames, FRAMES) and np.array_equal(clip, vector)
    assert KEY in cache and "cd" * 32 not in cache
    assert cache.get("cd" * 32) is None


def test_numpy_reads_the_first_array(tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path)
    cache.put(KEY, [FRAMES])
    assert np.array_equal(np.load(cache.path(KEY)), FRAMES)
    assert cache.path(KEY).parent.name == "ab"


def test_transposed_arrays_are_kept_in_their_shape(tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path)
    cache.put(KEY, [FRAMES.T])
    (found,) = cache.get(KEY) or ()
    assert np.array_equal(found, FRAMES.T)


@pytest.mark.parametrize("kept", [0, 1, 10, 60, 130, 175])
def test_truncated_file_counts_as_absent(kept: int, tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path)
    cache.put(KEY, [FRAMES])
    whole = cache.path(KEY).read_bytes()
    assert kept < len(whole)
    cache.path(KEY).write_bytes(whole[:kept])
    assert cache.get(KEY) is None
    cache.put(KEY, [FRAMES])
    assert cache.get(KEY) is not None


def test_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    whole = _packed([FRAMES])
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        assert _unpacked(np.frombuffer(damaged, np.uint8)) is None, place


def test_other_files_under_the_name_count_as_absent(tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path)
    cache.path(KEY).parent.mkdir()
    np.save(cache.path(KEY), FRAMES)  # whole, but not this cache's: it has no checksum
    assert cache.get(KEY) is None
    cache.path(KEY).unlink()
    cache.path(KEY).mkdir()
    assert cache.get(KEY) is None and KEY not in cache


@pytest.mark.parametrize("key", ["", "a", "../../etc/passwd", "a/b/c", ".hidden", "x" * 300])
def test_keys_that_are_no_file_names_are_refused(key: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a key"):
        ArrayCache(tmp_path).path(key)


def test_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    with pytest.raises(UserError, match=r"cannot write to the cache folder .*set AACBENCH_HOME"):
        ArrayCache(blocker / "below").put(KEY, [FRAMES])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = ArrayCache(tmp_path)

    def full(path: Path, content: bytes) -> int:
        with open("/dev/full", "wb") as device:
            return device.write(content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match="No space left on device"):
        cache.put(KEY, [FRAMES])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
