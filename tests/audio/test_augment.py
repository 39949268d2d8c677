"""SpecAugment and mixup: where they may act, how much, and that a seed repeats them."""

from __future__ import annotations

from typing import Any, Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aacbench.audio.augment import SpecAugment, mixup
from aacbench.errors import UserError

FILLS: tuple[Literal["zero", "mean"], ...] = ("zero", "mean")


def batch(clips: int = 4, frames: int = 60, bins: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    lengths = torch.tensor([max(1, frames - 17 * row) for row in range(clips)])
    return torch.rand(clips, frames, bins, generator=generator) + 1.0, lengths


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**31),
    st.integers(0, 3),
    st.integers(1, 90),
    st.integers(0, 3),
    st.integers(1, 30),
    st.sampled_from(FILLS),
)
def test_masks_stay_in_the_valid_frames_and_are_stripes(
    seed: int, time_masks: int, time_width: int, mel_masks: int, mel_width: int, fill: Any
) -> None:
    features, lengths = batch()
    augment = SpecAugment(time_masks, time_width, mel_masks, mel_width, fill=fill)
    found = augment(features, lengths, torch.Generator().manual_seed(seed))
    for before, after, length in zip(features, found, lengths.tolist(), strict=True):
        assert torch.equal(before[length:], after[length:])
        changed = (before != after)[:length]
        rows, columns = changed.all(dim=1), changed.all(dim=0)
        assert torch.equal(changed, rows[:, None] | columns[None, :])
        if not columns.all():
            assert int(rows.sum()) <= time_masks * min(time_width - 1, length)
        if not rows.all():
            assert int(columns.sum()) <= mel_masks * min(mel_width - 1, 16)


def test_fill_is_zero_or_the_mean_of_valid_frames() -> None:
    features, lengths = batch()
    for row, length in enumerate(lengths.tolist()):
        features[row, length:] = 1e6  # padding must not weigh in
    for fill in FILLS:
        found = SpecAugment(2, 10, 2, 5, fill=fill)(features, lengths, torch.Generator().manual_seed(1))
        for row, length in enumerate(lengths.tolist()):
            changed = found[row, :length][found[row, :length] != features[row, :length]]
            expected = float(features[row, :length].mean()) if fill == "mean" else 0.0
            assert len(changed) > 0
            torch.testing.assert_close(changed, torch.full_like(changed, expected))


def test_mixing_takes_the_same_place_of_another_clip_where_it_has_one() -> None:
    features = torch.tensor([1.0, 2.0, 4.0, 8.0])[:, None, None].expand(4, 60, 16).clone()
    lengths = torch.tensor([60, 40, 20, 60])
    found = SpecAugment(3, 64, 2, 5, fill="mix")(features, lengths, torch.Generator().manual_seed(1))
    means = {float((one + two) / 2) for one in (1, 2, 4, 8) for two in (1, 2, 4, 8)}
    assert set(found.flatten().tolist()) <= means
    assert bool((found != features).any())
    for row, length in enumerate(lengths.tolist()):
        assert torch.equal(found[row, length:], features[row, length:])
        assert len(set(found[row].flatten().tolist())) <= 2  # the clip itself, and one other


def test_widths_and_places_are_drawn_evenly() -> None:
    frames, width, clips = 40, 5, 20_000
    features = torch.ones(clips, frames, 1)
    found = SpecAugment(1, width, 0, 1)(features, torch.full((clips,), frames), torch.Generator().manual_seed(0))
    masked = (found == 0).squeeze(2)
    widths = torch.bincount(masked.sum(dim=1), minlength=width) / clips
    torch.testing.assert_close(widths, torch.full((width,), 1 / width), atol=0.015, rtol=0)
    starts = masked.float().argmax(dim=1)[masked.sum(dim=1) == 1]
    shares = torch.bincount(starts, minlength=frames) / len(starts)
    torch.testing.assert_close(shares, torch.full((frames,), 1 / frames), atol=0.01, rtol=0)


def test_time_share_keeps_short_clips_from_being_blanked() -> None:
    features, lengths = torch.ones(500, 10, 4), torch.full((500,), 10)
    found = SpecAugment(1, 64, 0, 1, time_share=0.3)(features, lengths, torch.Generator().manual_seed(0))
    widths = (found[:, :, 0] == 0).sum(dim=1)
    assert set(widths.tolist()) == {0, 1, 2, 3}


