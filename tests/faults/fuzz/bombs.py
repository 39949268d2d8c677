"""Small files that say that they are large, each with its reader."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

Bomb = tuple[str, Callable[[Path], Any], Callable[[Path], Any]]
GIGA = 2**30


def bombs() -> Iterator[Bomb]:
    """Yield name, maker and reader."""
    yield from _texts()
    yield from _sounds()
    yield from _archives()
    yield from _weights()


def _texts() -> Iterator[Bomb]:
    from aacbench.datasets.clotho.tables import read_captions
    from aacbench.datasets.macs.annotations import read_annotations
    from aacbench.runs.record import RunRecord
    from aacbench.scoring.files import read_predictions
    from aacbench.text.vocabulary import Vocabulary

    laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for one, before in zip("bcdefghijk", "abcdefghij", strict=True):
        laughs += f"{one}: &{one} [{', '.join([f'*{before}'] * 9)}]\n"
    text = f"{laughs}files:\n- filename: a.wav\n  annotations:\n  - sentence: *k\n    tags: [*k]\n"
    yield "laughs.yaml", lambda path: path.write_text(text), read_annotations
    merged = "m0: &m0 {x: 1}\n" + "".join(
        f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}\n" for n in range(1, 9)
    )
    yield "merged.yaml", lambda path: path.write_text(merged + "files: *m8\n"), read_annotations
    yield "flow.yaml", lambda path: path.write_text("[" * 1_000_000), read_annotations
    yield "levels.yaml", lambda path: path.write_text("- " * 1_000_000), read_annotations
    yield (
        "columns.csv",
        lambda path: path.write_text("file_name,caption_predicted" + ",x" * 2_000_000),
        read_predictions,
    )
    yield "blank.csv", lambda path: path.write_text(" " * 5_000_000 + "x"), read_predictions
    yield "quote.csv", lambda path: path.write_text('file_name,caption_1\n"' + "x,\n" * 2_000_000), read_captions
    yield "deep.json", lambda path: path.write_text("[" * 5_000_000), RunRecord.load
    yield "words.json", lambda path: path.write_text('{"rule":"ptb","words":' + "[" * 1_000_000), Vocabulary.load


def _sounds() -> Iterator[Bomb]:
    import soundfile

    from aacbench.audio.io import read

    def wav(rate: int, channels: int, stated: int, data: int) -> bytes:
        form = struct.pack(
            "<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * channels * 2 % 2**32, channels * 2 % 2**16, 16
        )
        return b"RIFF" + struct.pack("<I", stated) + b"WAVE" + form + struct.pack("<4sI", b"data", stated) + bytes(data)

    def flac(path: Path) -> None:
        soundfile.write(path, np.zeros(10_000), 48000)
        content = bytearray(path.read_bytes())
        content[21] |= 0x0F  # the 36-bit count of samples
        content[22:26] = b"\xff" * 4
        path.write_bytes(content)

    def silence(path: Path) -> None:
        with soundfile.SoundFile(path, "w", 48000, 1, format="FLAC") as file:
            for _ in range(130):  # 47 minutes
                file.write(np.zeros(2**20, np.int16))

    yield "slow.wav", lambda path: path.write_bytes(wav(1, 1, 4000, 4000)), lambda path: read(path, 32000)
    yield "fast.wav", lambda path: path.write_bytes(wav(2**32 - 1, 1, 4000, 4000)), lambda path: read(path, 32000)
    yield "channels.wav", lambda path: path.write_bytes(wav(8000, 65535, 2**32 - 1, 1000)), read
    yield "count.flac", flac, read
    yield "silence.flac", silence, lambda path: read(path, 32000)
    yield "device.wav", lambda path: path.symlink_to("/dev/zero"), read


def _archives() -> Iterator[Bomb]:
    import py7zr

    from aacbench.files.archives import unpack

    def of_zeros(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x", "w") as member:
            for _ in range(256):
                member.write(bytes(2**20))

    def of_members(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(20_000):
                archive.writestr(f"{number}", b"")

    def seven(path: Path) -> None:
        with py7zr.SevenZipFile(path, "w", filters=[{"id": py7zr.FILTER_LZMA2, "preset": 1}]) as archive:
            archive.writef(io.BytesIO(bytes(2**28)), "x")

    def read(path: Path) -> None:
        unpack(path, path.with_name("unpacked"), max_bytes=10_000_000, progress=False)

    yield "zeros.zip", of_zeros, read
    yield "members.zip", of_members, read
    yield "zeros.7z", seven, read


def _weights() -> Iterator[Bomb]:
    import torch

    from aacbench.metrics.fluency import read_checkpoint
    from aacbench.models.checkpoint import read_tensors

    def large() -> dict[str, torch.Tensor]:
        return {"x": torch.zeros(1).expand(GIGA, 16)}

    def squeezed(path: Path) -> None:
        file = io.BytesIO()
        torch.save({"x": torch.zeros(2**26)}, file)
        with zipfile.ZipFile(file) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name, old.read(name))

    def header(path: Path) -> None:
        text = json.dumps({"x": {"dtype": "F32", "shape": [GIGA], "data_offsets": [0, 4 * GIGA]}}).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text)

    checker = {"state_dict": {"encoder.x": torch.zeros(1).expand(GIGA, 16), "clf.x": torch.ones(1)}, "model_type": "x"}
    yield "large.pth", lambda path: torch.save(large(), path), read_tensors
    yield "legacy.pth", lambda path: torch.save(large(), path, _use_new_zipfile_serialization=False), read_tensors
    yield "squeezed.pth", squeezed, read_tensors
    yield "header.safetensors", header, read_tensors
    yield "checker.ckpt", lambda path: torch.save(checker, path), read_checkpoint
