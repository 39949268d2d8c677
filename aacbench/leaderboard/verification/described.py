"""What the installed method says of its own run: its role, its paper, and whether its settings are the preset's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aacbench.contracts import CompositeMethod, MethodSpec, outline
from aacbench.contracts.registry import Registries
from aacbench.errors import AacbenchError, UserError, cut
from aacbench.leaderboard.store import presets as all_presets
from aacbench.leaderboard.store.presets import Group
from aacbench.runs.about import About
from aacbench.runs.record import RunRecord, StageRecord
from aacbench.runs.resolve import find_variant, method_settings


def described(record: RunRecord, registries: Registries) -> RunRecord:
    """Return the run's record with its method's role, citation and a name that a person reads.

    Raises:
        UserError: a submission is no run.
    """
    if record.source != "run":
        raise UserError("this record is of a submission; a run's record says `source: run`")
    if record.method not in registries.methods:
        return record
    spec = registries.methods[record.method]
    summary = next((variant.summary for variant in spec.variants if variant.name == record.variant), "")
    own = spec.variants[0].name == "default"
    name = f"{spec.name.upper()}, {summary}" if summary and not own else ""
    trained = sorted({record.data.name, *_pretrained_on(record)})
    about = About(
        name=name, summary=spec.summary, paper=spec.paper, url=spec.url, code=spec.code,
        trained_on=trained if record.stages else [],
    )  # fmt: skip
    stages = [stage.model_copy(update={"label": _label(stage, registries)}) for stage in record.stages]
    return record.model_copy(update={"role": spec.role, "about": about, "stages": stages})


def _label(stage: StageRecord, registries: Registries) -> str | None:
    """Return a stage's word for tables: its own, or that of the objective that it pretrains on."""
    if stage.label is not None:
        return stage.label
    names = (f"{stage.name}-".startswith(f"pretrain-{spec.name}-") for spec in registries.pretraining)
    return next((spec.label for spec, named in zip(registries.pretraining, names, strict=True) if named), None)


def _pretrained_on(record: RunRecord) -> list[str]:
    """Return the datasets that the stages say they learned from."""
    return [name for stage in record.stages if isinstance(name := stage.summary.get("dataset"), str)]


def preset_group(root: Path, run: Path, record: RunRecord, registries: Registries) -> Group:
    """Return `presets` where the record's settings are those of the preset whose name it bears.

    Raises:
        UserError: they are others.
    """
    pins = all_presets.load(root)
    if pins.official(record):
        return "presets"
    wanted = _preset_settings(record, registries)
    changed = first_difference(wanted[0], wanted[1]) if wanted else None
    if changed is None and (wanted or all_presets.key_of(record) not in pins.presets):
        return "presets"
    said = f": {changed}" if changed else ""
    raise UserError(
        f"{run} was run with other settings than those of the preset {record.preset}{cut(said)}; give them a name of "
        "their own with --label NAME"
    )


def _preset_settings(record: RunRecord, registries: Registries) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the preset's settings and the record's, in today's form; None where the preset fixes none."""
    if record.method not in registries.methods:
        return None
    spec: MethodSpec = registries.methods[record.method]
    try:
        known = outline(spec)
        composed = isinstance(known, CompositeMethod)
        variant = known.named(record.variant, registries) if composed else find_variant(spec, record.variant)
        wanted = method_settings(known, spec, record.preset, variant, {}).model_dump(mode="json")
        return wanted, known.settings.model_validate(record.settings).model_dump(mode="json")
    except (AacbenchError, ValueError):  # a combination without a name, or settings of another release
        return None


def first_difference(wanted: Any, mine: Any, path: str = "") -> str | None:
    """Return the first setting that differs, and how."""
    if isinstance(wanted, dict) and isinstance(mine, dict):
        for key in {**wanted, **mine}:
            if (said := first_difference(wanted.get(key), mine.get(key), f"{path}.{key}" if path else key)) is not None:
                return said
        return None
    return None if wanted == mine else f"{path} is {cut(repr(mine), 40)}, not {cut(repr(wanted), 40)}"
