"""The run record: what ran, on what, with which result. Version 2 of its schema; records are data that outlive code.

Version 2 adds the interval of a score; records of version 1 are read as such without intervals.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from aacbench.errors import UserError
from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import parse_unique, read_bytes, reason
from aacbench.runs.about import About
from aacbench.runs.bounds import Count, Level, Name, ScoreValue, Seconds, Seed, StageName, Text, Values
from aacbench.runs.costs import DecodingCosts, NetworkRecord, StageCosts
from aacbench.runs.provenance import PluginCode, Provenance

SCHEMA_VERSION = 2
ROUNDING = 1e-9


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataRecord(_Part):
    """What a run was trained and scored on; fingerprints cover ids, audio content and references.

    `parts` says the same of each dataset that a mix is made of. `split` is that of the dataset which was scored: the
    part that `clips` and `fingerprints` call evaluation.
    """

    name: Name
    version: Text
    settings: dict[Text, Text] = {}
    clips: dict[Text, Count]
    fingerprints: dict[Text, Text]
    notes: list[str] = []
    parts: dict[Text, Values] = {}
    split: Text = "evaluation"


class StageRecord(_Part):
    """One stage: the key its inputs hash to, its seconds and the numbers it reported; `label` is for tables.

    `made` is what it was run with, and when it was run; None where an older version ran it.
    """

    name: StageName
    key: Text
    seconds: Seconds
    summary: Values = {}
    label: Text | None = None
    made: Provenance | None = None
    costs: StageCosts | None = None


class IntervalRecord(_Part):
    """A bootstrap confidence interval over clips; `of_item_mean` as in `scoring.report.Interval`."""

    low: ScoreValue
    high: ScoreValue
    level: Level
    resamples: Count
    of_item_mean: bool = False


class ScoreRecord(_Part):
    """A corpus score with the signature that says how it was computed, and its interval where it was computed."""

    value: ScoreValue
    signature: Values
    interval: IntervalRecord | None = None

    def same(self, other: ScoreRecord) -> bool:
        """Whether both say the same; processors of another make round the last digits otherwise."""
        numbers = [[one.value, *(one.interval.model_dump().values() if one.interval else ())] for one in (self, other)]
        return (
            self.signature == other.signature
            and len(numbers[0]) == len(numbers[1])
            and all(
                math.isclose(mine, theirs, rel_tol=ROUNDING, abs_tol=ROUNDING)
                if isinstance(mine, float)
                else mine == theirs
                for mine, theirs in zip(*numbers, strict=True)
            )
        )


class RunRecord(_Part):
    """A whole run, or (`source: submitted`) what was handed in of a system that ran elsewhere.

    `role` says whether the system ranks; `predictions` is the SHA-256 of the file that was handed in. `libraries`,
    `hardware`, `commit` and `plugins` are those of decoding; stages have their own. `unanswered` names, by what went
    wrong, the clips that the system gave no caption for; each was scored as an empty one.
    """

    schema_version: Literal[1, 2] = 2
    source: Literal["run", "submitted"] = "run"
    role: Literal["system", "floor", "ceiling"] = "system"
    task: Text = "captioning"
    method: Name
    variant: Name
    preset: Name
    seed: Seed
    settings: Values
    data: DataRecord
    stages: list[StageRecord]
    decoding_seconds: Seconds
    scores: dict[Name, ScoreRecord]
    libraries: dict[Text, Text]
    hardware: Values
    commit: Text | None = None
    plugins: dict[Name, PluginCode] = {}
    costs: DecodingCosts | None = None
    network: NetworkRecord | None = None
    unanswered: dict[Name, list[Text]] = {}
    about: About = About()
    predictions: Text | None = None

    @field_validator("schema_version")
    @classmethod
    def _migrate(cls, _: int) -> Literal[2]:
        return 2

    @model_validator(mode="after")
    def _evaluated(self) -> Self:
        if "evaluation" not in self.data.clips or (self.source == "run" and "evaluation" not in self.data.fingerprints):
            raise ValueError("clips and fingerprints want those of the evaluation clips")
        return self

    def save(self, path: Path) -> None:
        """Write the record as JSON."""
        atomic_write(path, self.text())

    def text(self) -> str:
        """Return the record as its file holds it."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def load(cls, path: Path) -> RunRecord:
        """Read a record.

        Raises:
            UserError: there is none, or it does not follow the schema.
        """
        if not os.path.exists(path):
            raise UserError(f"no record at {path}; name the folder of a finished run")
        try:
            return cls.model_validate(parse_unique(read_bytes(path)), strict=True)
        except ValueError as error:
            raise UserError(f"{path} is no run record of schema {SCHEMA_VERSION}: {reason(error)}") from error
