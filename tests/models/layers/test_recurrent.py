"""Recurrent layers: sizes, and each clip as if it were alone."""

from __future__ import annotations

import pytest
import torch

from aacbench.models.layers.recurrent import RecurrentBridge
from aacbench.types import Encoded


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@torch.no_grad()
def test_clips_come_out_as_they_would_alone(kind: str) -> None:
    torch.manual_seed(0)
    bridge = RecurrentBridge(6, 4, 2, kind=kind).eval()  # type: ignore[arg-type]
    assert bridge.dim == 8
    frames, lengths = torch.randn(3, 9, 6), torch.tensor([4, 9, 1])
    frames[0, 4:] = torch.nan
    together = bridge(Encoded(frames, lengths, torch.ones(3, 5)))
    assert together.frames.shape == (3, 9, 8)
    assert torch.equal(together.clip, torch.ones(3, 5))
    plain = getattr(torch.nn, kind.upper())(6, 4, 2, batch_first=True, bidirectional=True)
    plain.load_state_dict(bridge.layers.state_dict())
    for clip, length in enumerate(lengths.tolist()):
        torch.testing.assert_close(together.frames[clip, :length], plain(frames[clip : clip + 1, :length])[0][0])


@torch.no_grad()
def test_the_clip_vector_may_become_the_mean_of_valid_outputs() -> None:
    torch.manual_seed(0)
    bridge = RecurrentBridge(6, 4, 2, kind="gru", clip="mean").eval()
    encoded = Encoded(torch.randn(2, 7, 6), torch.tensor([7, 3]), torch.randn(2, 5))
    found = bridge(encoded)
    assert found.clip.shape == (2, 8)
    torch.testing.assert_close(found.clip[1], found.frames[1, :3].mean(0))
