"""A run as a file: its settings, and in the table `run` what else the command line says of it.

`aacbench run --config FILE` reads it; every run leaves one, `settings.toml`. Keys of `run` are the long options of
`aacbench run` with `_` for `-`; `dataset_settings` and `metric_settings` are tables. As everywhere, the text "none"
stands for no value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from aacbench.contracts import DatasetOptions
from aacbench.errors import UserError, one_line
from aacbench.files.safe_read import read_toml
from aacbench.runs.resolve import RunRequest
from aacbench.runs.settings import flat

TABLE = "run"
NESTED = {"dataset_settings": "dataset_set", "metric_settings": "metric_set", "track_settings": "track_set"}


def read_config(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a file says of a run, by option names of `aacbench run`, and the settings it changes.

    Raises:
        UserError: it cannot be read or is no TOML.
    """
    values = read_toml(path, "a run's TOML file")
    named = values.pop(TABLE, {})
    if not isinstance(named, dict):
        raise UserError(f"{path}: `{TABLE}` is a table, [{TABLE}]; got {one_line(ValueError(named))}")
    for nested, option in NESTED.items():
        if isinstance(table := named.pop(nested, None), dict):
            named[option] = [f"{key}={value}" for key, value in flat(table).items()]
    if isinstance(named.get("data_dir"), str):
        named["data_dir"] = [named["data_dir"]]
    options: dict[str, Any] = _valued(named)
    settings: dict[str, Any] = _valued(values)
    return options, settings


def config_text(request: RunRequest, variant: str, settings: Mapping[str, Any]) -> str:
    """Return the file of a run: `settings` are all of its method's, plain values."""
    options = request.options
    named: dict[str, Any] = {
        "method": request.method,
        "variant": variant,
        "dataset": request.dataset,
        "preset": request.preset,
        "seed": request.seed,
        "split": request.split if request.split != "evaluation" else None,
        "dataset_version": options.version,
        "data_dir": _folders(options),
        "metrics": request.metrics and [*request.metrics],
        "dataset_settings": dict(options.settings) or None,
        "metric_settings": {name: dict(values) for name, values in request.metric_settings.items()} or None,
    }
    named = {key: value for key, value in named.items() if value is not None}
    return "# aacbench run --config settings.toml\n" + tomli_w.dumps(_writable({**settings, TABLE: named}))


def _folders(options: DatasetOptions) -> str | list[str] | None:
    """Return what `--data-dir` says: one folder, or several with the names of their datasets."""
    plain = [str(options.data_dir.absolute())] if options.data_dir else []
    named = [f"{name}={one.data_dir.absolute()}" for name, one in options.others.items() if one.data_dir]
    return plain[0] if plain and not named else [*plain, *named] or None


def _valued(value: Any) -> Any:
    """Return values as they were before they were written."""
    if isinstance(value, dict):
        return {key: _valued(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_valued(inner) for inner in value]
    return None if value == "none" else value


def _writable(value: Any) -> Any:
    """Return values as TOML can hold them."""
    if isinstance(value, Mapping):
        return {str(key): _writable(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_writable(inner) for inner in value]
    return "none" if value is None else value
