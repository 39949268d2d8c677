"""`aacbench show`: settings without provoking an error."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from aacbench.cli import cli
from aacbench.errors import UserError


def show(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["show", *arguments])
    if done.exception is not None:
        raise done.exception
    return done.stdout


def test_a_method_with_its_settings_variants_and_weights() -> None:
    text = show("rlssr", "--preset", "paper", "--variant", "base+pann+l2")
    rows = {line.split("  ")[0]: line for line in text.splitlines()}
    assert "l2" in rows["similarity"] and "Distance between the reconstructed" in rows["similarity"]
    assert "Base + PANN + L2 loss" in text and "aacbench fetch panns-cnn10" in text
    assert '["smoke", "quick", "paper"]' in rows["presets"]


def test_presets_change_values_and_not_defaults() -> None:
    quick, paper = (json.loads(show("rlssr", "--preset", one, "--format", "json")) for one in ("quick", "paper"))
    widths = [next(one for one in known["settings"] if one["name"] == "width") for known in (quick, paper)]
    assert [one["default"] for one in widths] == [1.0, 1.0] and widths[0]["value"] < widths[1]["value"]


@pytest.mark.parametrize("name", ["soundscapes", "spider", "cnn10", "transformer", "audio-tagging"])
def test_every_kind(name: str) -> None:
    known = json.loads(show(name, "--format", "json"))
    assert known["name"] == name and known["summary"]


def test_mistakes() -> None:
    with pytest.raises(UserError, match="presets and variants are of methods"):
        show("bleu", "--preset", "quick")
    with pytest.raises(UserError, match="unknown kind 'methot'"):
        show("keywords", "--kind", "methot")
    assert "pretraining" in show("keywords", "--kind", "pretraining")


def test_settings_of_a_dataset_have_types_and_defaults() -> None:
    known = {one["name"]: one for one in json.loads(show("esc50", "--format", "json"))["settings"]}
    assert (known["fold"]["type"], known["fold"]["default"]) == ("5 | 1 | 2 | 3 | 4", "5")
    assert (known["validation"]["type"], known["seed"]["type"]) == ("float", "int")
    assert all(one["doc"] for one in known.values())


def test_what_a_part_wants_of_pip_and_of_the_machine() -> None:
    wanted = {one["name"]: one for one in json.loads(show("hf-captions", "--format", "json"))["requires"]}
    assert wanted["datasets"]["what"] == "pip install 'aacbench[hub]'"
    weights = {one["name"] for one in json.loads(show("yamnet", "--format", "json"))["requires"]}
    assert {"yamnet", "h5py", "tflite"} <= weights
    assert "GB of GPU memory" in show("maac").split("wants, at paper", 1)[1].splitlines()[0]
