"""What a picture of a run needs besides it: its captioner with the network inside, its dataset, one of its clips."""

from __future__ import annotations

from pathlib import Path

from aacbench.contracts import Dataset, DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError, one_line, unknown_name
from aacbench.files.names import find_name
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.runs.record import RunRecord
from aacbench.runs.reopen import identity, open_run
from aacbench.types import Clip


def network_of(folder: Path, registries: Registries, device: str) -> NetworkCaptioner:
    """Return the captioner of a finished run with its network.

    Raises:
        UserError: there is no finished run, or its method has no network to look into.
    """
    captioner = open_run(folder, registries, device)
    if not isinstance(captioner, NetworkCaptioner):
        raise UserError(f"the captions of {folder} come from no network with attention; choose another method's run")
    return captioner


def dataset_of(folder: Path, registries: Registries, data_dir: Path | None) -> Dataset:
    """Return the dataset that the run in `folder` was scored on.

    Raises:
        UserError: the folder has no record, or the dataset is not installed or not found.
    """
    path = folder / "record.json"
    if not path.is_file():
        raise UserError(f"{folder} has no record.json; finish the run, or name a clip by the path of its audio file")
    record = RunRecord.load(path)
    try:
        spec = registries.datasets[identity(folder)["dataset"]]
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} holds no finished run ({one_line(error)}); name the folder of one") from error
    version = record.data.version if record.data.version in spec.versions else None
    return registries.dataset(spec.name, DatasetOptions(data_dir, version, record.data.settings))


def find_clip(dataset: Dataset, name: str) -> Clip:
    """Return the clip called `name`, from the evaluation split first.

    Raises:
        UserError: no split has the clip; near matches are named.
    """
    known: list[str] = []
    for split in sorted(dataset.splits, key=lambda split: split != "evaluation"):
        clips = {clip.id: clip for clip in dataset.clips(split)}
        if (own := find_name(name, clips)) is not None:
            return clips[own]
        known += list(clips)[:20]
    raise unknown_name(f"clip of {dataset.name}", name, known, "A path to an audio file will do, too.")
