"""Members of an ensemble: finished runs of one task, scored on the same clips; captioning ones with one vocabulary."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from aacbench.contracts.context import RunContext
from aacbench.errors import UserError
from aacbench.runs.record import RunRecord
from aacbench.text.vocabulary import Vocabulary

VOCABULARY = "vocabulary.json"
LONGEST = 72  # of a variant's name: a seed may follow it in a file's


@dataclass(frozen=True)
class MemberRun:
    """A finished run: its folder and its record."""

    folder: Path
    record: RunRecord

    @property
    def keys(self) -> list[str]:
        """The keys of its stages: what it is, wherever it lies."""
        return [stage.key for stage in self.record.stages]


def read_members(paths: Sequence[str | Path]) -> list[MemberRun]:
    """Return the runs in these folders.

    Raises:
        UserError: fewer than two, one twice, no finished run, one of another task than the first, or without a
            vocabulary, or with other words than the first one's.
    """
    if len(paths) < 2:
        raise UserError(f"an ensemble wants at least two finished runs: --members RUN RUN ...; came {len(paths)}")
    members = [read_member(Path(path)) for path in paths]
    for index, member in enumerate(members):
        for other in members[:index]:
            if member.keys == other.keys:
                raise UserError(f"{other.folder} and {member.folder} are the same run; name each member once")
    for member in members[1:]:
        first, task = members[0], member.record.task
        if task != first.record.task:
            raise UserError(f"{first.folder} is for {first.record.task}, and {member.folder} for {task}; leave one out")
        if task == "captioning":
            _check_words(first, member)
    return members


def read_member(folder: Path) -> MemberRun:
    """Return one run; raises as `read_members`."""
    record = RunRecord.load(folder / "record.json")
    if record.task == "captioning" and not (folder / VOCABULARY).is_file():
        raise UserError(f"{folder} has no {VOCABULARY}: {record.method} says no captions word by word; leave it out")
    return MemberRun(folder, record)


def check_data(members: Sequence[MemberRun], context: RunContext) -> None:
    """Refuse members that were scored on other clips than this run is.

    Raises:
        UserError: one was; what its run was started with is named.
    """
    for member in members:
        data = member.record.data
        if data.fingerprints["evaluation"] == context.fingerprints["evaluation"]:
            continue
        options = "".join(f" --dataset-set {key}={value}" for key, value in data.settings.items())
        raise UserError(
            f"{member.folder} was run on {data.name} {data.version} with other evaluation clips than this run's "
            f"{context.dataset}; members are of one dataset, and want it as they had it: --dataset {data.name}{options}"
        )


def combined_name(members: Sequence[MemberRun]) -> str:
    """Return a name that is safe in paths: methods and variants with their counts, and a hash of the stages' keys."""
    digest = hashlib.sha256(json.dumps(sorted(member.keys for member in members)).encode()).hexdigest()[:8]
    counts = Counter(f"{member.record.method}.{member.record.variant}" for member in members)
    names = (name + (f"-x{count}" if count > 1 else "") for name, count in sorted(counts.items()))
    readable = re.sub(r"[^a-z0-9+._-]+", "-", "+".join(names).lower())
    return f"{readable[: LONGEST - 9].rstrip('+._-')}-{digest}"


def _check_words(first: MemberRun, other: MemberRun) -> None:
    ours, theirs = (Vocabulary.load(member.folder / VOCABULARY).words for member in (first, other))
    for number, (one, two) in enumerate(zip_longest(ours, theirs)):
        if one != two:
            raise UserError(
                f"{first.folder} and {other.folder} have no common vocabulary: {len(ours)} and {len(theirs)} words, of "
                f"which number {number} is {one!r} in one and {two!r} in the other; members want the same words in the "
                "same order, as runs on one split with the same vocabulary_rule and min_count have"
            )
