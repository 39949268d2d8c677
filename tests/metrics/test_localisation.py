"""Where attention lies at words for sounds: what counts, known answers on both versions, and who is asked for it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from aacbench.api.scoring import score_report
from aacbench.cli import cli
from aacbench.datasets.soundscapes.composition import Sound
from aacbench.datasets.soundscapes.dataset import Description
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.scoring import score_items, select
from aacbench.scoring.report import ScoreReport
from aacbench.scoring.word_seconds import written_seconds
from aacbench.types import WordSeconds

from .test_known_sounds import known

REGISTRIES = manager.load([]).registries
SPECS = select(["localisation"], REGISTRIES.metrics).specs


def scored(clips: list[Description], captions: list[str], seconds: Sequence[WordSeconds]) -> ScoreReport:
    references = [[reference.text for reference in clip.references] for clip in clips]
    return score_items([clip.id for clip in clips], captions, references, SPECS, word_seconds=seconds)


def values(report: ScoreReport) -> tuple[float, float]:
    return report.scores["localisation"].corpus, report.scores["localisation_chance"].corpus


def timed(clips: list[Description], when: Callable[[Description, Sound | None], float]) -> list[WordSeconds]:
    """Return a second for every word of each clip's first reference, by the sound that a cue word names."""
    from aacbench.datasets.soundscapes.truth import recognised

    ids, references = [clip.id for clip in clips], [[one.text for one in clip.references] for clip in clips]
    reader = recognised(ids, references).reader
    rows: list[WordSeconds] = []
    for clip in clips:
        sounds = {sound.label: sound for sound in clip.composition.sounds}
        words = clip.references[0].text.split()
        rows.append(tuple(when(clip, sounds.get(reader.sound_of(word) or "")) for word in words))
    return rows


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_attention_on_the_sound_off_it_and_anywhere(version: str) -> None:
    clips = known(version)
    captions = [clip.references[0].text for clip in clips]

    def middle(clip: Description, sound: Sound | None) -> float:
        return 0.0 if sound is None else (sound.onset + sound.offset) / 2

    right = scored(clips, captions, timed(clips, middle))
    before = scored(clips, captions, timed(clips, lambda clip, sound: max(0.0, sound.onset - 0.01) if sound else 1.0))
    assert values(right)[0] == 1.0 and values(before)[0] < 0.05  # a bed may begin with the clip
    assert 0.1 < values(right)[1] < 0.9 and values(before)[1] == values(right)[1]
    draw = np.random.default_rng(0)
    drawn = [
        values(scored(clips, captions, timed(clips, lambda clip, _: draw.uniform(0, clip.composition.seconds))))[0]
        for _ in range(20)
    ]
    assert np.mean(drawn) == pytest.approx(values(right)[1], abs=0.03)
    parameters = right.scores["localisation"].signature["parameters"]
    assert parameters == {"sounds": f"soundscapes {version}", "seed": 0}


def test_each_word_by_hand() -> None:
    clip = next(
        one
        for one in known("1.0", 200)
        if [sound.label for sound in one.composition.sounds] == ["dog bark"] and one.composition.sounds[0].onset > 0.5
    )
    (sound,) = clip.composition.sounds
    inside, outside = (sound.onset + sound.offset) / 2, sound.onset - 0.1
    covered = sound.duration / clip.composition.seconds
    say = "A dog barks, while rain falls."  # of which `dog` and `barks,` name what is there
    half = scored([clip], [say], [(outside, inside, outside, inside, inside, inside)])
    assert values(half) == pytest.approx((0.5, covered))
    assert half.scores["localisation"].items == (0.5,)
    ends = scored([clip], [say], [(0.0, sound.onset, sound.offset, None, None, None)])
    assert values(ends)[0] == 1.0
    unknown = scored([clip], [say], [(0.0, None, outside, 0.0, 0.0, 0.0)])
    assert values(unknown) == pytest.approx((0.0, covered))
    assert values(scored([clip], ["an animal calls"], [(inside,) * 3])) == (0.0, 0.0)  # a kind names no sound
    silent = scored([clip], ["rain falls"], [(inside, inside)])
    assert values(silent) == (0.0, 0.0)
    assert any("localisation is 0 for no caption says anything that it counts" in line for line in silent.warnings)


