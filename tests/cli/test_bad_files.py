"""`caption`, `predict`, `search`: one file that cannot be read costs no other, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from aacbench.audio.io import read
from aacbench.cli import cli
from aacbench.errors import AacbenchError, UserError
from aacbench.runs import captioned, reopen
from aacbench.runs.one_by_one import each
from aacbench.scoring.files import read_predictions
from aacbench.types import Clip


class Hearing:
    """Reads each clip and says its name; what cannot be read ends a whole batch."""

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        for clip in clips:
            read(clip.audio)
        return [f"sound, {clip.id}" for clip in clips]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Call a command beside three sound files, one cut short, one not a number, and one that is no audio."""
    monkeypatch.chdir(tmp_path)
    for module in (reopen, captioned):
        monkeypatch.setattr(module, "stored_run", lambda *_: {})
        monkeypatch.setattr(module, "open_run", lambda *_: Hearing())
    generator = np.random.default_rng(0)
    Path("audio/deep").mkdir(parents=True)
    for name in ("a.wav", "b.flac", "deep/c.wav", "cut.flac"):
        soundfile.write(Path("audio") / name, generator.normal(0, 0.1, 8000), 8000)
    cut = Path("audio/cut.flac")
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    soundfile.write("audio/nan.wav", np.full(8000, np.nan), 8000, subtype="FLOAT")
    Path("audio/none.wav").write_text("no audio")
    return lambda *arguments: CliRunner().invoke(cli, [*map(str, arguments), "--run", "run"])


def test_captions_of_all_that_can_be_read(call: Callable[..., Result]) -> None:
    done = call(
        "caption", "audio/a.wav", "audio/cut.flac", "audio/nan.wav", "audio/none.wav", "audio/b.flac", "gone.wav"
    )
    assert done.exit_code == 2
    assert done.stdout == "audio/a.wav\tsound, a.wav\naudio/b.flac\tsound, b.flac\n"
    lines = done.stderr.splitlines()
    assert len(lines) == 4
    for name in ("cut.flac", "nan.wav", "none.wav", "gone.wav"):
        assert any(name in line for line in lines), name


def test_a_folder_is_predicted_into_a_file_that_score_reads(call: Callable[..., Result]) -> None:
    done = call("predict", "audio", "-o", "predictions.csv")
    assert done.exit_code == 2
    read = read_predictions(Path("predictions.csv"))
    assert read.captions == {
        "a.wav": "sound, a.wav",
        "b.flac": "sound, b.flac",
        "deep/c.wav": "sound, c.wav",
    }
    assert not read.warnings
    for name in ("cut.flac", "nan.wav", "none.wav"):
        assert name in done.stderr
    sound = call("predict", "audio/a.wav", "audio/deep")
    assert sound.exit_code == 0
    assert sound.stdout == 'file_name,caption_predicted\na.wav,"sound, a.wav"\nc.wav,"sound, c.wav"\n'


def test_predictions_take_the_place_of_no_audio_and_of_no_name(call: Callable[..., Result]) -> None:
    before = Path("audio/a.wav").read_bytes()
    assert isinstance(call("predict", "audio", "-o", "audio/a.wav").exception, UserError)
    assert Path("audio/a.wav").read_bytes() == before
    Path("audio/deep/a.wav").write_bytes(before)
    assert "would both be called a.wav" in str(call("predict", "audio/a.wav", "audio/deep").exception)
    assert isinstance(call("predict", "nowhere").exception, SystemExit)


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("bad", [set(), {0}, {1, 3}, {0, 1, 2, 3, 4}])
def test_each(size: int, bad: set[int]) -> None:
    def work(some: Sequence[int]) -> list[str]:
        if wrong := bad.intersection(some):
            raise UserError(f"{wrong}") if 0 in wrong else OSError(5, "Input/output error", "file")
        return [str(one) for one in some]

    found = dict(each(range(5), work, size))
    assert [*found] == [*range(5)]
    assert all(isinstance(made, AacbenchError) == (one in bad) for one, made in found.items())
    assert all(made == str(one) for one, made in found.items() if one not in bad)
