"""Decoding chunk by chunk: when words were attended to is kept with the captions, whatever is cut off or older."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import BaseModel

from aacbench.contracts import TimedCaption, TimesWords
from aacbench.contracts.trackers import Untracked
from aacbench.inference import resumable
from aacbench.inference.resumable import DECODING, Decoded, decode
from aacbench.runs.tasks.captioning import predictions_csv
from aacbench.types import Clip, Event

COUNT = 150
HEARD = (Event("rain", 0.0, 1.0),)


class Settings(BaseModel):
    beam: int = 2


class Timed:
    """Says the clip's name, and when; dies where it is told to."""

    def __init__(self, dies_at: int | None = None) -> None:
        self.dies_at = dies_at
        self.asked: list[str] = []

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        self.asked += [f"caption {clip.id}" for clip in clips]
        if self.dies_at is not None and len(self.asked) > self.dies_at:
            raise KeyboardInterrupt
        return [f"clip {clip.id}" for clip in clips]

    def timed_captions(self, clips: Sequence[Clip]) -> list[TimedCaption]:
        return [TimedCaption(text, (0.5, int(text.split()[1]) / 4)) for text in self.caption(clips)]


class Silent(Timed):
    """Has the method, and nothing to say."""

    def timed_captions(self, clips: Sequence[Clip]) -> list[TimedCaption]:
        return [TimedCaption(text) for text in self.caption(clips)]


@pytest.fixture(autouse=True)
def no_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumable, "require_unchanged", lambda clips, prints: None)


def decoded(folder: Path, captioner: object, events: tuple[Event, ...] = HEARD) -> Decoded:
    folder.mkdir(exist_ok=True)
    clips = [Clip(str(number), Path(f"{number}.wav"), events=events) for number in range(COUNT)]
    context = SimpleNamespace(
        outputs=folder, fingerprints={"evaluation": "f"}, settings=Settings(), clips={"evaluation": clips},
        tracker=Untracked(),
    )  # fmt: skip
    method = SimpleNamespace(captioner=lambda context: captioner)
    return decode(cast(Any, context), cast(Any, method), ["key"])


def test_a_run_cut_off_says_the_same_as_a_whole_one(tmp_path: Path) -> None:
    assert isinstance(Timed(), TimesWords)
    whole = decoded(tmp_path / "whole", Timed())
    assert whole.captions == [f"clip {number}" for number in range(COUNT)]
    assert whole.word_seconds == [(0.5, number / 4) for number in range(COUNT)]
    with pytest.raises(KeyboardInterrupt):
        decoded(tmp_path / "cut", Timed(dies_at=100))
    rest = Timed()
    cut = decoded(tmp_path / "cut", rest)
    assert rest.asked[0] == "caption 64"  # the first chunk was kept
    assert (cut.captions, cut.word_seconds) == (whole.captions, whole.word_seconds)
    again = decoded(tmp_path / "cut", Timed(dies_at=0))
    assert not again.anew and again.word_seconds == whole.word_seconds


@pytest.mark.parametrize("captioner", [Silent(), SimpleNamespace(caption=Timed().caption)])
def test_nothing_is_written_where_nothing_is_known(tmp_path: Path, captioner: object) -> None:
    found = decoded(tmp_path / "run", captioner)
    assert found.word_seconds == [] and "word_seconds" not in (tmp_path / "run" / DECODING).read_text()


def test_clips_without_events_are_captioned_as_ever(tmp_path: Path) -> None:
    assert decoded(tmp_path / "run", Timed(), events=()).word_seconds == []


def test_what_an_earlier_release_decoded_is_kept_without(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        decoded(tmp_path / "run", Silent(dies_at=100))
    found = decoded(tmp_path / "run", Timed())
    assert found.word_seconds[:64] == [()] * 64
    assert found.word_seconds[64:] == [(0.5, number / 4) for number in range(64, COUNT)]


def test_predictions_have_the_column_where_it_is_known() -> None:
    clips = [Clip("a.wav", Path("a.wav")), Clip("b.wav", Path("b.wav"))]
    assert predictions_csv(clips, ["rain", "a, dog"]) == 'file_name,caption_predicted\na.wav,rain\nb.wav,"a, dog"\n'
    timed = predictions_csv(clips, ["rain", "a, dog"], [(), (0.5, None)])
    assert timed == 'file_name,caption_predicted,word_seconds\na.wav,rain,\nb.wav,"a, dog",0.500 -\n'
