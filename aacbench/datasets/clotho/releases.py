"""What Clotho's releases on Zenodo hold: clips per split, and files with their MD5 (Zenodo has no other sum).

Sizes are bytes. Those of `SIZES` are exact; the rest is estimated from them, per clip, to check the disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aacbench.datasets.shared.remote import ZENODO, RemoteFile
from aacbench.errors import unknown_name

URL = ZENODO
RECORDS = {"v2.1": 4783391, "v2": 4743815, "v1": 3490684}
DEFAULT = "v2.1"
CLIPS = {
    "v1": {"development": 2893, "evaluation": 1045},
    "v2": {"development": 3839, "validation": 1045, "evaluation": 1045},
    "v2.1": {"development": 3839, "validation": 1045, "evaluation": 1045},
}
KINDS = ("audio", "captions", "metadata")
_EVALUATION = (  # the same files in every version
    "4569624ccadf96223f19cb59fe4f849f 1b16b9e57cf7bdb7f13a13802aeb57e2 13946f054d4e1bf48079813aac61bf77"
)
MD5 = {
    ("v1", "development"): (
        "e3ce88561b317cc3825e8c861cae1ec6 dd568352389f413d832add5cf604529f 582c18ee47cebdbe33dce1feeab53a56"
    ),
    ("v1", "evaluation"): _EVALUATION,
    ("v2", "development"): (
        "eda144a5e05a60e6d2e37a65fc4720a9 800633304e73d3daed364a2ba6069827 5fdc51b4c4f3468ff7d251ea563588c9"
    ),
    ("v2", "validation"): (
        "0475bfa5793e80f748d32525018ebada 3109c353138a089c7ba724f27d71595d f69cfacebcd47c4d8d30d968f9865475"
    ),
    ("v2", "evaluation"): _EVALUATION,
    ("v2.1", "development"): (
        "c8b05bc7acdb13895bb3c6a29608667e d4090b39ce9f2491908eebf4d5b09bae 170d20935ecfdf161ce1bb154118cda5"
    ),
    ("v2.1", "validation"): (
        "7dba730be08bada48bd15dc4e668df59 5879e023032b22a2c930aaa0528bead4 2e010427c56b1ce6008b0f03f41048ce"
    ),
    ("v2.1", "evaluation"): _EVALUATION,
}
SIZES = {  # by MD5, so that a size holds in every version that has the file
    "c8b05bc7acdb13895bb3c6a29608667e": 4_541_582_263,
    "7dba730be08bada48bd15dc4e668df59": 1_260_701_425,
    "d4090b39ce9f2491908eebf4d5b09bae": 1_336_762,
    "5879e023032b22a2c930aaa0528bead4": 367_649,
    "170d20935ecfdf161ce1bb154118cda5": 830_797,
    "2e010427c56b1ce6008b0f03f41048ce": 224_803,
    "dd568352389f413d832add5cf604529f": 1_002_092,
    "1b16b9e57cf7bdb7f13a13802aeb57e2": 361_995,
}
PER_CLIP = {"audio": 1_200_000, "captions": 350, "metadata": 220}
WAV_PER_CLIP = 2_000_000  # 15 to 30 s of 44.1 kHz 16-bit mono are 1.3 to 2.6 MB


@dataclass(frozen=True, slots=True)
class Split:
    """A split of a release: its clips and its three files."""

    name: str
    clips: int
    audio: RemoteFile
    captions: RemoteFile
    metadata: RemoteFile

    @property
    def unpacked(self) -> int:
        """About how many bytes its WAV files take."""
        return self.clips * WAV_PER_CLIP


@dataclass(frozen=True, slots=True)
class Release:
    """A version of Clotho."""

    version: str
    splits: tuple[Split, ...]

    def split(self, name: str) -> Split:
        """Return the split called `name`; raises `UserError` where this version has none."""
        for split in self.splits:
            if split.name == name:
                return split
        hint = "Version 1 has no validation split." if (self.version, name) == ("v1", "validation") else ""
        raise unknown_name(f"split of clotho {self.version}", name, [split.name for split in self.splits], hint)

    def files(self) -> Iterator[RemoteFile]:
        """Yield all files, small ones first."""
        for split in self.splits:
            yield from (split.captions, split.metadata)
        for split in self.splits:
            yield split.audio

    @property
    def size(self) -> int:
        """About how many bytes are downloaded."""
        return sum(file.expected for file in self.files())


def release_of(version: str | None) -> Release:
    """Return the release called `version` (`v2.1` by default; `2.1` and `V2.1` are understood).

    Raises:
        UserError: no such version.
    """
    wanted = (version or DEFAULT).strip().lower()
    name = wanted if wanted.startswith("v") else f"v{wanted}"
    if name not in RECORDS:
        raise unknown_name("version of clotho", version or "", RECORDS)
    return Release(name, tuple(_split(name, split, clips) for split, clips in CLIPS[name].items()))


def _split(version: str, split: str, clips: int) -> Split:
    files = []
    for kind, md5 in zip(KINDS, MD5[version, split].split(), strict=True):
        name = f"clotho_{kind}_{split}.{'7z' if kind == 'audio' else 'csv'}"
        size = SIZES.get(md5)
        about = PER_CLIP[kind] * clips if size is None else size
        files.append(RemoteFile(name, URL.format(record=RECORDS[version], name=name), md5, size, about))
    return Split(split, clips, *files)
