"""The dataset `esc50`: one tag a clip, for pretraining. ESC-10 is its version `esc10`.

The fold of the setting `fold` is `evaluation`; a part of the other four is `validation`, held out by recording.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.esc50.layouts import Sound, class_folders, read_sounds, table
from aacbench.datasets.shared.audio import check_audio, match_paths
from aacbench.datasets.shared.holdout import hold_out
from aacbench.datasets.shared.places import DatasetLocation
from aacbench.datasets.shared.settings import Settings
from aacbench.datasets.shared.tables import twice
from aacbench.errors import UserError, counted, first_few, unknown_name
from aacbench.types import Clip

SPLITS = ("development", "validation", "evaluation")
CLASSES = {"esc50": 50, "esc10": 10}
PER_CLASS = 40
ADVICE = "download ESC-50 from https://github.com/karolpiczak/ESC-50 and unpack it"


def open_dataset(options: DatasetOptions) -> Esc:
    """Return ESC as asked for; without a version, `esc10` where only its ten classes are there.

    Settings: `fold` is the evaluation fold (5), `validation` the fraction held out of the others (0.1), `seed` which
    one (0).

    Raises:
        UserError: unknown version or setting, no ESC where it was looked for, or not the version asked for.
    """
    if options.version not in (None, *CLASSES):
        raise unknown_name("version of esc50", str(options.version), CLASSES)
    settings = Settings("esc50", options.settings, ("fold", "validation", "seed"))
    wanted = "meta/esc50.csv, or folders such as '001 - Dog bark'"
    version = options.version or "esc50"
    folders = ("esc50", "ESC-50", "ESC-50-master", "esc10", "ESC-10", "ESC-10-master")
    root = DatasetLocation("esc50", "ESC", version, folders, _present, wanted, ADVICE).find(options.data_dir)
    sounds = read_sounds(root)
    count = len({sound.label for sound in sounds})
    version = options.version or ("esc10" if count <= CLASSES["esc10"] else "esc50")
    if version == "esc10" and count > CLASSES["esc10"]:
        sounds = [sound for sound in sounds if sound.in_ten]
        count = len({sound.label for sound in sounds})
    if count != CLASSES[version]:
        raise UserError(
            f"{root} has {count} classes, {version} {CLASSES[version]}; name another --data-dir or --version"
        )
    return Esc(root, version, sounds, settings)


def _present(root: Path) -> bool:
    return table(root) is not None or bool(class_folders(root))


class Esc:
    """ESC-50 or ESC-10 in a folder."""

    name = "esc50"
    splits: tuple[str, ...] = SPLITS

    def __init__(self, root: Path, version: str, sounds: list[Sound], settings: Settings) -> None:
        self.root, self.version = root, version
        if repeated := twice(sound.name for sound in sounds):
            raise UserError(
                f"{root} has {counted(len(repeated), 'clip')} twice: {first_few(repeated)}; take one of each out"
            )
        fold = int(settings.choice("fold", ("5", "1", "2", "3", "4")))
        training = [sound for sound in sounds if sound.fold != fold]
        share, seed = settings.fraction("validation", 0.1), settings.integer("seed", 0)
        kept, held = hold_out(training, share, seed, lambda sound: sound.recording, lambda sound: sound.label)
        evaluation = [sound for sound in sounds if sound.fold == fold]
        self._parts = {"development": kept, "validation": held, "evaluation": evaluation}
        self._counts = Counter(sound.label for sound in sounds)

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips, with their class as tag; every header has been read.

        Raises:
            UserError: no such split, or clips with missing or unreadable audio.
        """
        if split not in SPLITS:
            raise unknown_name("split of esc50", split, SPLITS)
        sounds = self._parts[split]
        matched = match_paths(self.root, [sound.place for sound in sounds])
        check_audio(f"{self.version} {split}", matched.files, matched.missing, self.root, f"Mend them, or {ADVICE}")
        return [
            Clip(sound.name, matched.files[sound.place], tags=(sound.label,), source=sound.recording)
            for sound in sounds
        ]

    def notes(self) -> list[str]:
        """Return how this copy differs from the published set."""
        odd = {label: count for label, count in self._counts.items() if count != PER_CLASS}
        return [f"{label} has {count} clips, officially {PER_CLASS}" for label, count in sorted(odd.items())]
