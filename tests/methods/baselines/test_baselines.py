"""Floors and ceiling: what they answer on data whose right answer is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aacbench.contracts import DatasetOptions, Method
from aacbench.contracts.context import RunContext
from aacbench.datasets.fingerprint import fingerprint
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.methods.baselines.fit import ANSWER
from aacbench.methods.baselines.floor import Floor
from aacbench.methods.baselines.human import Human
from aacbench.methods.baselines.nearest import Nearest, _described
from aacbench.runs.stages import run_stages
from aacbench.scoring.leave_one_out import mean_report, score_run
from aacbench.types import Clip


def clip(folder: Path, name: str, pitch: float, *captions: str) -> Clip:
    path = folder / name
    time = np.arange(16000) / 16000
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * pitch * time), 16000)
    return Clip(name, path, captions)


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunContext:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    training = [
        clip(tmp_path, "a.wav", 200, "a low hum is heard", "low hum"),
        clip(tmp_path, "b.wav", 3000, "a shrill whistle is heard", "a whistle is heard in a hall"),
        clip(tmp_path, "c.wav", 1500, "a whistle is heard", "whistle"),
    ]
    evaluation = [
        clip(tmp_path, "d.wav", 3005, "a whistle is heard", "a shrill sound", "it whistles"),
        clip(tmp_path, "e.wav", 220, "something hums", "a low hum is heard", "a low hum is heard"),
    ]
    parts = {"training": training, "validation": training[:1], "evaluation": evaluation}
    prints = {name: fingerprint(part) for name, part in parts.items()}
    registries = manager.load([]).registries
    settings = Floor.settings()
    return RunContext(
        "m", "default", settings, 0, "cpu", "d", DatasetOptions(), tmp_path / "run", registries, parts, prints
    )


def answers(context: RunContext, method: Method) -> list[str]:
    run_stages(context, method.recipe(context))
    return method.captioner(context).caption(context.clips["evaluation"])


def test_floor_is_the_training_caption_with_the_best_mean(context: RunContext) -> None:
    from pycocoevalcap.cider.cider import Cider

    training = context.clips["training"]
    references = {place: list(clip.captions) for place, clip in enumerate(training)}
    means = {
        caption: Cider().compute_score(references, {place: [caption] for place in references})[0]
        for clip in training
        for caption in clip.captions
    }
    found = answers(context, Floor())
    assert found[0] == found[1]
    assert means[found[0]] == pytest.approx(max(means.values()))


@pytest.mark.parametrize("description", ["mfcc", "mean-log-mel"])
def test_nearest_takes_the_caption_of_the_nearest_clip(context: RunContext, description: str) -> None:
    settings = Nearest.settings.model_validate({"description": description})
    context = replace(context, settings=settings)
    assert answers(context, Nearest()) == ["a shrill whistle is heard", "a low hum is heard"]


def test_mfcc_do_not_hear_the_level_and_mean_spectra_do(context: RunContext, tmp_path: Path) -> None:
    noise = 0.3 * np.random.default_rng(0).standard_normal(16000)
    for name, gain in (("loud.wav", 1.0), ("soft.wav", 0.1)):
        soundfile.write(tmp_path / name, gain * noise, 16000, subtype="FLOAT")
    pair = [Clip(name, tmp_path / name) for name in ("loud.wav", "soft.wav")]
    loud, soft = _described(pair, "mfcc")
    assert loud == pytest.approx(soft, abs=1e-3)
    loud, soft = _described(pair, "mean-log-mel")
    assert loud - soft == pytest.approx(20, abs=1e-3)  # dB


def test_nearest_of_the_first_release_answers_by_its_mean_spectra(context: RunContext) -> None:
    settings = Nearest.settings.model_validate({"description": "mean-log-mel"})
    wanted = answers(replace(context, settings=settings), Nearest())
    path = context.stages["fit"] / ANSWER
    kept = json.loads(path.read_text())
    assert kept.pop("description") == "mean-log-mel"
    path.write_text(json.dumps(kept))
    assert Nearest().captioner(context).caption(context.clips["evaluation"]) == wanted


def test_human_scores_each_reference_against_the_others(context: RunContext) -> None:
    method = Human()
    captions = answers(context, method)
    assert captions == ["a whistle is heard", "something hums"]
    report = score_run(context, method, captions, ["rouge_l"])
    items = report.scores["rouge_l"].items
    assert items is not None
    # e.wav: references 2 and 3 are equal, so rounds 2 and 3 score 1; "something hums" shares no word.
    assert items[1] == pytest.approx((0.0 + 1.0 + 1.0) / 3)
    assert report.scores["rouge_l"].signature["leave_one_out"] == 3
    assert mean_report([report, report]).scores["rouge_l"].corpus == report.scores["rouge_l"].corpus


def test_human_needs_two_references(context: RunContext) -> None:
    lonely = Clip("x.wav", Path("x.wav"), ("only one",))
    with pytest.raises(UserError, match=r"two references a clip; one or none: 'x.wav'"):
        Human().captioner(context).caption([lonely])
