"""The file of a sweep: `output`, `[resources]`, and one grid a `[[runs]]`. TOML; nothing here loads a network.

A list may be written as one value. The text "none" stands for no value, as on the command line. Paths are relative to
the working directory, as they are for `aacbench run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from aacbench.errors import UserError, cut, unknown_name
from aacbench.files.safe_read import read_toml
from aacbench.runs.bounds import LARGEST

ALL = "all"


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_listed), Field(min_length=1)]
Seeds = Annotated[tuple[Annotated[int, Field(ge=0, lt=LARGEST)], ...], BeforeValidator(_listed), Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Resources(_Part):
    """What one run gets. `cpus` None divides the machine's among the runs that go on at once."""

    cpus: int | None = Field(None, ge=1)
    gpus: float | None = Field(None, ge=0.0, allow_inf_nan=False)
    """None is one a process where the machine has any; less than 1 lets runs share one."""
    processes: int = Field(1, ge=1)
    """Processes of one run (`aacbench run --processes`)."""
    retries: int = Field(2, ge=0)
    """How often a run that failed, not by a user's mistake, is gone on with."""

    def gpus_wanted(self, there: float) -> float:
        """Return the GPUs of one run where `there` are so many."""
        return self.gpus if self.gpus is not None else float(self.processes if there >= 1 else 0)

    @field_validator("gpus", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return float(value) if type(value) is int else value

    @field_validator("gpus")
    @classmethod
    def _whole_above_one(cls, value: float | None) -> float | None:
        if value is not None and value > 1 and value != int(value):
            raise ValueError("a run gets whole GPUs, or a part of one")
        return value


class Grid(_Part):
    """One `[[runs]]`: every combination of its lists is a run."""

    methods: Names
    variants: Names | None = None
    """Names, or "all"; None is each method's first."""
    datasets: Names | None = None
    """None is the embedded one, as for `aacbench run`."""
    seeds: Seeds = (0,)
    preset: str = "quick"
    encoders: Names | None = None
    decoders: Names | None = None
    pretraining: Names | None = None
    pretrained: str | None = None
    members: Names | None = None
    """Folders of runs, which may be runs of this sweep."""
    settings: dict[str, Any] = {}
    """What `--set` changes."""
    dataset_version: str | None = None
    dataset_settings: dict[str, Any] = {}
    """What `--dataset-set` changes."""
    data_dir: Annotated[Path, Field(strict=False)] | None = None
    metrics: Names | None = None
    device: str = "auto"
    output: Annotated[Path, Field(strict=False)] | None = None
    """Instead of the sweep's own: tells runs apart that differ in `settings` alone."""


class Sweep(_Part):
    """The whole file."""

    output: Annotated[Path, Field(strict=False)] = Path("runs")
    resources: Resources = Resources()
    runs: Annotated[tuple[Grid, ...], BeforeValidator(_listed)]

    @field_validator("runs")
    @classmethod
    def _some(cls, value: tuple[Grid, ...]) -> tuple[Grid, ...]:
        if not value:
            raise ValueError("a sweep wants at least one [[runs]] with methods")
        return value


def read_sweep(path: Path) -> Sweep:
    """Return what a sweep's file asks for.

    Raises:
        UserError: it cannot be read, is no TOML, or a key or value does not fit; the file and the key are named.
    """
    values = read_toml(path, "a sweep's TOML file")
    try:
        return Sweep.model_validate(values)
    except ValidationError as error:
        raise _user_error(path, values, error) from error


def where(path: Path, grid: int, key: str = "") -> str:
    """Return how messages name a place: `sweep.toml, [[runs]] 2, seeds`."""
    return f"{path}, [[runs]] {grid + 1}{', ' if key else ''}{key}"


_MODELS: Mapping[str, type[BaseModel]] = {"resources": Resources, "runs": Grid}


def _user_error(path: Path, values: Mapping[str, Any], error: ValidationError) -> UserError:
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")  # a misspelt key explains the rest
    loc = [part for part in first["loc"] if isinstance(part, int) or not part.startswith(("tuple", "constrained"))]
    keys = [str(part) for part in loc if isinstance(part, str)]
    grid = loc[1] if len(loc) > 1 and loc[0] == "runs" and isinstance(loc[1], int) else None
    location = str(path) if grid is None else where(path, grid)
    if first["type"] == "extra_forbidden":
        known = (_MODELS[keys[0]] if len(keys) > 1 else Sweep).model_fields
        return UserError(f"{location}: {unknown_name('key', '.'.join(keys[-1:]), known)}")
    name = cut(" ".join(".".join(keys[1:] if grid is not None else keys).split()))
    location += f", {name}" if name else ""
    if first["type"] == "missing":
        wanted = "wants methods, such as methods = ['rlssr']" if name == "methods" else "wants a [[runs]] with methods"
        return UserError(f"{location.removesuffix(f', {name}')} {wanted}")
    said = str(first.get("ctx", {}).get("error", "")) or f"{first['msg'][:1].lower()}{first['msg'][1:]}"
    if first["type"].startswith("model_") or first["type"] == "dict_type":
        said = "wants a table of keys"
    return UserError(f"{location}: {said}; came {_shown(first['input'])}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
