"""Settings from presets, variants and `--set`: rank, types, and errors that name the setting."""

from __future__ import annotations

from typing import Any

import pytest

from aacbench.errors import UserError
from aacbench.runs.settings import assignments, build, flat, merge, rebuild
from aacbench.training.settings import Frozen, TrainSettings


class Inner(Frozen):
    size: int = 3
    name: str | None = None


class Outer(Frozen):
    inner: Inner = Inner()
    rate: float = 0.5
    train: TrainSettings = TrainSettings()


def test_later_layers_win_key_by_key() -> None:
    built = build(Outer, [{"inner": {"size": 4, "name": "a"}}, {"inner": {"size": 5}}, {"rate": 1}])
    assert built == Outer(inner=Inner(size=5, name="a"), rate=1.0)


def test_merge_leaves_its_arguments_alone() -> None:
    base = {"a": {"b": 1}}
    assert merge(base, {"a": {"c": 2}}) == {"a": {"b": 1, "c": 2}}
    assert base == {"a": {"b": 1}}


def test_assignments_parse_values() -> None:
    texts = ["a.b=1", "a.c=x y", "d=true", "e=none", "f=1e-3", "g=a=b"]
    assert assignments(texts) == {
        "a": {"b": 1, "c": "x y"}, "d": True, "e": None, "f": 0.001, "g": "a=b"
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a", "=1", "a..b=1", "", ".".join("a" * 2000) + "=1"])
def test_bad_assignments_are_named(text: str) -> None:
    with pytest.raises(UserError, match="--set wants KEY=VALUE"):
        assignments([text])


def test_values_that_break_json_are_texts() -> None:
    deep = "[" * 100_000
    assert assignments([f"a={deep}", "b=" + "9" * 5000]) == {"a": deep, "b": "9" * 5000}


def test_unknown_keys_in_lists_of_models_are_named() -> None:
    class Listed(Frozen):
        inner: tuple[Inner, ...] = ()

    with pytest.raises(UserError, match=r"unknown setting 'inner.0.sise'"):
        build(Listed, [{"inner": [{"sise": 1}]}])


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"iner": 1}, r"unknown setting 'iner'. Did you mean 'inner'"),
        ({"inner": {"sise": 1}}, r"unknown setting 'inner.sise'. Did you mean 'inner.size'"),
        ({"train": {"schedule": {"knd": 1}}}, r"Did you mean 'train.schedule.kind'"),
        ({"rate": "fast"}, r"the setting rate cannot be 'fast'"),
        ({"inner": {"name": ["x" * 5000]}}, r"the setting inner.name cannot be \['xxx"),
        ({"train": {"epochs": 0}}, r"train.epochs cannot be 0: input should be greater than or equal to 1"),
    ],
)
def test_what_does_not_fit_is_named(layer: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        build(Outer, [layer])


def test_settings_of_datasets_are_texts_by_dotted_name() -> None:
    nested = assignments(["parts=clotho,macs", "clotho.version=v2", "seed=3", "macs.audio=a=b"])
    assert flat(nested) == {"parts": "clotho,macs", "clotho.version": "v2", "seed": "3", "macs.audio": "a=b"}


class Grown(Frozen):
    later = ("added",)
    size: int = 1
    added: bool = False


class Around(Frozen):
    inner: Grown = Grown(size=2, added=True)
    other: Grown | None = None


@pytest.mark.parametrize("added", [False, True])
def test_what_a_folder_keeps_is_rebuilt_whatever_the_default_around_it(added: bool) -> None:
    settings = Around(inner=Grown(size=3, added=added), other=Grown(added=not added))
    assert rebuild(Around, settings.model_dump(mode="json")) == settings
    assert rebuild(Around, {"inner": {"size": 3}}) == Around(inner=Grown(size=3))  # kept before there was `added`
    assert build(Around, [{"inner": {"size": 3}}]) == Around(inner=Grown(size=3, added=True))  # a change


class Limited(Frozen):
    rate: float = 0.5
    train: TrainSettings = TrainSettings(steps=700)


def test_epochs_take_the_place_of_steps_that_a_preset_asks_for() -> None:
    asked: list[dict[str, Any]] = [
        {"train": {"epochs": 3}},
        {"train": {"epochs": 3, "steps": 90}},
        {"train": {"lr": 0.1}},
    ]
    built = [Limited.model_validate(build(Limited, [layer]).model_dump()).train for layer in asked]
    assert [train.epochs_of(25) for train in built] == [3, 4, 28]
    kept = Limited(train=TrainSettings(epochs=14)).model_dump(mode="json")  # as before there were steps
    assert "steps" not in kept["train"]
    assert build(Limited, [kept]) == rebuild(Limited, kept) == Limited(train=TrainSettings(epochs=14))
