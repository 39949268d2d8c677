"""Pictures: the same inputs give the same file, panels appear as asked, mistakes are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from aacbench.analysis.plots.attention import draw_attention
from aacbench.errors import UserError
from aacbench.inference.attention import END, CaptionAttention, WordStream
from aacbench.types import Clip, Event

WORDS = ("a", "dog", "barks", END)


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clip:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    path = tmp_path / "dog.wav"
    soundfile.write(path, np.sin(np.arange(16000) / 20) * np.linspace(0, 1, 16000), 16000)
    return Clip("dog.wav", path, events=(Event("dog bark", 0.2, 0.6), Event("rain", 0.0, 1.0)))


def attention(streams: bool = True) -> CaptionAttention:
    weights = np.random.default_rng(0).dirichlet(np.ones(5), 4)
    starts = np.arange(5) * 0.2
    said = tuple(("<begin>", *WORDS[:length]) for length in range(4))
    found = {"previous words": WordStream(said, tuple((1 / len(row),) * len(row) for row in said))}
    return CaptionAttention(WORDS, weights, np.stack([starts, starts + 0.2], 1), found if streams else {})


def size(path: Path) -> tuple[int, int]:
    header = path.read_bytes()[16:24]
    return int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_equal_inputs_give_equal_files(clip: Clip, tmp_path: Path, suffix: str) -> None:
    files = [draw_attention(clip, attention(), tmp_path / f"{name}{suffix}", waveform=True) for name in "ab"]
    assert files[0].read_bytes() == files[1].read_bytes()
    other = CaptionAttention(WORDS, attention().weights[::-1], attention().spans)
    assert draw_attention(clip, other, tmp_path / f"c{suffix}", waveform=True).read_bytes() != files[0].read_bytes()


def test_panels_are_those_asked_for(clip: Clip, tmp_path: Path) -> None:
    plain = size(draw_attention(clip, attention(streams=False), tmp_path / "plain.png"))
    waveform = size(draw_attention(clip, attention(streams=False), tmp_path / "waveform.png", waveform=True))
    streams = size(draw_attention(clip, attention(), tmp_path / "streams.png"))
    strips = size(draw_attention(clip, attention(streams=False), tmp_path / "strips.png", words=["dog"]))
    assert {found[0] for found in (plain, waveform, streams, strips)} == {1080}
    assert waveform[1] > plain[1]
    assert streams[1] > plain[1] > strips[1]
    text = draw_attention(clip, attention(), tmp_path / "all.svg", True, ["barks", "dog"]).read_text()
    for wanted in ("dog bark", "waveform", "seconds", "attention to previous words"):
        assert f"<!-- {wanted} -->" in text


def test_mistakes_are_named(clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"written as \.png or \.svg; got x\.pdf"):
        draw_attention(clip, attention(), tmp_path / "x.pdf")
    with pytest.raises(UserError, match="has no word 'cat'; it is: a dog barks"):
        draw_attention(clip, attention(), tmp_path / "x.png", words=["dog", "cat"])
