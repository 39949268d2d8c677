"""Padding features to a batch, and excerpts of them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aacbench.audio.batch import crop, pad, random_crop
from aacbench.errors import UserError


def clip(frames: int, bins: int = 3) -> torch.Tensor:
    return torch.arange(1, frames * bins + 1, dtype=torch.float32).reshape(frames, bins)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.sampled_from(["end", "start"]))
def test_padding_keeps_every_clip_and_its_length(frames: list[int], at: str) -> None:
    clips = [clip(count) for count in frames]
    batch, lengths = pad(clips, at=at, value=-7.0)  # type: ignore[arg-type]
    assert batch.shape == (len(frames), max(frames), 3)
    assert lengths.tolist() == frames and lengths.dtype == torch.int64
    for row, one in zip(batch, clips, strict=True):
        valid = row[: len(one)] if at == "end" else row[len(row) - len(one) :]
        rest = row[len(one) :] if at == "end" else row[: len(row) - len(one)]
        assert torch.equal(valid, one) and bool((rest == -7.0).all())


def test_padding_refuses_nothing_and_mixed_bins() -> None:
    with pytest.raises(UserError, match="at least one clip"):
        pad([])
    with pytest.raises(UserError, match=r"same mel bins, not \[3, 4\]"):
        pad([clip(2), clip(2, 4)])


def test_crop_counts_in_seconds() -> None:
    features = clip(100)
    assert torch.equal(crop(features, 0.5, 0.02, start=1.0), features[50:75])
    assert torch.equal(crop(features, 5.0, 0.02, start=1.0), features[50:])
    assert torch.equal(crop(features, 1.0, 0.02, start=9.0), features[-1:])
    assert len(crop(features, 0.001, 0.02)) == 1
    with pytest.raises(UserError, match="longer than 0 seconds"):
        crop(features, 0.0, 0.02)


def test_random_crop_reaches_every_place_and_follows_the_seed() -> None:
    features = clip(10, 1)
    generator = torch.Generator().manual_seed(3)
    firsts = {int(random_crop(features, 0.4, 0.1, generator)[0]) for _ in range(300)}
    assert firsts == set(range(1, 8))
    one = random_crop(features, 0.4, 0.1, torch.Generator().manual_seed(5))
    assert torch.equal(one, random_crop(features, 0.4, 0.1, torch.Generator().manual_seed(5)))


def test_random_crop_draws_once_whatever_the_length() -> None:
    ends = []
    for frames in (2, 50):
        generator = torch.Generator().manual_seed(1)
        assert len(random_crop(clip(frames), 1.0, 0.1, generator)) == min(frames, 10)
        ends.append(float(torch.rand((), generator=generator)))
    assert ends[0] == ends[1]
