"""The papers' datasets in their official layouts, small, with real clips and captions of clotho-mini.

Where that folder of test data is not, as on a public runner, clips of soundscapes take their place.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import soundfile

from aacbench.contracts import DatasetOptions
from aacbench.datasets.shared import tau
from aacbench.host import manager

Row = list[str]
SPLITS = {"development": 6, "validation": 2, "evaluation": 2}


HEADER = ["file_name", *(f"caption_{number}" for number in range(1, 6))]


def clips_and_captions(test_data: Path, folder: Path) -> Path:
    """Return clotho-mini, or a folder in its layout with scenes of soundscapes, made in `folder`."""
    mini = test_data / "clotho-mini"
    if mini.is_dir():
        return mini
    registries = manager.load([]).registries
    options = DatasetOptions(folder / "soundscapes", settings=registries.datasets["soundscapes"].smoke)
    scenes = registries.dataset("soundscapes", options)
    for split, count in SPLITS.items():
        clips = scenes.clips(split)[:count]
        _table(folder / f"clotho_captions_{split}.csv", HEADER, [[clip.id, *clip.captions] for clip in clips])
        for clip in clips:
            _link(Path(str(clip.audio)), folder / split / clip.id)
    return folder


def make_data(root: Path, mini: Path, seconds: float) -> Path:
    """Write Clotho, AudioCaps, MACS, TAU's scenes of 2019 and 2020, and AudioSet below `root`; return it.

    Each has `seconds` of the clips in `mini`, a folder in Clotho's layout; all but Clotho have the same ones under
    their own names.
    """
    rows = {split: captions_of(mini, split)[:count] for split, count in SPLITS.items()}
    clotho = root / "clotho"
    for split, chosen in rows.items():
        _table(clotho / f"clotho_captions_{split}.csv", HEADER, chosen)
        for name, *_ in chosen:
            _cut(mini / split / name, clotho / split / name, seconds)
    clips = [(clotho / "development" / name, captions) for name, *captions in rows["development"]]
    _audiocaps(root / "audiocaps", clips)
    _scenes(root, [path for path, _ in clips])
    _macs(root / "macs", clips, root / tau.FOLDERS["2019"] / "audio")
    _audioset(root / "audioset", [path for path, _ in clips])
    return root


def captions_of(mini: Path, split: str) -> list[Row]:
    with (mini / f"clotho_captions_{split}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _table(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerows([header, *rows])


def _cut(source: Path, target: Path, seconds: float) -> None:
    samples, rate = soundfile.read(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(target, samples[: int(seconds * rate)], rate)


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.hardlink_to(source)


def _video(index: int) -> str:
    return f"vid{index:08d}"


def _audiocaps(root: Path, clips: Sequence[tuple[Path, Row]]) -> None:
    header, number = ["audiocap_id", "youtube_id", "start_time", "caption"], 0
    parts = {"train": (clips[:4], 1), "val": (clips[4:5], 5), "test": (clips[5:], 5)}
    for name, (chosen, count) in parts.items():
        rows = []
        for path, captions in chosen:
            index = [one for one, _ in clips].index(path)
            _link(path, root / f"{_video(index)}_30.wav")
            for caption in captions[:count]:
                rows.append([str(number), _video(index), "30", caption])
                number += 1
        _table(root / f"{name}.csv", header, rows)


def _scene(index: int) -> str:
    return ("airport", "park")[index % 2]


def _scenes(root: Path, clips: Sequence[Path]) -> None:
    """Each scene at several places, so that some can be held out."""
    for folder in tau.FOLDERS.values():
        names = [f"audio/{_scene(index)}-lyon-{100 + index}-{index}-a.wav" for index in range(len(clips))]
        for name, path in zip(names, clips, strict=True):
            _link(path, root / folder / name)
        rows = [[name, _scene(index), f"lyon-{100 + index}", "a"] for index, name in enumerate(names)]
        _table(root / folder / "meta.csv", ["filename", "scene_label", "identifier", "source_label"], rows, "\t")


def _macs(root: Path, clips: Sequence[tuple[Path, Row]], audio: Path) -> None:
    lines = ["files:"]
    for path, (_, captions) in zip(sorted(audio.iterdir()), clips, strict=True):
        _link(path, root / "audio" / path.name)
        lines += [f"- filename: {path.name}", "  annotations:"]
        for annotator, caption in enumerate(captions[:2]):
            text = caption.replace('"', "'")
            lines += [f"  - annotator_id: {annotator}", f'    sentence: "{text}"', "    tags: [adults_talking]"]
    (root / "MACS.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _audioset(root: Path, clips: Sequence[Path]) -> None:
    """Four classes in place of 527."""
    labels = [[str(index), f"/m/{index}", name] for index, name in enumerate(("Dog", "Rain", "Speech", "Wind"))]
    _table(root / "class_labels_indices.csv", ["index", "mid", "display_name"], labels)
    lines = [
        "# Segments csv created for a test",
        "# num_ytids=12",
        "# YTID, start_seconds, end_seconds, positive_labels",
    ]
    for index, path in enumerate(clips):
        _link(path, root / f"{_video(index)}_30.wav")
        lines.append(f'{_video(index)}, 30.000, 40.000, "/m/{index % 4},/m/{(index + 1) % 4}"')
    for name in ("balanced_train_segments.csv", "unbalanced_train_segments.csv", "eval_segments.csv"):
        (root / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
