"""TAU Urban Acoustic Scenes, development sets: the archives on Zenodo with their MD5, and what a file name says.

A clip is called `<scene>-<city>-<place>-<segment>-<device>.wav`; clips of one place never stand in two folds. Sizes are
bytes and estimated: ten seconds are 2.9 MB (2019: 48 kHz, 24 bits, stereo) or 1.3 MB (2020: 44.1 kHz, 24 bits, mono).
"""

from __future__ import annotations

from dataclasses import dataclass

from aacbench.datasets.shared.remote import ZENODO, RemoteFile

SCENES = (
    *("airport", "bus", "metro", "metro_station", "park"),
    *("public_square", "shopping_mall", "street_pedestrian", "street_traffic", "tram"),
)
CLIPS = {"2020": 23_040, "2019": 14_400}
FOLDERS = {
    "2020": "TAU-urban-acoustic-scenes-2020-mobile-development",
    "2019": "TAU-urban-acoustic-scenes-2019-development",
}
RECORDS = {"2020": 3819968, "2019": 2589280}
PER_CLIP = {"2020": 1_323_044, "2019": 2_880_044}
_MD5 = {
    "2019": (
        "aca4ebfd9ed03d5f747d6ba8c24bc728 c4f170408ce77c8c70c532bf268d7be0 c7214a07211f10f3250290d05e72c37e "
        "a6a62110f6699cf4432072acb1dffda6 091a0b6d3c84b8e60e46940aa7d4a8a0 114f4ca13e074391b98a1cfd8140de65 "
        "5951dd2968f7a514e2afbe279c4f060d b0b63dc95b327e1509857c8d8a663cc3 3c32a693a6b111ffb957be3c1dd22e9b "
        "0ffbf60006da520cc761fb74c878b98b 599055d93b4c11057c29be2df54538d4 98b8d162ff3665695c4c910e6c372cc8 "
        "a356c08b1a5a21d433eba37ef87587f4 f8969771e7faf7dd471d1cf78b0cf011 4758c4b0fb7484faa632266e78850820 "
        "a18acad9ede8ea76574216feb887f0bc 1af7703484632f340da5c33662dc9632 b67402bf3e08f4da394a7c18756c0fd2 "
        "035db315f19106eb848b6f9b32bcc47c 9cb28c74911bf8a3eadcf53f50a5b5d6 0e44ed85c88ec036a9725b4dd1dfaea0"
    ),
    "2020": (
        "b1e85b8a908d3d6a6ab73268f385d5c8 4310a13cc2943d6ce3f70eba7ba4c784 ed38956c4246abb56190c1e9b602b7b8 "
        "97ab8560056b6816808dedc044dcc023 b50f5e0bfed33cd8e52cb3e7f815c6cb fbf856a3a86fff7520549c899dc94372 "
        "0dbffe7b6e45564da649378723284062 bb6f77832bf0bd9f786f965beb251b2e a65596a5372eab10c78e08a0de797c9e "
        "2ad595819ffa1d56d2de4c7ed43205a6 0ad29f7040a4e6a22cfd639b3a6738e5 e5f4400c6b9697295fab4cf507155a2f "
        "8855ab9f9896422746ab4c5d89d8da2f 092ad744452cd3e7de78f988a3d13020 4b5eb85f6592aebf846088d9df76b420 "
        "2e0a89723e58a3836be019e6996ae460"
    ),
}
_TEXTS = {
    "2019": {"doc": "1f6879544e80da70099a191613e7e51f", "meta": "09782f2097e4735687af73c44919329c"},
    "2020": {"doc": "175f40dc3fec144347abad4d2962b7ae", "meta": "6eae9db553ce48e4ea246e34e50a3cf5"},
}


@dataclass(frozen=True, slots=True)
class Name:
    """What a clip's name says: its scene, where it was recorded (`<city>-<place>`), and the device."""

    scene: str
    place: str
    device: str


def parse(name: str) -> Name | None:
    """Return what the base name of a clip says; None if it is no such name."""
    parts = name.rpartition("/")[2].rpartition(".")[0].split("-")
    return Name(parts[0], f"{parts[1]}-{parts[2]}", parts[-1]) if len(parts) >= 5 else None


def texts(version: str) -> list[RemoteFile]:
    """Return the archives of documents and tables."""
    return [_archive(version, part, md5, 2_000_000) for part, md5 in _TEXTS[version].items()]


def audio(version: str) -> list[RemoteFile]:
    """Return the archives of recordings, `audio.1` first."""
    sums = _MD5[version].split()
    size = CLIPS[version] * PER_CLIP[version] // len(sums)
    return [_archive(version, f"audio.{number}", md5, size) for number, md5 in enumerate(sums, 1)]


def _archive(version: str, part: str, md5: str, expected: int) -> RemoteFile:
    name = f"{FOLDERS[version]}.{part}.zip"
    return RemoteFile(name, ZENODO.format(record=RECORDS[version], name=name), md5, None, expected)