def test_probability_is_per_clip() -> None:
    features, lengths = torch.ones(4000, 30, 8), torch.full((4000,), 30)
    never = SpecAugment(probability=0.0)(features, lengths, torch.Generator().manual_seed(0))
    assert torch.equal(never, features)
    generator = torch.Generator().manual_seed(0)
    sometimes = SpecAugment(3, 20, 3, 6, probability=0.2)(features, lengths, generator)
    share = float((sometimes != features).flatten(1).any(dim=1).float().mean())
    assert share == pytest.approx(0.2, abs=0.03)


def test_a_seed_repeats_and_the_input_stays() -> None:
    features, lengths = batch()
    kept, augment = features.clone(), SpecAugment(2, 20, 2, 6)
    one = augment(features, lengths, torch.Generator().manual_seed(9))
    assert torch.equal(features, kept)
    assert torch.equal(one, augment(features, lengths, torch.Generator().manual_seed(9)))
    assert not torch.equal(one, augment(features, lengths, torch.Generator().manual_seed(10)))
    torch.manual_seed(9)
    assert torch.equal(one, augment(features, lengths))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"time_masks": -1}, "0 or more masks"),
        ({"mel_width": 0}, "widths of 1 or more"),
        ({"probability": 1.5}, "probability from 0 to 1"),
        ({"time_share": 0.0}, "time_share above 0"),
        ({"fill": "noise"}, "'zero', 'mean' or 'mix', not 'noise'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        SpecAugment(**changes)


def test_mixup_mixes_features_and_labels_alike() -> None:
    features = torch.arange(5.0)[:, None, None].expand(5, 3, 2) * 1.0
    labels = torch.eye(5)
    mixed, targets = mixup(features, labels, 1.0, torch.Generator().manual_seed(2))
    torch.testing.assert_close(targets.sum(dim=1), torch.ones(5))
    expected = targets @ torch.arange(5.0)  # clip b is the constant b
    torch.testing.assert_close(mixed, expected[:, None, None].expand(5, 3, 2))
    assert bool(((targets > 0).sum(dim=1) == 2).any())


def test_mixup_may_draw_other_weights_for_labels() -> None:
    features = torch.arange(5.0)[:, None, None].expand(5, 3, 2) * 1.0
    together = mixup(features, torch.eye(5), 1.0, torch.Generator().manual_seed(2))
    mixed, targets = mixup(features, torch.eye(5), 1.0, torch.Generator().manual_seed(2), separate=True)
    torch.testing.assert_close(mixed, together[0])
    torch.testing.assert_close(targets.sum(dim=1), torch.ones(5))
    assert torch.equal(targets > 0, together[1] > 0)  # the same partners
    assert not torch.allclose(targets, together[1])


def test_mixup_leaves_padding_of_either_clip() -> None:
    features, lengths = batch()
    for row, length in enumerate(lengths.tolist()):
        features[row, length:] = 0.0
    mixed, _ = mixup(features, torch.eye(4), 0.5, torch.Generator().manual_seed(4), lengths)
    for row, length in enumerate(lengths.tolist()):
        assert torch.equal(mixed[row, length:], features[row, length:])
        assert bool((mixed[row, :length] >= 1.0).all())  # no valid frame was mixed with a padding of zeros
    assert not torch.equal(mixed, features)


def test_mixup_follows_alpha_and_the_seed() -> None:
    labels = torch.arange(2000)[:, None] % 2
    features = labels[:, :, None].float()
    near, _ = mixup(features, labels, 0.05, torch.Generator().manual_seed(0))
    even, _ = mixup(features, labels, 50.0, torch.Generator().manual_seed(0))
    middle = [float(((one > 0.2) & (one < 0.8)).float().mean()) for one in (near, even)]
    assert middle[0] < 0.1 and middle[1] > 0.4
    again, _ = mixup(features, labels, 50.0, torch.Generator().manual_seed(0))
    assert torch.equal(even, again)
    with pytest.raises(UserError, match="alpha above 0"):
        mixup(features, labels, 0.0)
