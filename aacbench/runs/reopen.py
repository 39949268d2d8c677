"""Finished runs, opened again from their folders to caption or to search."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aacbench.contracts import Captioner, DatasetOptions, MethodTask, Retriever, load
from aacbench.contracts.context import RunContext
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.files.safe_read import load_json
from aacbench.inference.postprocessed import PostProcessed, rule_of
from aacbench.runs.settings import rebuild
from aacbench.runs.stages import find_stages, require_whole
from aacbench.runtime.device import pick_device
from aacbench.text.postprocess import NONE

EXAMPLES: Mapping[MethodTask, str] = {
    "captioning": "runs/soundscapes/rlssr/base+pann+l1/seed0",
    "retrieval": "runs/soundscapes/sjtu2022-retrieval/wlcnn14+bert-base/seed0",
}
OTHERWISE: Mapping[MethodTask, str] = {
    "captioning": "caption with it: aacbench caption",
    "retrieval": "search with it: aacbench search",
}


def open_run(folder: Path, registries: Registries, device: str) -> Captioner:
    """Return the captioner of a finished run.

    Raises:
        UserError: the folder holds no finished run, or one of another task.
    """
    method, context = reopened(folder, registries, device, "captioning")
    captioner: Captioner = method.captioner(context)
    return captioner if rule_of(context.settings) == NONE else PostProcessed(captioner, context.settings)


def open_retriever(folder: Path, registries: Registries, device: str) -> Retriever:
    """Return the retriever of a finished run.

    Raises:
        UserError: the folder holds no finished run, or one of another task.
    """
    method, context = reopened(folder, registries, device, "retrieval")
    retriever: Retriever = method.retriever(context)
    return retriever


def stored_run(folder: Path, registries: Registries, task: MethodTask) -> dict[str, Any]:
    """Return what a finished run says of itself; no network is loaded.

    Raises:
        UserError: the folder holds no finished run, or one of another task.
    """
    try:
        stored = identity(folder)
        find_stages(folder)
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} holds no finished run; name a folder such as {EXAMPLES[task]}") from error
    spec = registries.methods[stored["method"]]
    done: MethodTask = stored.get("task", spec.task)  # older runs are of methods with one task
    if done != task:
        raise UserError(f"{folder} is a run of {spec.name}, which is for {done}; {OTHERWISE[done]}")
    return stored


def identity(folder: Path) -> dict[str, Any]:
    """Return what lies in `run.json`: names of method, variant, preset and dataset, the seed and the settings.

    Raises:
        OSError, ValueError: there is no such file, or it is damaged.
    """
    stored = load_json(folder / "run.json")
    kinds = {"method": str, "variant": str, "dataset": str, "seed": int, "settings": dict}
    if not isinstance(stored, dict) or not all(isinstance(stored.get(key), kind) for key, kind in kinds.items()):
        raise ValueError(f"wanted {', '.join(kinds)}")
    return stored


def reopened(folder: Path, registries: Registries, device: str, task: MethodTask) -> tuple[Any, RunContext]:
    """Return the method of a finished run, and the run's context without clips.

    Raises:
        UserError: the folder holds no finished run, or one of another task.
        DamagedError: a file of the run is not what a stage left.
    """
    stored, stages = stored_run(folder, registries, task), find_stages(folder)
    require_whole(stages)
    method = load(registries.methods[stored["method"]].factory)()
    context = RunContext(
        method=stored["method"],
        variant=stored["variant"],
        settings=rebuild(method.settings, stored["settings"]),
        seed=stored["seed"],
        device=pick_device(device),
        dataset=stored["dataset"],
        options=DatasetOptions(),
        folder=folder,
        registries=registries,
        stages=stages,
    )
    return method, context
