"""The pools of 2.0: made on first use alone, beside captions; 1.0 has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from aacbench.contracts import CaptionSource, DatasetOptions, HasPools
from aacbench.datasets.soundscapes import from_options
from aacbench.errors import UserError

TINY = {"preset": "tiny"}


def test_a_pool_is_made_on_first_use_and_never_captioned(tmp_path: Path) -> None:
    dataset = from_options(DatasetOptions(tmp_path, "2.0", TINY))
    assert isinstance(dataset, HasPools) and dataset.version == "2.0"
    dataset.clips("development")
    assert [path.name for path in dataset.folder.iterdir()] == ["development"]
    pool = dataset.pool("tags")
    assert pool is not None and {part: len(clips) for part, clips in pool.items()} == {"training": 36, "validation": 4}
    assert all(clip.tags and not clip.captions for clips in pool.values() for clip in clips)
    scenes = dataset.pool("scene")
    assert scenes is not None and all(clip.scene for clip in scenes["training"])
    assert dataset.pool("captions") is None
    assert {path.name for path in dataset.folder.iterdir()} == {"development", "tagged", "scenes"}


def test_tags_have_their_parents(tmp_path: Path) -> None:
    for clip in from_options(DatasetOptions(tmp_path, "2.0", TINY)).clips("validation"):
        labels = {event.label for event in clip.events}
        assert labels < set(clip.tags)


def test_captions_are_known_without_audio(tmp_path: Path) -> None:
    dataset = from_options(DatasetOptions(tmp_path, "2.0", {}))
    assert isinstance(dataset, CaptionSource)
    captions = dataset.captions_by_id("evaluation")
    assert len(captions) == 2000 and all(len(texts) == 5 for texts in captions.values())
    assert not any(tmp_path.iterdir())


def test_version_1_has_no_pools(tmp_path: Path) -> None:
    dataset = from_options(DatasetOptions(tmp_path, None, TINY))
    assert dataset.version == "1.0" and dataset.pool("tags") is None and dataset.pool("scene") is None
    with pytest.raises(UserError, match="unknown soundscapes split 'tagged'"):
        dataset.clips("tagged")
    with pytest.raises(UserError, match=r"1\.0 has no tagged or scenes pool"):
        from_options(DatasetOptions(tmp_path, None, {"tagged": "5"}))
