"""ensemble: finished runs of any methods as one; captions are averaged word by word, similarities as they are.

Nothing is trained.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aacbench.contracts import Stage
from aacbench.contracts.context import RunContext
from aacbench.errors import AacbenchError, UserError, one_line
from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import load_json
from aacbench.inference.captioner import SearchCaptioner
from aacbench.inference.ensemble import EnsembleCaptioner
from aacbench.inference.retriever import EnsembleRetriever
from aacbench.methods.ensemble.members import VOCABULARY, MemberRun, check_data, read_member, read_members
from aacbench.methods.ensemble.outline import MethodConfig
from aacbench.methods.ensemble.settings import EnsembleSettings
from aacbench.runs.reopen import open_retriever, open_run
from aacbench.text.vocabulary import Vocabulary

STAGE = "members"
LISTED = "members.json"


@dataclass(frozen=True)
class Gather(Stage):
    """The stage: writes down which runs the members are."""

    members: Sequence[MemberRun]
    name: str = STAGE
    shared: bool = False

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        """Return what the members are: the keys of their stages, in their order."""
        return {"members": [member.keys for member in self.members]}

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        """Write where the members lie, and their words; return for the record what they are."""
        listed = [
            {
                "path": str(member.folder.resolve()),
                "beside": os.path.relpath(member.folder.resolve(), context.folder.resolve()),
                "keys": member.keys,
            }
            for member in self.members
        ]
        atomic_write(folder / LISTED, json.dumps(listed, indent=2))
        if self.members[0].record.task == "captioning":
            Vocabulary.load(self.members[0].folder / VOCABULARY).save(context.folder / VOCABULARY)
        return {"members": [_described(member) for member in self.members]}


class Ensemble(MethodConfig):
    """The method."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return the stage that writes the members down."""
        members = read_members(context.settings.members)
        check_data(members, context)
        return [Gather(members)]

    def captioner(self, context: RunContext) -> EnsembleCaptioner:
        """Return the members as one captioner.

        Raises:
            UserError: a member is gone, was run again since, or captions without steps from word to word.
        """
        settings: EnsembleSettings = context.settings
        members = [self.member(context, listed) for listed in _places(context)]
        search = members[0].settings if settings.search is None else settings.search
        return EnsembleCaptioner(members, search, settings.average)

    def retriever(self, context: RunContext) -> EnsembleRetriever:
        """Return the members as one retriever, whose similarities are the means of theirs; raises as `captioner`."""
        folders = [self.folder(context, listed) for listed in _places(context)]
        return EnsembleRetriever([open_retriever(path, context.registries, context.device) for path in folders])

    def export_members(self, context: RunContext, copy: RunContext, export: Callable[[Path, Path], None]) -> None:
        """Put the members below the exported folder, and list them by where they lie there."""
        listed = []
        for number, place in enumerate(_places(context)):
            inside = f"members/{number}"
            export(self.folder(context, place), copy.folder / inside)
            listed.append({**place, "path": inside, "beside": inside})
        atomic_write(copy.stages[STAGE] / LISTED, json.dumps(listed, indent=2))

    def folder(self, context: RunContext, place: Mapping[str, Any]) -> Path:
        """Return a member's folder: where it lay relative to this run, or where it lay at all."""
        beside = context.folder.resolve() / place["beside"]
        folder = beside if (beside / "record.json").is_file() else Path(place["path"])
        if read_member(folder).keys != place["keys"]:
            raise UserError(f"{folder} was run again since the ensemble was made; run the ensemble again")
        return folder

    def member(self, context: RunContext, place: Mapping[str, Any]) -> SearchCaptioner:
        """Return one member that captions."""
        folder = self.folder(context, place)
        captioner = open_run(folder, context.registries, context.device)
        if not isinstance(captioner, SearchCaptioner):
            raise UserError(f"the captions of {folder} are not searched for word by word; leave it out of the ensemble")
        return captioner


def _places(context: RunContext) -> list[dict[str, Any]]:
    path = context.stages.get(STAGE, context.folder) / LISTED
    try:
        listed: list[dict[str, Any]] = load_json(path)
        if not all(isinstance(entry["path"], str) and isinstance(entry["beside"], str) for entry in listed):
            raise ValueError("a member's folder is no text")
        return [{**entry, "keys": entry["keys"]} for entry in listed]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AacbenchError(f"{path} lists no members ({one_line(error)}); run the ensemble again") from error


def _described(member: MemberRun) -> dict[str, Any]:
    record = member.record
    return {
        "method": record.method,
        "variant": record.variant,
        "preset": record.preset,
        "seed": record.seed,
        "stages": {stage.name: stage.key for stage in record.stages},
    }
