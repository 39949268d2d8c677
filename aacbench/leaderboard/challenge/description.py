"""A system's YAML file: who submits it, what it is, what it takes, what it learned from, and its scores.

What nobody said is there, and empty, for a person to fill in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aacbench.leaderboard.challenge.layout import Label
from aacbench.runs.about import About
from aacbench.runs.record import RunRecord

SHORT = 10  # characters of an abbreviation
_AUTHOR = re.compile(r"(?P<name>[^<>]*?)\s*(?:<(?P<email>[^<>\s]+@[^<>\s]+)>)?")
_FILL_IN = "# Empty places are for you to fill in; `aacbench dcase check` names them.\n"


def description(label: Label, about: About, record: RunRecord | None) -> str:
    """Return the file's text; `record` is that of a run, None of predictions that were made elsewhere."""
    import yaml  # loaded where a package is written

    learned = [*(about.trained_on or []), *(name for name in about.external_data or [])]
    content = {
        "submission": {
            "label": str(label),
            "name": about.name or (f"{record.method} {record.variant}" if record else None),
            "abbreviation": (record.method if record else about.name)[:SHORT] or None,
            "authors": [*_authors(about, label)],
        },
        "system": {
            "description": {
                "summary": about.summary or None,
                "method": record.method if record else None,
                "variant": record.variant if record else None,
                "seed": record.seed if record else None,
                "paper": about.url or about.paper or None,
            },
            "complexity": dict(
                total_parameters=about.parameters or (_parameters(record) if record else None),
                macs=about.macs,
                decoding_seconds=(record.decoding_seconds or None) if record else about.runtime,
            ),
            "training_datasets": [*dict.fromkeys(learned)] or None,
            "external_datasets": [{"name": name} for name in about.external_data or []],
            "source_code": about.code or None,
        },
        "results": {
            "development_evaluation": {name: round(score.value, 6) for name, score in record.scores.items()}
            if record
            else None
        },
    }
    return _FILL_IN + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _authors(about: About, label: Label) -> Iterator[dict[str, Any]]:
    affiliation = {"abbreviation": label.institute, "institute": None, "location": None}
    for number, text in enumerate(about.authors or [label.author]):
        found = _AUTHOR.fullmatch(text.strip())
        name, email = (found["name"], found["email"]) if found else (text, None)
        last, comma, first = name.partition(",")
        if not comma:
            first, _, last = name.rpartition(" ")
        author = {"lastname": last.strip(), "firstname": first.strip() or None, "email": email}
        yield {**author, **({"corresponding": True} if number == 0 else {}), "affiliation": dict(affiliation)}


def _parameters(record: RunRecord) -> int | None:
    own = [stage.summary.get("parameters") for stage in record.stages if "start" not in stage.summary]
    return sum(count for count in own if isinstance(count, int)) or None


def problems(content: Any, label: str) -> Iterator[str]:
    """Yield what a system's description lacks, or says wrongly."""
    if not isinstance(content, Mapping):
        yield "holds no keys; wanted submission, system and results"
        return
    submission = _part(content, "submission")
    said = submission.get("label")
    if said != label:
        yield f"says the label {said!r}; its file says {label!r}"
    for key in ("name", "abbreviation"):
        if not isinstance(submission.get(key), str) or not submission[key].strip():
            yield f"has no submission.{key}"
    short = submission.get("abbreviation")
    if isinstance(short, str) and len(short) > SHORT:
        yield f"has an abbreviation of {len(short)} characters; at most {SHORT}"
    yield from _of_authors(submission.get("authors"))
    complexity = _part(_part(content, "system"), "complexity")
    total = complexity.get("total_parameters")
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        yield "has no whole number as system.complexity.total_parameters"
    if not _part(_part(content, "system"), "description"):
        yield "has no system.description"
    scores = _part(content, "results")
    if not any(isinstance(value, Mapping) and value for value in scores.values()):
        yield "has no scores on the development data under results"


def _of_authors(authors: Any) -> Iterator[str]:
    if not isinstance(authors, list) or not authors or not all(isinstance(author, Mapping) for author in authors):
        yield "has no list of submission.authors"
        return
    for number, author in enumerate(authors, 1):
        lacking = [key for key in ("lastname", "firstname") if not author.get(key)]
        lacking += [] if _part(author, "affiliation").get("institute") else ["affiliation.institute"]
        if lacking:
            yield f"has an author ({number}) without {', '.join(lacking)}"
    corresponding = [author for author in authors if author.get("corresponding")]
    if len(corresponding) != 1:
        yield f"has {len(corresponding)} corresponding authors; one is wanted"
    elif not isinstance(corresponding[0].get("email"), str) or "@" not in corresponding[0]["email"]:
        yield "has a corresponding author without an email address"


def _part(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = content.get(key)
    return part if isinstance(part, Mapping) else {}
