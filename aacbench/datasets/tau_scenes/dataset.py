"""The dataset `tau-scenes`: scene labels, for pretraining.

`development` and `evaluation` are the official fold's training and test clips where the fold is there, else parts by
place; `validation` is held out of the training clips by place, for each scene. `all` is everything in `meta.csv`.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.shared import tau
from aacbench.datasets.shared.audio import check_audio, match_paths
from aacbench.datasets.shared.holdout import hold_out
from aacbench.datasets.shared.places import DatasetLocation
from aacbench.datasets.shared.settings import Settings
from aacbench.datasets.tau_scenes.tables import fold_file, read_fold, read_meta
from aacbench.errors import unknown_name
from aacbench.types import Clip

SPLITS = ("development", "validation", "evaluation", "all")
TEST_SHARE = 0.3  # of the official folds, for copies without one


def open_dataset(options: DatasetOptions) -> TauScenes:
    """Return TAU's scenes as asked for; without a version, the first of 2020 and 2019 that is there.

    Settings: `validation` is the fraction held out of the training clips (0.1), `seed` which one (0).

    Raises:
        UserError: unknown version or setting, or no `meta.csv` where it was looked for.
    """
    if options.version not in (None, *tau.FOLDERS):
        raise unknown_name("version of tau-scenes", str(options.version), tau.FOLDERS)
    settings = Settings("tau-scenes", options.settings, ("validation", "seed"))
    locations = [_place(version) for version in tau.FOLDERS if options.version in (None, version)]
    there = (
        (location, root)
        for location in locations
        for root in location.candidates(options.data_dir)
        if location.present(root)
    )
    location, root = next(there, (None, None))
    if location is None or root is None:
        location, root = locations[0], locations[0].find(options.data_dir)
    return TauScenes(root, options.version or _version_of(root, location.version), settings)


def _place(version: str) -> DatasetLocation:
    folder = tau.FOLDERS[version]
    folders = (folder, f"tau-scenes/{version}/{folder}", f"tau-scenes/{version}", "tau-scenes")
    return DatasetLocation("tau-scenes", "TAU scenes", version, folders, _present, f"meta.csv, there or in {folder}")


def _present(root: Path) -> bool:
    return (root / "meta.csv").is_file() or any((root / name / "meta.csv").is_file() for name in tau.FOLDERS.values())


def _version_of(root: Path, located: str) -> str:
    named = [version for version, folder in tau.FOLDERS.items() if root.name == folder or (root / folder).is_dir()]
    return named[0] if len(named) == 1 else located


class TauScenes:
    """The scenes of one version in a folder."""

    name = "tau-scenes"
    splits: tuple[str, ...] = SPLITS

    def __init__(self, root: Path, version: str, settings: Settings) -> None:
        below = root / tau.FOLDERS[version]
        self.root = below if (below / "meta.csv").is_file() else root
        self.version = version
        self.validation = settings.fraction("validation", 0.1)
        self.seed = settings.integer("seed", 0)
        self._clips: dict[str, list[Clip]] = {}

    @cached_property
    def scenes(self) -> dict[str, str]:
        """The scene of each clip by its file name."""
        return read_meta(self.root / "meta.csv")

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips, with their scenes; every header has been read.

        Raises:
            UserError: no such split, a damaged table, or clips with missing or unreadable audio.
        """
        if split not in SPLITS:
            raise unknown_name("split of tau-scenes", split, SPLITS)
        if split not in self._clips:
            names = self._parts[split]
            matched = match_paths(self.root, names)
            advice = f"Mend them, or run `aacbench fetch tau-scenes --version {self.version} --data-dir FOLDER`"
            check_audio(f"tau-scenes {self.version} {split}", matched.files, matched.missing, self.root, advice)
            self._clips[split] = [
                Clip(Path(name).name, matched.files[name], scene=self.scenes[name], source=_place_of(name))
                for name in names
            ]
        return list(self._clips[split])

    def notes(self) -> list[str]:
        """Return how this copy differs from the published set."""
        notes = []
        if len(self.scenes) != tau.CLIPS[self.version]:
            official = tau.CLIPS[self.version]
            notes.append(f"meta.csv has {len(self.scenes):,} clips, the official set of {self.version} {official:,}")
        if not all(fold_file(self.root, split) for split in ("development", "evaluation")):
            notes.append(
                f"there is no fold: {TEST_SHARE:.0%} of the places are the evaluation clips (seed {self.seed})"
            )
        return notes

    @cached_property
    def _parts(self) -> dict[str, list[str]]:
        names = list(self.scenes)
        files = [fold_file(self.root, split) for split in ("development", "evaluation")]
        if files[0] and files[1]:
            training, evaluation = (read_fold(path, self.scenes) for path in files if path)
        else:
            training, evaluation = hold_out(names, TEST_SHARE, self.seed, _place_of, self.scenes.__getitem__)
        kept, held = hold_out(training, self.validation, self.seed, _place_of, self.scenes.__getitem__)
        return {"development": kept, "validation": held, "evaluation": evaluation, "all": names}


def _place_of(name: str) -> str:
    parsed = tau.parse(name)
    return parsed.place if parsed else name
