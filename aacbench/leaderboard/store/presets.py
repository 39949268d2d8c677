"""Which settings a preset stands for: what a record must have been run with to bear its name.

`presets.json` pins, by `method/variant/preset`, a digest of the settings: under `presets` those that the method itself
gives that name, which is what claims are tested on, under `own` those of runs with changed settings, which bear a name
of their own. A preset that changes from release to release has several.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from aacbench.errors import UserError
from aacbench.files.safe_read import parse_unique, read_bytes, reason
from aacbench.runs.bounds import Text
from aacbench.runs.record import RunRecord

FILE = "presets.json"
Group = Literal["presets", "own"]


class Presets(BaseModel):
    """Digests of settings by `method/variant/preset`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    presets: dict[Text, list[Text]] = {}
    own: dict[Text, list[Text]] = {}

    def official(self, record: RunRecord) -> bool:
        """Whether the record's settings are those that its method gives the preset's name."""
        return settings_digest(record.settings) in self.presets.get(key_of(record), ())

    def problem(self, record: RunRecord) -> str | None:
        """Return what is wrong with the record's preset; a submission has none."""
        if record.source == "submitted" or self.official(record):
            return None
        if settings_digest(record.settings) in self.own.get(key_of(record), ()):
            return None
        if not self.presets and not self.own:
            return f"needs {FILE}, which is not there; `aacbench leaderboard rescore` makes it of the records"
        return f"bears the name of the preset {record.preset}, but its settings are not those that {FILE} pins for it"

    def with_record(self, record: RunRecord, group: Group) -> Presets:
        """Return the pins with the record's settings among them."""
        known, digest = getattr(self, group), settings_digest(record.settings)
        mine = known.get(key_of(record), [])
        if digest in mine:
            return self
        return self.model_copy(update={group: {**known, key_of(record): [*mine, digest]}})

    def text(self) -> str:
        """Return what the file holds."""
        return json.dumps(self.model_dump(), indent=2, sort_keys=True) + "\n"


def key_of(record: RunRecord) -> str:
    """Return `method/variant/preset`."""
    return f"{record.method}/{record.variant}/{record.preset}"


def settings_digest(settings: Mapping[str, Any]) -> str:
    """Return a short hash of settings, whatever their order."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def load(root: Path) -> Presets:
    """Return the pins; none where there is no file yet.

    Raises:
        UserError: the file does not follow the schema.
    """
    path = root / FILE
    if not path.exists():
        return Presets()
    try:
        return Presets.model_validate(parse_unique(read_bytes(path)), strict=True)
    except ValueError as error:
        raise UserError(f"{path} holds no settings of presets: {reason(error)}") from error
