"""Every setting of every method holds: changing it changes a number, a file or an error (`effects` says how it looks).

What the training loop and search are given is compared here, for every stage; that each of their settings then has an
effect is tested beside them (tests/training/test_every_setting.py, tests/inference/test_search.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from aacbench.contracts import outline
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.training.settings import ScheduleSettings, TrainSettings

from .effect_cases import AUTO, ELSEWHERE, REFUSED, TRIED
from .effects import looking, models_of, nested_settings, other_value, settings_of, steps

FAST = ("seq2seq",)
METHODS = {
    spec.name: outline(spec).settings
    for spec in manager.load().registries.methods
    if hasattr(outline(spec), "settings")
}
OF_THE_LOOP = (*(name for name in TrainSettings.model_fields if name not in ("batch_size", "monitor", "epochs")),)


def settings_tried(method: str) -> Iterator[str]:
    """Yield the settings of a method; of those that the loop reads, what shows that the loop is given them."""
    for name, model in models_of(METHODS[method]):
        last = name.rpartition(".")[2]
        if model is ScheduleSettings or (model is TrainSettings and last in OF_THE_LOOP):
            continue
        if f"{method} {name}" not in ELSEWHERE:
            yield name


def names(slow: bool) -> list[tuple[str, str]]:
    return [(method, name) for method in TRIED if (method in FAST) != slow for name in settings_tried(method)]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """What runs left that others are compared with, by method and settings."""
    with looking(tmp_path_factory.mktemp("home")):
        yield {}


def test_every_method_is_gone_through() -> None:
    without = {name for name, model in METHODS.items() if not model.model_fields}
    # They run what others made, and are tested beside it: finished runs, a program, a server, models of the hub.
    # `nearest` has no network to look at; both of its descriptions are tried in tests/methods/baselines.
    other = {"ensemble", "command", "endpoint", "hub", "hub-retrieval", "nearest"}
    assert {*TRIED} | without == {*METHODS} - other


def assert_an_effect(method: str, setting: str, seen: dict[str, list[dict[str, Any]]], folder: Path) -> None:
    value, where = TRIED[method].of(setting)
    start = nested_settings(where)
    if value is AUTO:
        value = other_value(settings_of(method, None, start), setting)
    changes = nested_settings({**where, setting: value})
    if f"{method} {setting}" in REFUSED:
        with pytest.raises(UserError):
            settings_of(method, None, changes)
        return
    settings_of(method, None, changes)
    plain = left(method, start, seen, folder)
    assert "error" not in plain[-1], plain[-1]
    changed = steps(method, changes, folder / "changed")
    equal = all(one == other for one, other in zip(plain, changed, strict=False))
    assert not equal, f"{setting}={value!r} changes nothing"


def left(
    method: str, start: Mapping[str, Any], seen: dict[str, list[dict[str, Any]]], folder: Path
) -> list[dict[str, Any]]:
    """Return what a run under these settings leaves, step by step; it is run once."""
    key = json.dumps([method, start], sort_keys=True)
    if key not in seen:
        seen[key] = [*steps(method, start, folder / "plain")]
    return seen[key]


@pytest.mark.parametrize(("method", "setting"), names(slow=False))
def test_a_setting_changes_something(
    method: str, setting: str, seen: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    assert_an_effect(method, setting, seen, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "setting"), names(slow=True))
def test_a_setting_of_larger_methods_changes_something(
    method: str, setting: str, seen: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    assert_an_effect(method, setting, seen, tmp_path)


@pytest.mark.parametrize(
    ("method", "stage", "setting"),
    [
        ("seq2seq", "pretrain.train", "pretraining_settings.batch_size"),
        ("rlssr", "pretrain.train", "pretrain.batch_size"),
        ("at-cnn", "asc.train", "asc.batch_size"),
        ("at-cnn", "at_balanced.train", "at_balanced.batch_size"),
        ("at-cnn", "at_unbalanced.train", "at_unbalanced.batch_size"),
        ("aed-bilstm", "ast.tagging.train", "ast.tagging.batch_size"),
        ("sjtu2022-retrieval", "finetune.train", "finetune.batch_size"),
        ("sjtu2022", "retrieval.finetune.train", "retrieval.finetune.batch_size"),
    ],
)
def test_a_batch_size_that_is_the_default_of_training_is_asked_for_all_the_same(
    method: str, stage: str, setting: str
) -> None:
    """In the preset `smoke` the objective has another one, which would hold."""

    def size(**asked: int) -> Any:
        value: Any = settings_of(
            method, None, nested_settings({name.replace("/", "."): one for name, one in asked.items()})
        )
        for name in setting.split("."):
            value = value.get(name) if isinstance(value, Mapping) else getattr(value, name)
        return value

    asked = f"{stage}.batch_size".replace(".", "/")
    assert size() != 32
    assert size(**{asked: 32}) == 32
    assert size(**{asked: 32, setting.replace(".", "/"): 5}) == 5


def test_a_batch_size_that_cannot_be_told_from_none_is_refused() -> None:
    asked = nested_settings({"keywords.head.batch_size": 32})
    with pytest.raises(UserError, match=r"keywords\.batch_size"):
        settings_of("maac", None, asked)
    settings_of("maac", None, nested_settings({"keywords.head.batch_size": 32, "keywords.batch_size": 32}))


@pytest.mark.parametrize("setting", ["version", "dataset_settings"])
def test_what_a_stage_says_of_no_dataset_is_refused(setting: str) -> None:
    value = {"version": "9", "dataset_settings": {"seed": "5"}}[setting]
    with pytest.raises(UserError, match="none is named; set dataset"):
        settings_of("seq2seq", None, nested_settings({f"pretrain.{setting}": value}))


@pytest.mark.parametrize("method", TRIED)
def test_all_that_the_loop_reads_is_the_stages_own(method: str) -> None:
    """Every model of training settings is gone through by some of its settings, so the loop is given it whole."""
    tried = {name.rpartition(".")[0] for name in settings_tried(method)}
    assert {name.rpartition(".")[0] for name, model in models_of(METHODS[method]) if model is TrainSettings} <= tried
