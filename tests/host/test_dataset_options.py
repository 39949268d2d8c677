"""The settings that a dataset's spec names are those that the dataset takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from aacbench.contracts import DatasetOptions, DatasetSpec, load
from aacbench.errors import UserError
from aacbench.host.builtin.datasets import SPECS


@pytest.mark.parametrize("spec", [spec for spec in SPECS if not spec.composed], ids=lambda spec: spec.name)
def test_every_setting_is_known_to_the_dataset_and_says_what_it_is(spec: DatasetSpec, tmp_path: Path) -> None:
    options = spec.known_options
    assert all(option.doc and option.type for option in options)
    # An unknown name is refused with those that are known, before anything is opened.
    asked = DatasetOptions(tmp_path, None, {"no-such-setting": "1"})
    with pytest.raises(UserError, match="no-such-setting") as caught:
        load(spec.factory)(asked)
    assert all(option.name in str(caught.value) for option in options)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if not spec.composed], ids=lambda spec: spec.name)
def test_the_default_that_is_shown_is_a_value_that_is_taken(spec: DatasetSpec, tmp_path: Path) -> None:
    given = {option.name: option.default for option in spec.known_options if option.default is not None}
    try:
        load(spec.factory)(DatasetOptions(tmp_path, None, given))
    except UserError as error:  # nothing lies there, which is another complaint
        assert not any(f"setting {name}" in str(error) for name in given)
