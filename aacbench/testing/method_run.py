"""The contract of a method as a user meets it: it runs, resumes after kills, repeats itself, captions or searches."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aacbench.contracts import DatasetOptions, MethodSpec
from aacbench.contracts.registry import Registries
from aacbench.runs.execute import RunRequest, open_retriever, open_run, run
from aacbench.runs.record import RunRecord
from aacbench.runs.tasks.retrieval import ranked, relevant_clips
from aacbench.testing.material import own_home
from aacbench.testing.report import Checked, ContractError, find
from aacbench.training import checkpoint
from aacbench.types import Clip

MOST_KILLS = 30
Save = Callable[..., None]


class _Killed(BaseException):
    """Stands for a kill."""


def check_method_run(
    part: str | MethodSpec,
    folder: Path,
    variant: str | None = None,
    dataset: str = "soundscapes",
    metrics: Sequence[str] | None = None,
    **changes: Any,
) -> None:
    """Run the preset `smoke` on the CPU below `folder` (slow): whole, then killed once in every training stage.

    Both runs have to give the same predictions and scores, a finished run is loaded and not run again, and the
    captioner or retriever of a finished run says what the run predicted. Captions are scored by BLEU alone, unless
    `metrics` says otherwise. `changes` are settings, as `--set` takes them.

    Raises:
        ContractError: it does not keep the contract.
        UserError: it is not installed, or a setting does not fit.
    """
    spec, checked, registries = find(MethodSpec, part)
    scores = metrics or (("bleu",) if spec.task == "captioning" else None)

    def once(subfolder: str) -> tuple[RunRecord, Path]:
        with own_home(folder / subfolder / "home"):
            request = RunRequest(
                method=spec.name,
                dataset=dataset,
                variant=variant,
                preset="smoke",
                changes=changes,
                output=folder / subfolder,
                device="cpu",
                metrics=scores,
            )
            return run(request, registries)

    record, whole = once("whole")
    _record(checked, record, spec)
    kills = _until_done(checked, lambda: once("killed"))
    _, cut = once("killed")
    for name in ("predictions.csv", "items.csv"):
        same = (whole / name).read_bytes() == (cut / name).read_bytes()
        checked.require(same, f"the same {name} after {kills} kills as of a whole run", "another")
    with _saving(_refuse(checked)):
        again, _ = once("whole")
    checked.require(again.scores == record.scores, "a finished run to show the same scores", again.scores)
    source = registries.datasets[dataset]
    with own_home(folder / "whole" / "home"):
        clips = registries.dataset(dataset, DatasetOptions(settings=source.smoke)).clips("evaluation")
        (_captions if spec.task == "captioning" else _searches)(checked, whole, clips, registries)


def _captions(checked: Checked, whole: Path, clips: Sequence[Clip], registries: Registries) -> None:
    captions = {row["file_name"]: row["caption_predicted"] for row in _predictions(whole)}
    checked.require([clip.id for clip in clips] == list(captions), "a prediction for every clip", list(captions))
    said = open_run(whole, registries, "cpu").caption(clips[:3])
    wanted = [captions[clip.id] for clip in clips[:3]]
    checked.require(said == wanted, f"the captioner of a finished run to say what it predicted, {wanted}", said)


def _searches(checked: Checked, whole: Path, clips: Sequence[Clip], registries: Registries) -> None:
    rows = _predictions(whole)
    queries, wanted = [row["caption"] for row in rows], [row["file_name_1"] for row in rows]
    checked.require(queries == list(relevant_clips(clips)), "a list for every reference", f"{len(queries)} lists")
    retriever = open_retriever(whole, registries, "cpu")
    similarity = retriever.embed_texts(queries[:3]) @ retriever.embed_clips(clips).T
    retrieved = [names[0] for names in ranked(similarity, [clip.id for clip in clips])]
    checked.require(
        retrieved == wanted[:3], f"the retriever of a finished run to find what it did, {wanted[:3]}", retrieved
    )


def _record(checked: Checked, record: RunRecord, spec: MethodSpec) -> None:
    checked.require(record.method == spec.name, f"a record of {spec.name}", record.method)
    names = [stage.name for stage in record.stages]
    checked.require(len(set(names)) == len(names), "stages, each with a name of its own", names)
    labels = [stage.label for stage in record.stages]
    checked.require(all(label is None or "\n" not in label for label in labels), "labels of one line", labels)
    checked.require(bool(record.scores), "scores in the record", "none")


def _predictions(folder: Path) -> list[dict[str, str]]:
    with (folder / "predictions.csv").open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def _until_done(checked: Checked, once: Callable[[], object]) -> int:
    """Repeat a run that is killed after the first checkpoint of each stage; return how often that was."""
    seen: set[Path] = set()
    keep = checkpoint.save

    def dying(path: Path, *arguments: Any) -> None:
        keep(path, *arguments)
        if path.name == "last.safetensors" and path not in seen:
            seen.add(path)
            raise _Killed

    with _saving(dying):
        for kills in range(MOST_KILLS):
            try:
                once()
            except _Killed:
                continue
            return kills
    checked.require(False, f"a run that gets through after {MOST_KILLS} kills", "none")
    return MOST_KILLS


def _refuse(checked: Checked) -> Save:
    def refuse(path: Path, *arguments: Any) -> None:
        raise ContractError(f"{checked.name}: wanted a finished run to train no more; came a checkpoint at {path}")

    return refuse


@contextmanager
def _saving(save: Save) -> Iterator[None]:
    """Have checkpoints written by `save` inside the block."""
    kept = checkpoint.save
    checkpoint.save = save
    try:
        yield
    finally:
        checkpoint.save = kept