def test_clips_weigh_by_their_words_and_those_of_which_nothing_is_known_weigh_nothing() -> None:
    clips = [one for one in known("1.0", 200) if "dog bark" in [sound.label for sound in one.composition.sounds]][:3]
    barks = [next(one for one in clip.composition.sounds if one.label == "dog bark") for clip in clips]
    middle = (barks[0].onset + barks[0].offset) / 2
    report = scored(clips, ["a dog barks", "barking", "a dog barks"], [(0.0, middle, middle), (60.0,), ()])
    assert values(report)[0] == pytest.approx(2 / 3)
    shares = [bark.duration / clip.composition.seconds for bark, clip in zip(barks, clips, strict=True)]
    assert values(report)[1] == pytest.approx((2 * shares[0] + shares[1]) / 3)
    assert report.scores["localisation"].items == (1.0, 0.0, 0.0)


def test_it_is_asked_for_by_name_only_and_wants_its_column() -> None:
    clips = known("2.0", 2)
    captions = [clip.references[0].text for clip in clips]
    for nothing in ((), [(), ()]):
        with pytest.raises(
            UserError, match="localisation wants to know when a system attended at its words"
        ) as refused:
            scored(clips, captions, nothing)
        assert "\n" not in str(refused.value)
    plain = [spec for spec in REGISTRIES.metrics if spec.name not in ("judge", "clair_a")]
    for names in (None, ["all"], ["dcase2024"]):
        assert "localisation" not in select(names, plain).outputs
    everything = select(["known_sounds", "localisation"], plain)
    assert everything.untimed() == select(["known_sounds"], plain)
    assert everything.untimed().untimed() == everything.untimed()


def test_words_must_fit_after_postprocessing() -> None:
    clips = known("2.0", 1)
    references = [[reference.text for reference in clips[0].references]]
    caption = clips[0].references[0].text
    seconds = [(9.0, *(0.0 for _ in caption.split()))]
    said = [f"Caption: {caption}"]
    report = score_items([clips[0].id], said, references, SPECS, word_seconds=seconds, postprocess="unprefix")
    shorter = scored(clips, [caption], [seconds[0][1:]])
    assert values(report) == values(shorter)


def test_lists_are_scored_from_python() -> None:
    clips = known("2.0", 2)
    captions, references = (
        [clip.references[0].text for clip in clips],
        [[one.text for one in clip.references] for clip in clips],
    )
    seconds = [[0.5 for _ in text.split()] for text in captions]
    ids = [clip.id for clip in clips]
    report = score_report(captions, references, "localisation", ids=ids, word_seconds=seconds)
    assert values(report) == values(scored(clips, captions, [tuple(one) for one in seconds]))
    with pytest.raises(UserError, match="wanted seconds for the words of each of 2 captions; got 1"):
        score_report(captions, references, "localisation", ids=ids, word_seconds=seconds[:1])
    with pytest.raises(UserError, match=r"evaluation-0001\.wav: word_seconds has 1 entry for the"):
        score_report(captions, references, "localisation", ids=ids, word_seconds=[[0.5], [0.5]])


def test_an_external_file_is_scored(tmp_path: Path) -> None:
    clips = known("2.0", 6)
    middle = timed(clips, lambda _, sound: sound.onset + sound.duration / 2 if sound else 0.0)
    with (tmp_path / "PREDICTIONS.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["file_name", "caption_predicted", "word_seconds"])
        for clip, seconds in zip(clips, middle, strict=True):
            writer.writerow([clip.id, clip.references[0].text, written_seconds(seconds)])
    with (tmp_path / "REFERENCES.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["file_name", *(f"caption_{number}" for number in range(1, 6))])
        writer.writerows([clip.id, *(reference.text for reference in clip.references)] for clip in clips)
    command = "score PREDICTIONS.csv --references REFERENCES.csv --metrics localisation"
    page = Path(__file__).parents[2] / "docs/explanation/soundscapes.md"
    assert f"aacbench {command}\n" in page.read_text()
    names = [str(tmp_path / part) if part.endswith(".csv") else part for part in command.split()]
    done = CliRunner().invoke(cli, [*names, "--json", "-"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["scores"]
    assert found["localisation"] == 1.0 and 0.0 < found["localisation_chance"] < 1.0
    assert set(found) == {"localisation", "localisation_chance"}
